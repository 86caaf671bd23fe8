//! The standard library against that of `lua5.1`: each script in `tests/stdlib` prints the same
//! through both.

use evalua_conformance::lua;
use evalua_vm::stack::State;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Where a script prints.
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut printed = self.0.lock().expect("no printing test panics");
        printed.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a script prints, and the message of the error that ends it, if any.
fn run(source: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let mut lua = State::new().expect("the libraries open");
    let sink = Arc::clone(&printed);
    lua.set_output(Printed(sink));
    let error = lua.enter(|cx| {
        let loaded = cx.push_chunk(source, b"@script.lua");
        if let Err(message) = loaded.expect("there is memory") {
            return Some(message);
        }
        match cx.protected_call_top(0, None) {
            Ok(()) => None,
            Err(_) => Some(cx.view(1).as_bytes().unwrap_or(b"not a string").to_vec()),
        }
    });
    let printed = printed.lock().expect("no printing test panics").clone();
    (printed, error)
}

fn compare(source: &[u8]) {
    let (ours, error) = run(source);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some(theirs) = lua::oracle(source) {
        assert_eq!(theirs.status, Some(0), "{}", text(&theirs.stderr));
        let (ours, theirs) = (text(&ours), text(&theirs.stdout));
        let differing: Vec<String> = ours
            .lines()
            .zip(theirs.lines())
            .enumerate()
            .filter(|(_, (ours, theirs))| ours != theirs)
            .map(|(at, (ours, theirs))| format!("{}\n  ours   {ours}\n  theirs {theirs}", at + 1))
            .take(30)
            .collect();
        assert!(differing.is_empty(), "{}", differing.join("\n"));
        assert_eq!(error.as_deref().map(text), None);
        assert_eq!(ours.lines().count(), theirs.lines().count());
    }
    assert_eq!(error.as_deref().map(text), None);
}

macro_rules! scripts {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            compare(include_bytes!(concat!("stdlib/", stringify!($name), ".lua")));
        })*
    };
}

scripts! {
    base
    load
    environments
    strings
    patterns
    format
    tables
    sort
    math
    coroutines
    random_texts
}

// Where a collection falls between removing a string key and setting it again, the key moves to
// another node, in PUC as well: the order of a traversal can be compared only where neither side
// collects.
#[cfg(not(feature = "gc-stress"))]
scripts! {
    random_tables
}
