//! Where an error happened and what a value is called there.
//!
//! Owns: positions, and the names of variables and functions, found by following the bytecode as PUC
//! 5.1 does. It must not raise anything but the errors that need such names.
#![allow(
    unsafe_code,
    reason = "reads frames and closures; invariants in the parent module"
)]

use super::Operand;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use crate::bytecode::proto::VarargKind;
use crate::error::Throw;
use crate::heap::object::{Gc, Proto, Thread};
use crate::heap::string::c_string;
use crate::host::Location;
use crate::thread::Frame;
use crate::value::Value;
use crate::vm::Vm;
use evalua_syntax::chunk_id;

/// What `debug.getinfo` calls `namewhat`, and the name.
pub(crate) type Name = (&'static str, Vec<u8>);

/// A level of the call stack, as `lua_getstack` counts them.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    /// A frame, by index.
    Frame(usize),
    /// A call that was lost in a tail call.
    Tail,
}

impl Frame {
    /// The prototype of a Lua frame.
    pub(crate) fn proto(&self) -> Option<Gc<Proto>> {
        // SAFETY: O1: the closure is on the stack below the frame.
        (!self.closure.is_null()).then(|| unsafe { (*self.closure).proto })
    }

    /// Index of the instruction that runs, or was last run, in a Lua frame.
    pub(crate) fn current_pc(&self) -> usize {
        let Some(proto) = self.proto() else { return 0 };
        // SAFETY: I3: `pc` points into the code, past the instruction that runs.
        let next = unsafe { self.pc.offset_from(proto.get().code.cast::<Instr>()) };
        (next as usize).saturating_sub(1)
    }

    /// Line of the instruction that runs; `None` in a native frame.
    pub(crate) fn current_line(&self) -> Option<u32> {
        let proto = self.proto()?;
        proto.get().lines.get(self.current_pc()).copied()
    }
}

/// The first instruction that PUC has too. There every call clears the registers; here a function
/// that begins with variables without values does so itself, with an instruction more.
pub(crate) fn first_pc(code: &[Instr], vararg: VarargKind, params: u8) -> usize {
    let reserved = matches!(vararg, VarargKind::ArgTable | VarargKind::ArgNil);
    let parameters = params + u8::from(reserved);
    let clears = |first: &Instr| first.op() == Op::LoadNil && first.a() >= parameters;
    usize::from(code.first().is_some_and(clears))
}

impl Proto {
    /// As [`first_pc`].
    pub(crate) fn first_pc(&self) -> usize {
        first_pc(self.code(), self.vararg, self.params)
    }

    /// Name of the local in a register while instruction `pc` runs.
    pub(crate) fn local_name(&self, register: usize, pc: usize) -> Option<&[u8]> {
        let mut left = register;
        for local in self.locals.iter().take_while(|l| l.start as usize <= pc) {
            if pc < local.end as usize {
                if left == 0 {
                    return Some(&local.name);
                }
                left -= 1;
            }
        }
        None
    }

    fn constant_name(&self, i: usize) -> Vec<u8> {
        match self.constants.get(i).and_then(|k| k.as_str()) {
            Some(s) => c_string(s.bytes()).to_vec(),
            None => b"?".to_vec(),
        }
    }

    /// The name of a field. PUC has room for 256 constants in an operand, and no names for fields
    /// whose constants lie beyond; the compiler numbers constants as PUC does.
    fn field_name(&self, i: u16) -> Vec<u8> {
        if i < 256 {
            self.constant_name(i.into())
        } else {
            b"?".to_vec()
        }
    }

    /// The instruction that last changed a register before `pc`, taking each forward jump.
    fn last_change(&self, register: usize, pc: usize) -> Option<Instr> {
        let code = self.code();
        let mut last = None;
        let mut at = 0;
        while at < pc {
            let i = code[at];
            let a = usize::from(i.a());
            let changes = match i.op() {
                Op::LoadNil => (a..=usize::from(i.b())).contains(&register),
                Op::SelfField => register == a || register == a + 1,
                Op::Call | Op::TailCall => register >= a,
                Op::TForCall => register >= a + 2,
                Op::SetUpval
                | Op::SetGlobal
                | Op::SetTable
                | Op::SetTableK
                | Op::SetField
                | Op::SetFieldK
                | Op::SetInt
                | Op::SetList
                | Op::Close
                | Op::Return
                | Op::Return0
                | Op::Return1
                | Op::Jump
                | Op::LoopBack
                | Op::TForLoop => false,
                op if is_test(op) => false,
                _ => register == a,
            };
            if changes {
                last = Some(i);
            }
            at += 1;
            if i.op().has(crate::bytecode::op::Operand::J) {
                let target = at as i64 + i64::from(i.j());
                if target > at as i64 && target <= pc as i64 {
                    at = target as usize;
                }
            }
        }
        last
    }

    /// What the value in a register is called while instruction `pc` runs.
    pub(crate) fn register_name(&self, register: usize, pc: usize) -> Option<Name> {
        if let Some(name) = self.local_name(register, pc) {
            return Some(("local", name.to_vec()));
        }
        let i = self.last_change(register, pc)?;
        match i.op() {
            Op::GetGlobal => Some(("global", self.constant_name(i.g() as usize))),
            Op::Move if u16::from(i.a()) > i.b() => self.register_name(usize::from(i.b()), pc),
            Op::GetField => Some(("field", self.field_name(i.c()))),
            Op::GetTable | Op::GetInt => Some(("field", b"?".to_vec())),
            Op::GetUpval => {
                let name = self.upvalue_names.get(usize::from(i.b()));
                Some((
                    "upvalue",
                    name.map_or(b"?".to_vec(), |s| s.bytes().to_vec()),
                ))
            }
            Op::SelfField => Some(("method", self.field_name(i.c()))),
            _ => None,
        }
    }
}

/// Whether an instruction only looks at `a` and jumps. `JumpIf` and `JumpIfNot` are not among them:
/// PUC's TEST counts as changing what it tests, so that `(t.x or t.y)()` calls nothing by name.
fn is_test(op: Op) -> bool {
    use Op::*;
    matches!(
        op,
        JumpEq
            | JumpNe
            | JumpLt
            | JumpNotLt
            | JumpLe
            | JumpNotLe
            | JumpEqK
            | JumpNeK
            | JumpLtK
            | JumpNotLtK
            | JumpLeK
            | JumpNotLeK
            | JumpGtK
            | JumpNotGtK
            | JumpGeK
            | JumpNotGeK
    )
}

/// The frame of a level, as `lua_getstack` finds it: tail calls count as levels of their own.
pub(crate) fn level(thread: Gc<Thread>, level: usize) -> Option<Level> {
    let mut left = level as i64;
    for i in (0..thread.frame_count()).rev() {
        if left == 0 {
            return Some(Level::Frame(i));
        }
        left -= 1;
        let frame = thread.frame(i)?;
        if !frame.closure.is_null() {
            left -= i64::from(frame.tail_calls);
        }
        if left < 0 {
            return Some(Level::Tail);
        }
    }
    None
}

/// How many levels [`level`] finds.
pub(crate) fn level_count(thread: Gc<Thread>) -> usize {
    (0..thread.frame_count())
        .filter_map(|i| thread.frame(i))
        .map(|frame| match frame.closure.is_null() {
            true => 1,
            false => 1 + usize::from(frame.tail_calls),
        })
        .sum()
}

/// The `n`th value of frame `i`, counted from 1: a local that is active with its name, or one without
/// a name. Gives the name and the slot.
pub(crate) fn local_of_frame(thread: Gc<Thread>, i: usize, n: usize) -> Option<(Vec<u8>, usize)> {
    let frame = thread.frame(i)?;
    let register = n.checked_sub(1)?;
    let slot = frame.base as usize + register;
    if let Some(proto) = frame.proto()
        && let Some(name) = proto.get().local_name(register, frame.current_pc())
    {
        return Some((name.to_vec(), slot));
    }
    let end = match thread.frame(i + 1) {
        Some(above) => above.func as usize,
        None => thread.top(),
    };
    (slot < end).then(|| (b"(*temporary)".to_vec(), slot))
}

impl Vm {
    /// "chunk:line:" and a space, for a Lua frame that has one; else nothing.
    fn frame_position(&self, frame: &Frame) -> Vec<u8> {
        let (Some(proto), Some(line)) = (frame.proto(), frame.current_line()) else {
            return Vec::new();
        };
        let mut text = chunk_id(proto.get().source.bytes());
        text.extend_from_slice(format!(":{line}: ").as_bytes());
        text
    }

    /// The position of a level for an error message (`luaL_where`): 0 is the running function.
    pub(crate) fn position(&self, at: usize) -> Vec<u8> {
        match level(self.thread, at) {
            Some(Level::Frame(i)) => self
                .thread
                .frame(i)
                .map_or(Vec::new(), |f| self.frame_position(&f)),
            _ => Vec::new(),
        }
    }

    /// The function of a level: nil where it was lost in a tail call.
    pub(crate) fn function_at(&self, at: usize) -> Option<Value> {
        Some(match level(self.thread, at)? {
            Level::Frame(i) => self.thread.slot(self.thread.frame(i)?.func as usize),
            Level::Tail => Value::NIL,
        })
    }

    /// Where the function of a level is, on the stack of a coroutine.
    pub(crate) fn location(&self, thread: Gc<Thread>, at: usize) -> Option<Location> {
        let Level::Frame(i) = level(thread, at)? else {
            return Some(Location {
                source: b"=(tail call)".to_vec(),
                line: None,
            });
        };
        let frame = thread.frame(i)?;
        Some(match frame.proto() {
            Some(proto) => Location {
                source: proto.get().source.bytes().to_vec(),
                line: frame.current_line(),
            },
            None => Location {
                source: b"=[C]".to_vec(),
                line: None,
            },
        })
    }

    /// Raises an error of the VM itself, with the position of the running function if it is a Lua one.
    #[cold]
    pub(crate) fn runtime_error(&mut self, message: &str) -> Throw {
        self.runtime_error_bytes(message.as_bytes())
    }

    /// As [`Vm::runtime_error`], for texts that hold bytes of the script.
    #[cold]
    pub(crate) fn runtime_error_bytes(&mut self, message: &[u8]) -> Throw {
        let mut text = self.position(0);
        text.extend_from_slice(message);
        self.throw_bytes(&text)
    }

    /// "attempt to <action> local 'x' (a nil value)".
    #[cold]
    pub(crate) fn operand_error(&mut self, operand: Operand, action: &str) -> Throw {
        let type_name = operand.value.type_name();
        let name = operand.register.and_then(|r| {
            let frame = self
                .thread
                .frame(self.thread.frame_count().checked_sub(1)?)?;
            frame
                .proto()?
                .get()
                .register_name(r.into(), frame.current_pc())
        });
        let mut text = format!("attempt to {action} ").into_bytes();
        match name {
            Some((kind, name)) => {
                text.extend_from_slice(format!("{kind} '").as_bytes());
                text.extend_from_slice(&name);
                text.extend_from_slice(format!("' (a {type_name} value)").as_bytes());
            }
            None => text.extend_from_slice(format!("a {type_name} value").as_bytes()),
        }
        self.runtime_error_bytes(&text)
    }

    /// The error of calling the value in slot `at`.
    #[cold]
    pub(super) fn call_error(&mut self, at: usize, value: Value) -> Throw {
        let thread = self.thread;
        let register = thread.frame_count().checked_sub(1).and_then(|i| {
            let frame = thread.frame(i)?;
            let registers = usize::from(frame.proto()?.get().registers);
            let r = at.checked_sub(frame.base as usize)?;
            (r < registers).then_some(r as u8)
        });
        self.operand_error(Operand { value, register }, "call")
    }

    /// What the function of frame `i` was called by, if its caller is a Lua function that still runs.
    pub(crate) fn frame_name(&self, thread: Gc<Thread>, i: usize) -> Option<Name> {
        let frame = thread.frame(i)?;
        if !frame.closure.is_null() && frame.tail_calls > 0 {
            return None;
        }
        let caller = thread.frame(i.checked_sub(1)?)?;
        let proto = caller.proto()?;
        let proto = proto.get();
        let pc = caller.current_pc();
        let call = *proto.code().get(pc)?;
        match call.op() {
            Op::Call | Op::TailCall | Op::TForCall => {
                proto.register_name(usize::from(call.a()), pc)
            }
            _ => None,
        }
    }

    /// The name of the running native function for an argument error, "?" if there is none, and
    /// whether it was called as a method.
    pub(crate) fn called_name(&self) -> (Vec<u8>, bool) {
        let name = (self.thread.frame_count().checked_sub(1))
            .and_then(|i| self.frame_name(self.thread, i));
        match name {
            Some((kind, name)) => (name, kind == "method"),
            None => (b"?".to_vec(), false),
        }
    }
}
