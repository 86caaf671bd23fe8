//! Target `diff_lua51`: a random program prints the same in evalua and in `lua5.1`.

use evalua_conformance::generator;
use evalua_vm::StdLib;
use evalua_vm::stack::{Call, State, Throw};
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Reads the program from standard input, so that nothing is written to disk.
const LUA: &str = "lua5.1";

/// Makes a program of the input, and compares.
///
/// # Panics
/// When the outputs differ, or there is no `lua5.1`.
pub fn target(data: &[u8]) {
    let source = generator::source(&[data]);
    let theirs = theirs(source.as_bytes()).expect("lua5.1 runs");
    let ours = ours(source.as_bytes());
    assert!(
        ours == theirs,
        "{}\n--- lua5.1\n{}\n--- evalua\n{}",
        generator::program(data),
        String::from_utf8_lossy(&theirs),
        String::from_utf8_lossy(&ours)
    );
}

fn theirs(source: &[u8]) -> io::Result<Vec<u8>> {
    let mut child = Command::new(LUA)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // It reads all of its program before it prints, so neither side waits for the other.
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(source)?;
    }
    Ok(child.wait_with_output()?.stdout)
}

fn ours(source: &[u8]) -> Vec<u8> {
    let output = Output::default();
    let mut lua = State::with_libraries(StdLib::ALL).expect("there is memory");
    lua.set_output(output.clone());
    lua.enter(|call| {
        call.push_native(main_program, 0)?;
        call.push_bytes(source)?;
        call.protected_call_top(1, None).map_err(|_| Throw::Error)
    })
    .expect("the program runs");
    lua.close();
    std::mem::take(&mut *output.0.lock().expect("no writer panics"))
}

/// Runs its argument, as deep in native calls as the program `lua5.1` does: some limits show the depth.
fn main_program(call: &mut Call<'_>) -> Result<u32, Throw> {
    let source = call.view(1).as_bytes().unwrap_or_default().to_vec();
    let loaded = call.push_chunk(&source, b"=stdin")?;
    loaded.expect("generated programs are Lua");
    call.protected_call_top(0, None)
        .expect("its errors are caught");
    Ok(0)
}

/// Standard output of a state.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no writer panics")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
