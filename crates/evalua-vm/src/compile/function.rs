//! A function being compiled.
//!
//! Owns: its state; registers, which hold the active locals with temporaries stacked above them; and
//! the scopes of locals. It must not know expressions and statements.

use super::code::{Code, Cursor};
use super::constant::{Constants, MAX_CONSTANTS};
use super::desc::{Desc, Kind};
use super::error::{Limit, Result};
use super::jump::JumpList;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Capture, LocalInfo, Prototype, VarargKind};
use evalua_syntax::ast::{Arena, ExprId, Function, LocalId, Span, StrId, UpvalueSource, Vararg};

/// A function may use fewer registers than this, as in PUC.
const MAX_REGISTERS: usize = 250;

/// The state of the compiler for one function.
pub(super) struct FunctionCompiler<'a> {
    pub(super) arena: Arena<'a>,
    function: &'a Function,
    pub(super) code: Code,
    pub(super) constants: Constants,
    /// For each inner function so far, how its closures take their upvalues.
    captures: Vec<Vec<Capture>>,
    /// Every local that was active so far.
    locals: Vec<LocalInfo>,
    /// The active locals in order of their registers, which are 0, 1, …: indices into `locals`.
    active: Vec<usize>,
    /// The register of each local of the tree, once it was active.
    local_registers: Vec<u8>,
    /// The first register in use by nothing.
    free: u8,
    /// The most registers ever in use.
    most_used: u8,
    scopes: Vec<Scope>,
    /// Work list of the walk down the left sides of expressions.
    pub(super) spine: Vec<ExprId>,
}

/// A stretch of code with locals of its own, or a loop.
struct Scope {
    /// How many locals are active around it.
    level: u8,
    /// Whether locals directly in it are captured, so that leaving it closes upvalues.
    closes: bool,
    /// For a loop, the jumps of its `break`s.
    breaks: Option<JumpList>,
}

/// Compiles a function and puts it on a stack, in place of those inside it, which are on top there.
pub(super) fn compile_function(
    arena: Arena<'_>,
    function: &Function,
    compiled: &mut Vec<Prototype>,
    room: &mut Room,
) -> Result<()> {
    // The main function begins before the first token.
    let cursor = match function.vararg {
        Vararg::Main => Cursor::default(),
        _ => Cursor {
            line: function.line,
            next: function.span.start,
        },
    };
    let mut compiler = FunctionCompiler::new(arena, function, cursor, std::mem::take(room));
    let has_arg = matches!(function.vararg, Vararg::Yes { .. });
    let params = function.params + u8::from(has_arg);
    compiler.activate(LocalId(0), u32::from(params));
    compiler.reserve(usize::from(params))?;
    compiler.statements(&function.body)?;
    compiler.read_to_end(function.span);
    compiler.deactivate(0);
    compiler.code.emit(Instr::abc(Op::Return0, 0, 0, 0))?;
    // Some are missing only where one was refused, and then nobody wants what this gives.
    let inner = compiled.len().saturating_sub(compiler.captures.len());
    let protos = compiled.split_off(inner);
    compiled.push(compiler.finish(protos, room));
    Ok(())
}

/// The lists of a function that was compiled, emptied for the next.
#[derive(Default)]
pub(super) struct Room {
    pub(super) code: Code,
    constants: Constants,
    captures: Vec<Vec<Capture>>,
    locals: Vec<LocalInfo>,
    active: Vec<usize>,
    local_registers: Vec<u8>,
    scopes: Vec<Scope>,
    spine: Vec<ExprId>,
}

impl<'a> FunctionCompiler<'a> {
    fn new(
        arena: Arena<'a>,
        function: &'a Function,
        cursor: Cursor,
        room: Room,
    ) -> FunctionCompiler<'a> {
        let mut local_registers = room.local_registers;
        local_registers.resize(function.locals.len(), 0);
        FunctionCompiler {
            arena,
            function,
            code: room.code.starting_at(cursor),
            constants: room.constants,
            captures: room.captures,
            locals: room.locals,
            active: room.active,
            local_registers,
            free: 0,
            most_used: 2,
            scopes: room.scopes,
            spine: room.spine,
        }
    }

    /// The function, with those inside it; leaves the lists behind, empty.
    fn finish(mut self, mut protos: Vec<Prototype>, room: &mut Room) -> Prototype {
        let function = self.function;
        let is_main = function.vararg == Vararg::Main;
        let name = |id: StrId| self.arena.shared(id);
        for (proto, captures) in protos.iter_mut().zip(self.captures.drain(..)) {
            proto.captures = captures;
        }
        let points = self.code.take_points();
        let prototype = Prototype {
            // As long as they are, for they are kept.
            code: self.code.instrs.as_slice().into(),
            constants: self.constants.list.drain(..).collect(),
            protos,
            // The function around this one knows the registers.
            captures: Vec::new(),
            upvalue_names: function
                .upvalues
                .iter()
                .map(|upvalue| name(upvalue.name))
                .collect(),
            params: function.params,
            vararg: match function.vararg {
                Vararg::No => VarargKind::No,
                Vararg::Main => VarargKind::Yes,
                Vararg::Yes { needs_table: true } => VarargKind::ArgTable,
                Vararg::Yes { needs_table: false } => VarargKind::ArgNil,
            },
            registers: self.most_used,
            lines: self.code.lines.as_slice().into(),
            locals: self.locals.drain(..).collect(),
            line_defined: function.line,
            last_line_defined: if is_main { 0 } else { function.span.end_line },
            points,
        };
        self.constants.clear();
        self.local_registers.clear();
        *room = Room {
            code: self.code,
            constants: self.constants,
            captures: self.captures,
            locals: self.locals,
            active: self.active,
            local_registers: self.local_registers,
            scopes: self.scopes,
            spine: self.spine,
        };
        prototype
    }
}

impl FunctionCompiler<'_> {
    /// A function inside this one, which was compiled before.
    pub(super) fn closure(&mut self, function: &Function) -> Result<Desc> {
        let captures = function
            .upvalues
            .iter()
            .map(|upvalue| match upvalue.source {
                UpvalueSource::ParentLocal(local) => Capture::Register(self.register_of(local)),
                UpvalueSource::ParentUpvalue(index) => Capture::Upvalue(index),
            })
            .collect();
        self.read_to_end(function.span);
        if self.captures.len() >= MAX_CONSTANTS {
            return Err(self.code.fault(Limit::Constants));
        }
        let index = self.captures.len() as u32;
        self.captures.push(captures);
        let pc = self.code.emit(Instr::abx(Op::Closure, 0, 0, index))?;
        Ok(Desc::new(Kind::Relocatable(pc)))
    }

    // The cursor.

    /// The next token to read is the first of `span`.
    pub(super) fn read_up_to(&mut self, span: Span) {
        self.code.cursor = Cursor {
            line: span.line,
            next: span.start,
        };
    }

    /// The last token read is the last of `span`.
    pub(super) fn read_to_end(&mut self, span: Span) {
        self.code.cursor = Cursor {
            line: span.end_line,
            next: span.end,
        };
    }

    /// The last token read is the one that follows `expr`.
    pub(super) fn read_past(&mut self, expr: ExprId) {
        self.code.cursor.line = self.arena.expr(expr).next_line;
    }

    /// The last token read is the separator between two expressions.
    pub(super) fn read_separator(&mut self, before: ExprId, after: ExprId) {
        self.code.cursor = Cursor {
            line: self.arena.expr(before).next_line,
            next: self.arena.expr(after).span.start,
        };
    }

    // Registers.

    /// The first register in use by nothing.
    pub(super) fn free_register(&self) -> u8 {
        self.free
    }

    /// The number of active locals: the register of the first temporary.
    pub(super) fn active_count(&self) -> u8 {
        // The parser allows 200.
        self.active.len() as u8
    }

    /// Makes sure that a call has `count` registers more than are in use.
    pub(super) fn check_registers(&mut self, count: usize) -> Result<()> {
        let used = usize::from(self.free) + count;
        if used >= MAX_REGISTERS {
            return Err(self.code.fault(Limit::Registers));
        }
        self.most_used = self.most_used.max(used as u8);
        Ok(())
    }

    /// Takes the next `count` registers and tells the first.
    pub(super) fn reserve(&mut self, count: usize) -> Result<u8> {
        self.check_registers(count)?;
        let first = self.free;
        self.free += count as u8;
        Ok(first)
    }

    /// Gives back a register, if it is a temporary; temporaries are given back from the top.
    pub(super) fn release(&mut self, register: u8) {
        if register >= self.active_count() {
            self.free -= 1;
            debug_assert_eq!(register, self.free, "temporaries are a stack");
        }
    }

    /// Gives back two registers.
    pub(super) fn release_both(&mut self, one: u8, other: u8) {
        self.release(one.max(other));
        self.release(one.min(other));
    }

    /// Gives back the register that an expression is in.
    pub(super) fn release_desc(&mut self, desc: &Desc) {
        if let Kind::Register(register) = desc.kind {
            self.release(register);
        }
    }

    /// Gives back all registers from `register` on.
    pub(super) fn release_from(&mut self, register: u8) {
        self.free = register;
    }

    // Locals.

    /// The register of a local that is or was active.
    pub(super) fn register_of(&self, local: LocalId) -> u8 {
        self.local_registers[local.0 as usize]
    }

    /// Brings `count` locals into scope, in the registers above the active ones.
    pub(super) fn activate(&mut self, first: LocalId, count: u32) {
        for local in first.0..first.0 + count {
            let name = self.function.locals[local as usize].name;
            self.local_registers[local as usize] = self.active_count();
            self.active.push(self.locals.len());
            let start = self.code.pc() as u32;
            self.locals.push(LocalInfo {
                name: self.arena.str(name).into(),
                start,
                end: start,
            });
        }
    }

    /// Lets the debug information of the newest local start here.
    pub(super) fn restart_newest_local(&mut self) {
        if let Some(&index) = self.active.last() {
            self.locals[index].start = self.code.pc() as u32;
        }
    }

    /// Leaves only `level` locals in scope.
    fn deactivate(&mut self, level: u8) {
        let end = self.code.pc() as u32;
        for index in self.active.drain(usize::from(level)..) {
            self.locals[index].end = end;
        }
    }

    // Scopes.

    /// Opens a scope for the locals of a block.
    pub(super) fn enter_scope(&mut self, closes: bool) {
        self.scopes.push(Scope {
            level: self.active_count(),
            closes,
            breaks: None,
        });
    }

    /// Opens the scope of a loop, where `break` leads to its end.
    pub(super) fn enter_loop(&mut self) {
        let level = self.active_count();
        self.scopes.push(Scope {
            level,
            closes: false,
            breaks: Some(JumpList::EMPTY),
        });
    }

    /// Closes the innermost scope.
    pub(super) fn leave_scope(&mut self) -> Result<()> {
        let Some(scope) = self.scopes.pop() else {
            return Ok(());
        };
        self.deactivate(scope.level);
        if scope.closes {
            self.code.emit(Instr::abc(Op::Close, scope.level, 0, 0))?;
        }
        self.free = scope.level;
        if let Some(breaks) = scope.breaks {
            self.code.patch_here(breaks);
        }
        Ok(())
    }

    /// Jumps to the end of the innermost loop.
    pub(super) fn break_loop(&mut self) -> Result<()> {
        // The parser refuses a `break` outside a loop.
        let Some(at) = self.scopes.iter().rposition(|scope| scope.breaks.is_some()) else {
            return Ok(());
        };
        if self.scopes[at..].iter().any(|scope| scope.closes) {
            self.code
                .emit(Instr::abc(Op::Close, self.scopes[at].level, 0, 0))?;
        }
        let jump = self.code.jump()?;
        if let Some(breaks) = &mut self.scopes[at].breaks {
            self.code.append(breaks, jump);
        }
        Ok(())
    }
}
