//! A coroutine driven from Rust: a script that asks questions and goes on when it is answered.
//!
//! `cargo run --example coroutine`

use evalua::{Function, Lua, ThreadStatus};

const SCRIPT: &str = "
local name = coroutine.yield('What is your name?')
local n = tonumber(coroutine.yield('How many apples, ' .. name .. '?'))
while not n do
    n = tonumber(coroutine.yield('A number, please.'))
end
return name .. ' gets ' .. n .. ' apples.'
";

/// Answers a script's questions.
pub fn main() -> Result<(), evalua::Error> {
    let lua = Lua::new();
    let dialogue: Function = lua.load(SCRIPT).set_name("@dialogue.lua").into_function()?;
    let dialogue = lua.create_thread(dialogue)?;
    let mut answers = ["Ada", "many", "3"].into_iter();
    let mut said: String = dialogue.resume(())?;
    while dialogue.status()? == ThreadStatus::Suspended {
        let answer = answers.next().unwrap_or_default();
        println!("{said} {answer}");
        said = dialogue.resume(answer)?;
    }
    println!("{said}");
    assert_eq!(said, "Ada gets 3 apples.");
    Ok(())
}
