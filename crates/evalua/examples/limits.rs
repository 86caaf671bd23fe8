//! Limits: a budget that is filled up as long as the program likes, and a script stopped from another thread.
//!
//! `cargo run --example limits`

use evalua::{ErrorKind, Limits, Lua};
use std::time::Duration;

/// Uses every limit once.
pub fn main() -> Result<(), evalua::Error> {
    let lua = Lua::new();

    // A budget: the script says where it stands each time around, and gets more for three rounds.
    let progress = lua.create_function_mut({
        let mut rounds = 0;
        move |lua, done: u32| {
            rounds += 1;
            println!("{done} done, {:?} instructions left", lua.fuel()?);
            if rounds < 4 {
                lua.add_fuel(10_000)
            } else {
                Ok(())
            }
        }
    })?;
    lua.globals().set("progress", progress)?;
    lua.set_limits(Limits {
        instructions: Some(10_000),
        ..Limits::default()
    })?;
    let work = "for i = 1, 1000000 do if i % 9000 == 0 then progress(i) end end";
    let error = lua.load(work).set_name("=work").exec().unwrap_err();
    println!("{error}");
    assert_eq!(error.kind(), ErrorKind::Budget);

    // Memory: Lua code can catch that there is no more, and clean up.
    lua.set_limits(Limits {
        memory: Some(lua.used_memory()? + 100_000),
        ..Limits::default()
    })?;
    let caught: String = lua
        .load("local ok, message = pcall(string.rep, 'x', 1000000) return message")
        .eval()?;
    assert_eq!(caught, "not enough memory");

    // An interrupt, from wherever.
    lua.set_limits(Limits::default())?;
    let handle = lua.interrupt_handle()?;
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        handle.interrupt();
    });
    let error = lua.load("while true do end").exec().unwrap_err();
    println!("{error}");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    // The thread only sleeps and sets a flag.
    let _ = stopper.join();

    // After any of them the state is as usable as before.
    assert_eq!(lua.load("1 + 1").eval::<i32>()?, 2);
    Ok(())
}
