//! Code that nobody trusts: it runs with limits, in a table of globals of its own, and can reach nothing else.
//!
//! `cargo run --example sandbox`

use evalua::{ErrorKind, Limits, Lua, Table, Value};

/// Runs a script and says how it ended.
fn run(lua: &Lua, source: &str) -> Result<String, evalua::Error> {
    lua.set_limits(Limits {
        instructions: Some(1_000_000),
        memory: Some(8 << 20),
        call_depth: Some(200),
    })?;
    // A fresh environment for each: what a script leaves there is gone with it.
    let globals = lua.globals();
    let environment = lua.create_table()?;
    for name in [
        "math", "string", "table", "pairs", "ipairs", "pcall", "tostring", "type",
    ] {
        environment.set(name, globals.get::<Value>(name)?)?;
    }
    // Libraries are shared, so they are not to be changed.
    for library in ["math", "string", "table"] {
        globals.get::<Table>(library)?.set_readonly(true)?;
    }
    let chunk = lua.load(source).set_name("=script");
    let outcome = chunk.set_environment(environment).eval::<Value>();
    Ok(match outcome {
        Ok(Value::String(text)) => text.to_string_lossy().into_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) if error.kind() == ErrorKind::Budget => {
            format!("stopped in line {}", error.line().unwrap_or(0))
        }
        Err(error) => error.message().to_owned(),
    })
}

/// Runs scripts of several kinds of ill will.
pub fn main() -> Result<(), evalua::Error> {
    let lua = Lua::new();
    for (source, expected) in [
        ("return ('x'):rep(3)", "xxx"),
        ("while true do pcall(type) end", "stopped in line 1"),
        (
            "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
            "not enough memory",
        ),
        (
            "local function f() return f() + 1 end return f()",
            "script:1: stack overflow",
        ),
        (
            "string.rep = nil",
            "script:1: Attempt to modify a readonly table",
        ),
        (
            "return os.getenv('HOME')",
            "script:1: attempt to index global 'os' (a nil value)",
        ),
        ("x = 1", "Nil"),
        ("return type(x)", "nil"),
    ] {
        let ended = run(&lua, source)?;
        println!("{source}\n    {ended}");
        assert_eq!(ended, expected);
    }
    Ok(())
}
