//! [`Chunk`]: source text on its way to be run.

use super::error::{Error, Result};
use super::function::Function;
use super::lua::Lua;
use super::multi::{FromLuaMulti, IntoLuaMulti};
use super::table::Table;
use super::value::Value;
use crate::load::LoadError;
use crate::value::Value as Raw;
use std::path::{Path, PathBuf};

/// Where source text comes from.
pub trait AsChunk {
    /// The text; reading a file may fail.
    fn source(self) -> std::io::Result<Vec<u8>>;

    /// The chunk's name where it is given none: `None` for the text itself, as Lua names strings.
    fn name(&self) -> Option<Vec<u8>> {
        None
    }
}

/// The text is the value itself.
macro_rules! texts {
    ($($text:ty)*) => {
        $(
            impl AsChunk for $text {
                fn source(self) -> std::io::Result<Vec<u8>> {
                    Ok(self.into())
                }
            }
        )*
    };
}

texts! { &str String &[u8] Vec<u8> }

impl AsChunk for &String {
    fn source(self) -> std::io::Result<Vec<u8>> {
        Ok(self.as_bytes().to_vec())
    }
}

impl<const N: usize> AsChunk for &[u8; N] {
    fn source(self) -> std::io::Result<Vec<u8>> {
        Ok(self.to_vec())
    }
}

/// A file, whose name is that of the chunk.
impl AsChunk for &Path {
    fn source(self) -> std::io::Result<Vec<u8>> {
        std::fs::read(self)
    }

    fn name(&self) -> Option<Vec<u8>> {
        Some([b"@", self.as_os_str().as_encoded_bytes()].concat())
    }
}

impl AsChunk for PathBuf {
    fn source(self) -> std::io::Result<Vec<u8>> {
        self.as_path().source()
    }

    fn name(&self) -> Option<Vec<u8>> {
        self.as_path().name()
    }
}

/// Source text on its way to be run: give it a name or an environment, then run it or make it a function.
///
/// ```
/// # use evalua_vm::Lua;
/// let lua = Lua::new();
/// let n: i64 = lua.load("return 6 * 7").set_name("=answer").eval()?;
/// assert_eq!(n, 42);
/// # Ok::<(), evalua_vm::Error>(())
/// ```
#[must_use = "a chunk does nothing until it is run"]
#[derive(Debug)]
pub struct Chunk<'a> {
    lua: &'a Lua,
    source: std::io::Result<Vec<u8>>,
    name: Option<Vec<u8>>,
    environment: Option<Table>,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(lua: &'a Lua, source: impl AsChunk) -> Chunk<'a> {
        Chunk {
            lua,
            name: source.name(),
            source: source.source(),
            environment: None,
        }
    }

    /// Names the chunk, for messages and tracebacks. As in Lua a name begins with `@` if it is a
    /// file's, with `=` if it is to be shown as it is, and else it is shown as the text of a string.
    pub fn set_name(mut self, name: impl AsRef<[u8]>) -> Self {
        self.name = Some(name.as_ref().to_vec());
        self
    }

    /// Gives the chunk a table of globals of its own.
    pub fn set_environment(mut self, environment: Table) -> Self {
        self.environment = Some(environment);
        self
    }

    /// Runs it.
    pub fn exec(self) -> Result<()> {
        self.call(())
    }

    /// Runs it and converts its results. Text that is an expression gives its values, as if `return` stood
    /// before it.
    pub fn eval<R: FromLuaMulti>(self) -> Result<R> {
        let Ok(source) = &self.source else {
            return self.call(());
        };
        match self.compile(&[b"return ", &source[..]].concat()) {
            Ok(function) => function.call(()),
            // An expression that goes on, such as `1 +`, is no statement even when it is whole.
            Err(expression) if expression.is_incomplete() => match self.into_function() {
                Err(error) if !error.is_incomplete() => Err(expression),
                function => function?.call(()),
            },
            Err(_) => self.call(()),
        }
    }

    /// Runs it with arguments, which it sees as `...`, and converts its results.
    pub fn call<R: FromLuaMulti>(self, args: impl IntoLuaMulti) -> Result<R> {
        self.into_function()?.call(args)
    }

    /// Makes it a function, not yet run.
    pub fn into_function(self) -> Result<Function> {
        match &self.source {
            Ok(source) => self.compile(source),
            Err(error) => {
                let name = String::from_utf8_lossy(self.name.as_deref().unwrap_or_default());
                let name = name.trim_start_matches('@');
                let error = std::io::Error::new(error.kind(), format!("{name}: {error}"));
                Err(Error::external(error))
            }
        }
    }

    /// The function of some source, under this chunk's name and in its environment.
    fn compile(&self, source: &[u8]) -> Result<Function> {
        let name = match (&self.name, &self.source) {
            (Some(name), _) => &name[..],
            (None, Ok(source)) => source,
            (None, Err(_)) => &[],
        };
        let shared = self.lua.shared();
        let environment = match &self.environment {
            Some(table) => Value::Table(table.clone()).raw(shared)?.as_table(),
            None => None,
        };
        shared.with(|vm| {
            let function = vm.load(source, name).map_err(|error| match error {
                LoadError::Syntax(wrong) => Error::syntax(
                    &wrong.message,
                    wrong.line,
                    wrong.incomplete,
                )
                .located(Some(name), None, None),
                LoadError::Throw(throw) => Error::from_throw(throw),
            })?;
            if let Some(environment) = environment {
                Raw::from(function)
                    .as_function()
                    .into_iter()
                    .for_each(|function| function.set_env(environment));
            }
            Ok(Function(shared.handle(vm, function.into())))
        })?
    }
}
