//! From source text to a function in the heap.
//!
//! Owns: loading a compiled prototype into the heap. Bytecode comes only from the compiler.
#![allow(unsafe_code, reason = "the code of a prototype is kept as a raw box")]

use crate::bytecode::instr::Instr;
use crate::bytecode::op::{Op, Operand};
use crate::bytecode::proto::{Constant, Prototype};
use crate::bytecode::verify::verify;
use crate::compile::CompileError;
use crate::coverage::{Counts, Tallies};
use crate::error::Throw;
use crate::heap::object::{Gc, LuaClosure, Proto, Str};
use crate::interp::hook::Events;
use crate::observe::lines_of;
use crate::value::Value;
use crate::vm::Vm;

/// How a chunk is compiled: with its points, or without.
type Compile =
    fn(&[u8], &[u8], u32, &mut dyn FnMut(usize) -> bool) -> Result<Prototype, CompileError>;

/// Why a chunk could not be loaded.
pub(crate) enum LoadError {
    /// The text is wrong.
    Syntax(Wrong),
    /// The state ran out of memory.
    Throw(Throw),
}

/// What is wrong with a text.
pub(crate) struct Wrong {
    /// The whole message, as PUC words it.
    pub(crate) message: Vec<u8>,
    /// The line in the text, where it is known.
    pub(crate) line: Option<u32>,
    /// Whether more text could mend it.
    pub(crate) incomplete: bool,
}

impl Wrong {
    /// Only a message.
    pub(crate) fn saying(message: Vec<u8>) -> LoadError {
        LoadError::Syntax(Wrong {
            message,
            line: None,
            incomplete: false,
        })
    }
}

impl From<Throw> for LoadError {
    fn from(throw: Throw) -> LoadError {
        LoadError::Throw(throw)
    }
}

/// Who looks at what is loaded.
#[derive(Default)]
struct Looks {
    /// Coverage.
    tallies: Option<Tallies>,
    /// The observer, which knows the chunk by this number; 0 where it does not look.
    chunk: u32,
}

impl Looks {
    fn counting(counts: &Counts) -> Looks {
        Looks {
            tallies: Some(Tallies::of(counts)),
            ..Looks::default()
        }
    }
}

impl Vm {
    /// As [`Vm::load`], but counted as work of the script that asks for it: a unit for each byte, of a very
    /// long name too.
    pub(crate) fn load_for_script(
        &mut self,
        source: &[u8],
        name: &[u8],
    ) -> Result<Gc<LuaClosure>, LoadError> {
        self.fuel.take(source.len() as i64)?;
        self.fuel.take_bytes(name.len())?;
        self.load(source, name)
    }

    /// Compiles a chunk into a function whose environment are the globals. `name` is the chunk name
    /// with its `@` or `=`.
    pub(crate) fn load(&mut self, source: &[u8], name: &[u8]) -> Result<Gc<LuaClosure>, LoadError> {
        let prototype = self.compile(source, name, crate::compile::compile_watched)?;
        self.load_main(prototype, name, Looks::default())
    }

    /// As [`Vm::load`], so that the observer is told of the lines of it, by that number. Gives the lines that it can
    /// be told of, too.
    pub(crate) fn load_observed(
        &mut self,
        source: &[u8],
        name: &[u8],
        chunk: u32,
    ) -> Result<(Gc<LuaClosure>, Vec<u32>), LoadError> {
        let prototype = self.compile(source, name, crate::compile::compile_watched)?;
        let lines = lines_of(&prototype);
        let looks = Looks {
            chunk,
            ..Looks::default()
        };
        let f = self.load_main(prototype, name, looks)?;
        self.thread.set_looked_at(Events::OBSERVED);
        Ok((f, lines))
    }

    /// As [`Vm::load`], with counts of what runs of it, which this coroutine and those that it makes keep.
    pub(crate) fn load_counted(
        &mut self,
        source: &[u8],
        name: &[u8],
    ) -> Result<(Gc<LuaClosure>, Counts), LoadError> {
        let mut prototype = self.compile(source, name, crate::compile::compile_with_points)?;
        let counts = Counts::new(&mut prototype, source);
        let f = self.load_main(prototype, name, Looks::counting(&counts))?;
        self.thread.set_looked_at(Events::TALLY);
        Ok((f, counts))
    }

    fn compile(
        &mut self,
        source: &[u8],
        name: &[u8],
        compile: Compile,
    ) -> Result<Prototype, LoadError> {
        let mut stopped = Ok(());
        let (fuel, heap) = (&self.fuel, &self.heap);
        let watch = &mut |bytes| {
            stopped = fuel.poll().and_then(|()| heap.check_room(bytes));
            stopped.is_ok()
        };
        let compiled = compile(source, name, self.native_depth, watch);
        stopped?;
        let prototype = compiled.map_err(|e| {
            LoadError::Syntax(Wrong {
                message: e.message,
                line: e.line,
                incomplete: e.incomplete,
            })
        })?;
        self.fuel.poll()?;
        // The interpreter takes for granted what this checks.
        verify(&prototype).map_err(|e| Wrong::saying(e.to_string().into_bytes()))?;
        self.fuel.poll()?;
        Ok(prototype)
    }

    fn load_main(
        &mut self,
        prototype: Prototype,
        name: &[u8],
        mut looks: Looks,
    ) -> Result<Gc<LuaClosure>, LoadError> {
        let name = self.heap.str(name)?;
        // What goes into the heap is there twice for a while.
        let transient = bytes_of(&prototype);
        self.heap.check_room(transient)?;
        self.heap.count(transient);
        let proto = self.load_prototype(prototype, name, &mut looks);
        self.heap.uncount(transient);
        let proto = proto?;
        let env = self.globals();
        Ok(self.heap.lua_closure(proto, env, 0)?)
    }

    fn load_prototype(
        &mut self,
        p: Prototype,
        source: Gc<Str>,
        looks: &mut Looks,
    ) -> Result<Gc<Proto>, Throw> {
        let mut constants = Vec::with_capacity(p.constants.len());
        for constant in &p.constants {
            constants.push(match constant {
                Constant::Nil => Value::NIL,
                Constant::Bool(b) => Value::bool(*b),
                Constant::Number(n) => Value::number(*n),
                Constant::String(s) => self.heap.str(s)?.into(),
            });
        }
        let mut protos = Vec::with_capacity(p.protos.len());
        for inner in p.protos {
            protos.push(self.load_prototype(inner, source, looks)?);
        }
        let mut upvalue_names = Vec::with_capacity(p.upvalue_names.len());
        for name in &p.upvalue_names {
            upvalue_names.push(self.heap.str(name)?);
        }
        let mut code: Box<[Instr]> = p.code.into();
        for i in &mut code {
            set_first_hint(i, &constants);
            if !protos.is_empty() {
                *i = closing_return(*i);
            }
        }
        let size = size_of_val(&*code)
            + size_of_val(&*constants)
            + size_of_val(&*p.lines)
            + size_of_val(&*protos)
            + size_of_val(&*p.captures)
            + size_of_val(&*upvalue_names)
            + p.locals
                .iter()
                .map(|l| size_of_val(l) + l.name.len())
                .sum::<usize>();
        self.heap.check_room(size)?;
        let tally = (looks.tallies.as_mut()).map(|tallies| tallies.take(code.len()));
        self.heap.proto(|header| Proto {
            header,
            code: Box::into_raw(code),
            constants: constants.into(),
            protos: protos.into(),
            captures: p.captures.into(),
            upvalue_names: upvalue_names.into(),
            lines: p.lines.into(),
            locals: p.locals.into(),
            source,
            line_defined: p.line_defined,
            last_line_defined: p.last_line_defined,
            params: p.params,
            registers: p.registers,
            vararg: p.vararg,
            size,
            tally,
            chunk: looks.chunk,
        })
    }
}

/// Bytes that a compiled prototype takes up outside the heap.
fn bytes_of(p: &Prototype) -> usize {
    let constants = p.constants.iter().map(|constant| match constant {
        Constant::String(s) => size_of_val(constant) + s.len(),
        _ => size_of_val(constant),
    });
    let names = p
        .upvalue_names
        .iter()
        .map(|name| size_of_val(name) + name.len());
    let locals = p.locals.iter().map(|l| size_of_val(l) + l.name.len());
    p.code.capacity() * size_of::<Instr>()
        + p.lines.capacity() * size_of::<u32>()
        + constants.chain(names).chain(locals).sum::<usize>()
        + p.protos
            .iter()
            .map(|inner| size_of_val(inner) + bytes_of(inner))
            .sum::<usize>()
}

/// The first slot hint is the hash of the name: masked, it is the main position in any table.
fn set_first_hint(i: &mut Instr, constants: &[Value]) {
    let op = i.op();
    if !op.has(Operand::Hint) {
        return;
    }
    let name = if op.has(Operand::SG) {
        i.g() as usize
    } else if op.has(Operand::SB) {
        i.b().into()
    } else {
        i.c().into()
    };
    if let Some(s) = constants.get(name).and_then(|k| k.as_str()) {
        *i = i.with_d(s.hash() as u16);
    }
}

/// A function with inner functions may leave open upvalues behind, which only the general return
/// closes.
fn closing_return(i: Instr) -> Instr {
    match i.op() {
        Op::Return0 => Instr::abc(Op::Return, 0, 1, 0),
        Op::Return1 => Instr::abc(Op::Return, i.a(), 2, 0),
        _ => i,
    }
}
