//! What lives how long: handles, callbacks, states, panics.

use evalua_vm::{ErrorKind, Function, Lua, Table, UserData, Value};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Counts drops, and runs something then.
struct OnDrop(Box<dyn Fn()>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl UserData for OnDrop {}

fn counter() -> (Rc<Cell<u32>>, impl Fn() -> OnDrop) {
    let drops = Rc::new(Cell::new(0));
    let counted = drops.clone();
    (drops, move || {
        let counted = counted.clone();
        OnDrop(Box::new(move || counted.set(counted.get() + 1)))
    })
}

#[test]
fn handles_keep_their_values() {
    let lua = Lua::new();
    let tables: Vec<Table> = (0..100)
        .map(|i| lua.create_sequence_from([i, i + 1]).unwrap())
        .collect();
    let copies = tables.clone();
    drop(tables);
    for _ in 0..3 {
        lua.load("for i = 1, 10000 do local t = {i} end")
            .exec()
            .unwrap();
        lua.gc_collect().unwrap();
    }
    for (i, table) in copies.iter().enumerate() {
        assert_eq!(table.get(2), Ok(i + 1));
    }
    let before = lua.used_memory().unwrap();
    drop(copies);
    lua.gc_collect().unwrap();
    assert!(lua.used_memory().unwrap() < before);
}

#[test]
fn garbage_made_from_rust_is_collected() {
    let lua = Lua::new();
    for i in 0..200_000 {
        lua.create_sequence_from([i]).unwrap();
    }
    assert!(lua.used_memory().unwrap() < 4 << 20);
}

#[test]
fn handles_outlive_their_lua() {
    let table = {
        let lua = Lua::new();
        lua.load("{n = 5, f = function(x) return x + 1 end}")
            .eval::<Table>()
            .unwrap()
    };
    assert_eq!(table.get("n"), Ok(5));
    let f: Function = table.get("f").unwrap();
    assert_eq!(f.call(1), Ok(2));
}

#[test]
fn a_callback_that_holds_handles_is_no_leak() {
    let (drops, counted) = counter();
    let f = {
        let lua = Lua::new();
        let table = lua.create_table().unwrap();
        let held = (table.clone(), counted());
        let f = lua.create_function(move |_, ()| held.0.len()).unwrap();
        table.set("f", &f).unwrap();
        lua.globals().set("t", table).unwrap();
        assert_eq!(f.call(()), Ok(0));
        f
    };
    assert_eq!(drops.get(), 1);
    let error = f.call::<Value>(()).unwrap_err();
    assert!(error.message().contains("has closed its Lua"), "{error}");
}

#[test]
fn userdata_is_dropped_when_collected_or_closed() {
    let (drops, counted) = counter();
    let lua = Lua::new();
    lua.globals().set("a", counted()).unwrap();
    lua.create_userdata(counted()).unwrap();
    lua.gc_collect().unwrap();
    assert_eq!(drops.get(), 1);
    drop(lua);
    assert_eq!(drops.get(), 2);
}

#[test]
fn a_destructor_cannot_reach_the_state() {
    let lua = Lua::new();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (table, log) = (lua.create_table().unwrap(), seen.clone());
    let reaches = OnDrop(Box::new(move || {
        let copy = table.clone();
        log.borrow_mut()
            .push(copy.get::<Value>(1).map_err(|error| error.kind()));
    }));
    lua.create_userdata(reaches).unwrap();
    lua.gc_collect().unwrap();
    assert_eq!(*seen.borrow(), [Err(ErrorKind::Busy)]);
    assert_eq!(lua.load("1").eval(), Ok(1));
}

#[test]
fn a_writer_cannot_reach_the_state() {
    thread_local!(static STATE: RefCell<Option<Lua>> = const { RefCell::new(None) });
    struct Writer;
    impl std::io::Write for Writer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            STATE.with_borrow(|lua| {
                let lua = lua.as_ref().unwrap();
                let error = lua.load("1").eval::<i32>().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Busy);
                assert!(lua.globals().get::<Value>("print").is_err());
            });
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lua = Lua::new();
    lua.set_output(Writer).unwrap();
    STATE.set(Some(lua.clone()));
    lua.load("print('x')").exec().unwrap();
    STATE.set(None);
}

#[test]
fn a_panic_passes_through_and_leaves_the_state_usable() {
    let lua = Lua::new();
    let panics = lua
        .create_function(|_, ()| -> evalua_vm::Result<()> { panic!("out") })
        .unwrap();
    lua.globals().set("panics", panics).unwrap();
    for source in [
        "panics()",
        "pcall(panics)",
        "coroutine.wrap(function() panics() end)()",
        "table.sort({3, 2, 1}, panics)",
    ] {
        let caught = catch_unwind(AssertUnwindSafe(|| lua.load(source).exec()));
        assert!(caught.is_err(), "{source}");
        assert_eq!(lua.load("1 + 1").eval(), Ok(2), "{source}");
    }
}

#[test]
fn a_panic_caught_by_a_callback_leaves_what_runs_around_it_alone() {
    let lua = Lua::new();
    let panics = lua
        .create_function(|_, ()| -> evalua_vm::Result<()> { panic!("out") })
        .unwrap();
    lua.globals().set("panics", panics).unwrap();
    let catches = lua
        .create_function(|lua, f: Function| {
            let caught = catch_unwind(AssertUnwindSafe(|| f.call::<()>(())));
            // The state works at once, here too.
            let two: i32 = lua.load("1 + 1").eval()?;
            Ok((caught.is_err(), two))
        })
        .unwrap();
    lua.globals().set("catches", catches).unwrap();
    let source = "
        local function run(f)
            local log = {}
            for i = 1, 3 do
                local caught, two = catches(f)
                log[#log + 1] = tostring(caught) .. two
            end
            return table.concat(log, ' ')
        end
        local co = coroutine.create(panics_inside or function() panics() end)
        local inside = coroutine.wrap(function(f) coroutine.yield(run(f)) return 'after' end)
        local a = run(panics)
        local b = run(function() coroutine.resume(co) end)
        local c = inside(function() panics() end)
        return a, b, c, inside(), coroutine.status(co)";
    let got: (String, String, String, String, String) = lua.load(source).eval().unwrap();
    let all = "true2 true2 true2".to_owned();
    let once = "true2 false2 false2".to_owned();
    assert_eq!(got, (all.clone(), once, all, "after".into(), "dead".into()));
}

#[test]
fn the_last_lua_may_go_inside_a_callback() {
    let (drops, counted) = counter();
    let lua = Lua::new();
    let cell = Rc::new(RefCell::new(Some(lua.clone())));
    let (taken, kept) = (cell.clone(), counted());
    let f = lua
        .create_function(move |_, ()| {
            let _ = &kept;
            taken.borrow_mut().take();
            Ok(1)
        })
        .unwrap();
    lua.globals().set("f", &f).unwrap();
    drop(lua);
    assert_eq!(f.call(()), Ok(1));
    assert_eq!(drops.get(), 1);
    assert!(f.call::<i32>(()).is_err());
}
