//! Runs programs of plain Lua as this machine does, for the package to be compared with:
//! `corpus PRELUDE FOLDER OUT` runs every program below `FOLDER` after the prelude, and writes what it prints,
//! and then its error, to a file of the same name below `OUT`.
//!
//! It has the libraries that the package has, so that nothing differs but the machine.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs};

use evalua_vm::{Lua, LuaString, StdLib};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [prelude, folder, out] = args.as_slice() else {
        return Err("usage: corpus PRELUDE FOLDER OUT".into());
    };
    run_all(&fs::read(prelude)?, folder, out)
}

fn run_all(prelude: &[u8], folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let to = out.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            run_all(prelude, &path, &to)?;
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            fs::write(to, run(prelude, &fs::read(&path)?)?)?;
        }
    }
    Ok(())
}

/// What a program prints, and then its error.
fn run(prelude: &[u8], program: &[u8]) -> evalua_vm::Result<Vec<u8>> {
    let printed = Printed::default();
    let lua = Lua::new_with(StdLib::SAFE | StdLib::DEBUG);
    lua.set_output(printed.clone())?;
    let put = printed.clone();
    let put = lua.create_function(move |_, text: LuaString| {
        put.add(text.as_bytes());
        Ok(())
    })?;
    lua.globals().set("put", put)?;
    lua.load(prelude).set_name("=prelude").exec()?;
    if let Err(error) = lua.load(program).set_name("@script.lua").exec() {
        printed.add(format!("{error:#}\n").as_bytes());
    }
    drop(lua);
    Ok(printed.take())
}

#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn add(&self, bytes: &[u8]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(bytes);
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
