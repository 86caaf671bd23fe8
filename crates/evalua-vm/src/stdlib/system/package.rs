//! The package library (manual 5.3): `require`, `module` and where modules are found.
//!
//! There is no C to load: what a C module would come from is found as PUC finds it, and refused.

use super::super::{Library, c_string};
use super::chunks::load_file;
use super::{environment, path, set_environment};
use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::interp::name::{Level, level};
use crate::load::LoadError;
use crate::native::{Call, LibraryRow, row};
use crate::value::Value;
use crate::vm::Vm;

pub(in super::super) const LIBRARY: Library = Library {
    name: Some("package"),
    functions: ROWS,
    complete,
};

const ROWS: &[LibraryRow] = &[row("loadlib", loadlib), row("seeall", seeall)];

const GLOBAL_ROWS: &[LibraryRow] = &[row("module", module), row("require", require)];

const LOADERS: [crate::native::NativeFn; 4] = [load_preloaded, load_lua, load_c, load_c_root];

const PATH: &str = "./?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;\
/usr/local/lib/lua/5.1/?.lua;/usr/local/lib/lua/5.1/?/init.lua;/usr/share/lua/5.1/?.lua;\
/usr/share/lua/5.1/?/init.lua";

const C_PATH: &str = "./?.so;/usr/local/lib/lua/5.1/?.so;/usr/lib/lua/5.1/?.so";

/// Directory separator, path separator, mark of the name, mark of the program's folder, ignore mark.
const CONFIG: &str = "/\n;\n?\n!\n-";

/// What stands in `package.loaded` while a module is being loaded: no script can make one.
const LOADING: Value = Value::light(0x10AD);

const NO_C: &str = "dynamic libraries not enabled; check your Lua installation";

fn complete(vm: &mut Vm, library: Gc<Table>) -> Result<(), Throw> {
    let loaders = vm.heap.table_sized(0, LOADERS.len())?;
    for (i, loader) in (1..).zip(LOADERS) {
        let loader = vm.native(loader, &[])?;
        set_environment(loader, library);
        loaders.set_int(&mut vm.heap, i, loader.into())?;
    }
    vm.set_field(library, "loaders", loaders.into())?;
    for (field, variable, default) in [("path", "LUA_PATH", PATH), ("cpath", "LUA_CPATH", C_PATH)] {
        let path = search_path(variable, default);
        let path = vm.heap.str(&path)?;
        vm.set_field(library, field, path.into())?;
    }
    let config = vm.heap.str(CONFIG.as_bytes())?;
    vm.set_field(library, "config", config.into())?;
    let loaded = super::super::loaded(vm)?;
    vm.set_field(library, "loaded", loaded.into())?;
    let preload = vm.heap.table()?;
    vm.set_field(library, "preload", preload.into())?;
    let globals = vm.globals();
    for row in GLOBAL_ROWS {
        let function = vm.native(row.function, &[])?;
        set_environment(function, library);
        vm.set_field(globals, row.name, function.into())?;
    }
    Ok(())
}

/// The path of an environment variable, `;;` in it standing for the default one.
fn search_path(variable: &str, default: &str) -> Vec<u8> {
    let Some(given) = std::env::var_os(variable) else {
        return default.as_bytes().to_vec();
    };
    let mut path = Vec::new();
    let mut rest = given.as_encoded_bytes();
    while let Some(at) = memchr::memmem::find(rest, b";;") {
        path.extend_from_slice(&rest[..at]);
        path.extend_from_slice(format!(";{default};").as_bytes());
        rest = &rest[at + 2..];
    }
    path.extend_from_slice(rest);
    // A separator too many where the default stands first or last.
    let path = path.strip_prefix(b";").unwrap_or(&path);
    path.strip_suffix(b";").unwrap_or(path).to_vec()
}

fn loadlib(cx: &mut Call<'_>) -> Result<u32, Throw> {
    cx.check_str(1)?;
    cx.check_str(2)?;
    cx.push(Value::NIL)?;
    cx.push_str(NO_C.as_bytes())?;
    cx.push_str(b"absent")?;
    Ok(3)
}

fn seeall(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let meta = match t.meta() {
        Some(meta) => meta,
        None => {
            let meta = cx.vm.heap.table_sized(0, 1)?;
            t.set_meta(Some(meta));
            meta
        }
    };
    let globals = cx.vm.globals();
    cx.vm.set_field(meta, "__index", globals.into())?;
    Ok(0)
}

fn require(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let loaded = super::super::loaded(cx.vm)?;
    let found = cx.vm.get(Value::from(loaded).into(), name.into())?;
    if found.is_truthy() {
        if found.bits() == LOADING.bits() {
            let shown = [
                b"loop or previous error loading module '",
                c_string(name.bytes()),
                b"'",
            ]
            .concat();
            return Err(cx.error_bytes(&shown));
        }
        return cx.ret(found);
    }
    let library = environment(cx);
    let loaders = cx.vm.field(library, "loaders")?;
    let Some(loaders) = loaders.as_table() else {
        return Err(cx.error("'package.loaders' must be a table"));
    };
    cx.push(loaders)?;
    let mut tried = Vec::new();
    let mut i = 0;
    let load = loop {
        i += 1;
        let loader = loaders.get_int(i);
        if loader.is_nil() {
            let text = [
                b"module '",
                c_string(name.bytes()),
                b"' not found:",
                &tried[..],
            ]
            .concat();
            return Err(cx.error_bytes(&text));
        }
        let answer = cx.call1(loader, &[name.into()])?;
        if answer.is_function() {
            break answer;
        }
        if let Some(text) = answer.as_str() {
            tried.extend_from_slice(text.bytes());
        } else if let Some(number) = answer.as_number() {
            tried.extend_from_slice(crate::number::format::NumberText::new(number).as_bytes());
        }
    };
    let key = Value::from(name);
    let loaded_value = Value::from(loaded);
    cx.vm.set(loaded_value.into(), key, LOADING)?;
    let result = cx.call1(load, &[key])?;
    if !result.is_nil() {
        cx.vm.set(loaded_value.into(), key, result)?;
    }
    let mut result = cx.vm.get(loaded_value.into(), key)?;
    if result.bits() == LOADING.bits() {
        result = Value::TRUE;
        cx.vm.set(loaded_value.into(), key, result)?;
    }
    cx.ret(result)
}

fn load_preloaded(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let library = environment(cx);
    let preload = cx.vm.field(library, "preload")?;
    if !preload.is_table() {
        return Err(cx.error("'package.preload' must be a table"));
    }
    let found = cx.vm.get(preload.into(), name.into())?;
    if found.is_nil() {
        let text = [
            b"\n\tno field package.preload['",
            c_string(name.bytes()),
            b"']",
        ]
        .concat();
        return cx.ret_str(&text);
    }
    cx.ret(found)
}

fn load_lua(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let name = c_string(name.bytes()).to_vec();
    let file = match find_file(cx, &name, "path")? {
        Ok(file) => file,
        Err(tried) => return cx.ret_str(&tried),
    };
    match load_file(cx.vm, Some(&file)) {
        Ok(chunk) => cx.ret(chunk),
        Err(LoadError::Syntax(wrong)) => refuse(cx, &name, &file, &wrong.message),
        Err(LoadError::Throw(throw)) => Err(throw),
    }
}

fn load_c(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let name = c_string(name.bytes()).to_vec();
    match find_file(cx, &name, "cpath")? {
        Ok(file) => refuse(cx, &name, &file, NO_C.as_bytes()),
        Err(tried) => cx.ret_str(&tried),
    }
}

/// A submodule may be in the library of its root.
fn load_c_root(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let name = c_string(name.bytes()).to_vec();
    let Some(dot) = memchr::memchr(b'.', &name) else {
        return Ok(0);
    };
    match find_file(cx, &name[..dot], "cpath")? {
        Ok(file) => refuse(cx, &name, &file, NO_C.as_bytes()),
        Err(tried) => cx.ret_str(&tried),
    }
}

fn refuse(cx: &mut Call<'_>, name: &[u8], file: &[u8], why: &[u8]) -> Result<u32, Throw> {
    let text = [
        b"error loading module '",
        name,
        b"' from file '",
        file,
        b"':\n\t",
        why,
    ]
    .concat();
    Err(cx.error_bytes(&text))
}

/// The first file of a search path that can be read, or the list of those that were tried.
fn find_file(
    cx: &mut Call<'_>,
    name: &[u8],
    field: &str,
) -> Result<Result<Vec<u8>, Vec<u8>>, Throw> {
    let library = environment(cx);
    let templates = cx.vm.field(library, field)?;
    let templates = match (templates.as_str(), templates.as_number()) {
        (Some(templates), _) => templates,
        (None, Some(number)) => cx.vm.number_to_str(number)?,
        (None, None) => {
            return Err(cx.error(&format!("'package.{field}' must be a string")));
        }
    };
    let name: Vec<u8> = name
        .iter()
        .map(|&byte| if byte == b'.' { b'/' } else { byte })
        .collect();
    let mut tried = Vec::new();
    for template in c_string(templates.bytes()).split(|&byte| byte == b';') {
        if template.is_empty() {
            continue;
        }
        let mut file = Vec::new();
        for (i, part) in template.split(|&byte| byte == b'?').enumerate() {
            if i > 0 {
                file.extend_from_slice(&name);
            }
            file.extend_from_slice(part);
        }
        if std::fs::File::open(path(&file)).is_ok() {
            return Ok(Ok(file));
        }
        tried.extend_from_slice(b"\n\tno file '");
        tried.extend_from_slice(&file);
        tried.push(b'\'');
    }
    Ok(Err(tried))
}

fn module(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let name = cx.check_str(1)?;
    let loaded = super::super::loaded(cx.vm)?;
    let loaded_value = Value::from(loaded);
    let known = cx.vm.get(loaded_value.into(), name.into())?;
    let module = match known.as_table() {
        Some(module) => module,
        None => {
            let Some(module) = global_table(cx, c_string(name.bytes()))? else {
                let text = [b"name conflict for module '", c_string(name.bytes()), b"'"].concat();
                return Err(cx.error_bytes(&text));
            };
            cx.vm.set(loaded_value.into(), name.into(), module.into())?;
            module
        }
    };
    cx.push(module)?;
    let key = cx.vm.heap.str(b"_NAME")?;
    if cx.vm.get(Value::from(module).into(), key.into())?.is_nil() {
        let bytes = c_string(name.bytes());
        let package = memchr::memrchr(b'.', bytes).map_or(&b""[..], |dot| &bytes[..=dot]);
        let package = cx.vm.heap.str(package)?;
        for (field, value) in [
            ("_M", Value::from(module)),
            ("_NAME", name.into()),
            ("_PACKAGE", package.into()),
        ] {
            let field = cx.vm.heap.str(field.as_bytes())?;
            cx.vm.set(Value::from(module).into(), field.into(), value)?;
        }
    }
    let caller = match level(cx.vm.thread, 1) {
        Some(Level::Frame(_)) => cx
            .vm
            .function_at(1)
            .and_then(|f| f.as_lua_closure().and(f.as_function())),
        _ => None,
    };
    let Some(caller) = caller else {
        return Err(cx.error("'module' not called from a Lua function"));
    };
    caller.set_env(module);
    for i in 2..=cx.count() {
        let option = cx.arg(i);
        cx.call1(option, &[module.into()])?;
    }
    Ok(0)
}

/// The table that a dotted name means among the globals, made where there is none; `None` if
/// something else has the name.
fn global_table(cx: &mut Call<'_>, name: &[u8]) -> Result<Option<Gc<Table>>, Throw> {
    let mut table = cx.vm.globals();
    for part in name.split(|&byte| byte == b'.') {
        let key = cx.vm.heap.str(part)?;
        let found = table.get_str(key);
        table = match found.as_table() {
            Some(inner) => inner,
            None if found.is_nil() => {
                let inner = cx.vm.heap.table()?;
                cx.vm
                    .set(Value::from(table).into(), key.into(), inner.into())?;
                inner
            }
            None => return Ok(None),
        };
    }
    Ok(Some(table))
}
