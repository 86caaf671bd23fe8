//! Getting unfinished expressions into registers, constants and jumps.
//!
//! Owns: the code that turns a `Desc` into a value, and stores one. It must not know operators or the
//! syntax tree.

use super::code::NO_REGISTER;
use super::desc::{Desc, Key, Kind};
use super::error::Result;
use super::function::FunctionCompiler;
use super::jump::JumpList;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use crate::bytecode::point::Choice;
use crate::bytecode::proto::Constant;
use evalua_syntax::ast::Span;

impl FunctionCompiler<'_> {
    /// Fetches a variable, so that the description no longer names a place in memory. A call is cut
    /// to one value.
    #[inline]
    pub(super) fn fetch(&mut self, e: &mut Desc) -> Result<()> {
        match e.kind {
            Kind::Register(_) | Kind::Relocatable(_) | Kind::Constant(_) | Kind::Number(_) => {}
            Kind::Local(register) => e.kind = Kind::Register(register),
            _ => self.fetch_variable(e)?,
        }
        Ok(())
    }

    fn fetch_variable(&mut self, e: &mut Desc) -> Result<()> {
        e.kind = match e.kind {
            Kind::Upvalue(index) => {
                let load = Instr::abc(Op::GetUpval, 0, index.into(), 0);
                Kind::Relocatable(self.code.emit(load)?)
            }
            Kind::Global(name) => {
                Kind::Relocatable(self.code.emit(Instr::ag(Op::GetGlobal, 0, name))?)
            }
            Kind::Indexed { object, key } => {
                let operand = self.key_operand(key)?;
                let op = match key {
                    Key::Register(_) | Key::Constant(_) => Op::GetTable,
                    Key::Field(_) => Op::GetField,
                    Key::Int(_) => Op::GetInt,
                };
                if op == Op::GetTable {
                    self.release_both(object, operand as u8);
                } else {
                    self.release(object);
                }
                let get = Instr::abc(op, 0, object.into(), operand);
                Kind::Relocatable(self.code.emit(get)?)
            }
            Kind::Call(pc) => Kind::Register(self.code.instrs[pc].a()),
            Kind::VarArg(pc) => {
                self.code.instrs[pc] = self.code.instrs[pc].with_b(2);
                Kind::Relocatable(pc)
            }
            other => other,
        };
        Ok(())
    }

    /// Lets a call or `...` give `count` values, or all when there is no count. Their registers are
    /// not reserved, but for the first of `...`.
    pub(super) fn set_results(&mut self, e: &Desc, count: Option<u16>) -> Result<()> {
        let encoded = count.map_or(0, |count| count + 1);
        match e.kind {
            Kind::Call(pc) => self.code.instrs[pc] = self.code.instrs[pc].with_c(encoded),
            Kind::VarArg(pc) => {
                let first = self.free_register();
                self.code.instrs[pc] = self.code.instrs[pc].with_b(encoded).with_a(first);
                self.reserve(1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Sets `count` registers to nil.
    pub(super) fn load_nil(&mut self, first: u8, count: u8) -> Result<()> {
        let last = first + (count - 1);
        if let Some(previous) = self.code.previous()
            && previous.op() == Op::LoadNil
            && previous.a() <= first
            && u16::from(first) <= previous.b() + 1
        {
            *previous = previous.with_b(previous.b().max(last.into()));
            return Ok(());
        }
        self.code
            .emit(Instr::abc(Op::LoadNil, first, last.into(), 0))?;
        Ok(())
    }

    /// Puts the value in `register`, but for values that come by jumps.
    fn place(&mut self, e: &mut Desc, register: u8) -> Result<()> {
        self.fetch(e)?;
        match e.kind {
            Kind::Nil => self.load_nil(register, 1)?,
            Kind::True => self.load(Op::LoadTrue, register)?,
            Kind::False => self.load(Op::LoadFalse, register)?,
            Kind::Number(_) | Kind::Constant(_) => {
                if let Some(index) = self.intern(e)? {
                    self.code.emit(Instr::abx(Op::LoadK, register, 0, index))?;
                }
            }
            Kind::Relocatable(pc) => {
                self.code.instrs[pc] = self.code.instrs[pc].with_a(register);
            }
            Kind::Register(from) => {
                if from != register {
                    self.code
                        .emit(Instr::abc(Op::Move, register, from.into(), 0))?;
                }
            }
            // A comparison has no value yet.
            _ => return Ok(()),
        }
        e.kind = Kind::Register(register);
        Ok(())
    }

    fn load(&mut self, op: Op, register: u8) -> Result<()> {
        self.code.emit(Instr::abc(op, register, 0, 0))?;
        Ok(())
    }

    /// Puts the value in some register, but for values that come by jumps.
    fn place_anywhere(&mut self, e: &mut Desc) -> Result<u8> {
        if let Kind::Register(register) = e.kind {
            return Ok(register);
        }
        let register = self.reserve(1)?;
        self.place(e, register)?;
        Ok(register)
    }

    /// Puts the value in `register`.
    pub(super) fn put_in(&mut self, e: &mut Desc, register: u8) -> Result<()> {
        self.place(e, register)?;
        if let Kind::Jump(pc) = e.kind {
            self.code.append(&mut e.when_true, JumpList::one(pc));
        }
        if e.has_jumps() {
            let mut load_false = 0;
            let mut load_true = 0;
            if self.code.lacks_value(e.when_true) || self.code.lacks_value(e.when_false) {
                let over = match e.kind {
                    Kind::Jump(_) => JumpList::EMPTY,
                    _ => self.code.jump()?,
                };
                load_false = self.code.label();
                self.load(Op::LoadFalseSkip, register)?;
                load_true = self.code.label();
                self.load(Op::LoadTrue, register)?;
                self.code.patch_here(over);
            }
            let end = self.code.label();
            self.code
                .patch_list(e.when_false, end, Some(register), load_false)?;
            self.code
                .patch_list(e.when_true, end, Some(register), load_true)?;
        }
        *e = Desc::new(Kind::Register(register));
        Ok(())
    }

    /// Puts the value in the first free register.
    pub(super) fn put_in_next(&mut self, e: &mut Desc) -> Result<u8> {
        self.fetch(e)?;
        self.release_desc(e);
        let register = self.reserve(1)?;
        self.put_in(e, register)?;
        Ok(register)
    }

    /// Puts the value in some register; a local stays where it is.
    #[inline]
    pub(super) fn put_in_any(&mut self, e: &mut Desc) -> Result<u8> {
        match e.kind {
            Kind::Register(register) | Kind::Local(register) if !e.has_jumps() => {
                e.kind = Kind::Register(register);
                Ok(register)
            }
            _ => self.move_to_any(e),
        }
    }

    fn move_to_any(&mut self, e: &mut Desc) -> Result<u8> {
        self.fetch(e)?;
        if let Kind::Register(register) = e.kind {
            if !e.has_jumps() {
                return Ok(register);
            }
            if register >= self.active_count() {
                self.put_in(e, register)?;
                return Ok(register);
            }
        }
        self.put_in_next(e)
    }

    /// Makes the value one that is not a variable and does not come by jumps.
    pub(super) fn resolve(&mut self, e: &mut Desc) -> Result<()> {
        if e.has_jumps() {
            self.put_in_any(e)?;
            Ok(())
        } else {
            self.fetch(e)
        }
    }

    /// The index of a constant, if that is what this is.
    fn intern(&mut self, e: &Desc) -> Result<Option<u32>> {
        let index = match e.kind {
            Kind::Nil => self.constants.nil(),
            Kind::True => self.constants.bool(true),
            Kind::False => self.constants.bool(false),
            Kind::Number(value) => self.constants.number(value),
            Kind::Constant(index) => Ok(index),
            _ => return Ok(None),
        };
        index.map(Some).map_err(|limit| self.code.fault(limit))
    }

    /// The index of the constant that this is, if it fits an operand field.
    #[inline]
    pub(super) fn constant_operand(&mut self, e: &mut Desc) -> Result<Option<u16>> {
        if !e.is_constant() {
            return Ok(None);
        }
        let Some(index) = self.intern(e)? else {
            return Ok(None);
        };
        e.kind = Kind::Constant(index);
        Ok(u16::try_from(index).ok())
    }

    /// The index of the number constant that this is, if it fits an operand field.
    #[inline]
    pub(super) fn number_operand(&mut self, e: &mut Desc) -> Result<Option<u16>> {
        let index = self.constant_operand(e)?;
        Ok(index.filter(|&index| matches!(self.constants.get(index.into()), Constant::Number(_))))
    }

    /// The field of an object that has been put in a register.
    pub(super) fn index(&mut self, object: u8, mut key: Desc) -> Result<Desc> {
        let key = match self.constant_key(&key)? {
            Some(key) => key,
            None => Key::Register(self.put_in_any(&mut key)?),
        };
        Ok(Desc::new(Kind::Indexed { object, key }))
    }

    fn constant_key(&mut self, key: &Desc) -> Result<Option<Key>> {
        if !key.is_constant() {
            return Ok(None);
        }
        let Some(index) = self.intern(key)? else {
            return Ok(None);
        };
        Ok(Some(
            match (self.constants.get(index), u16::try_from(index)) {
                (Constant::String(_), Ok(name)) => Key::Field(name),
                // Compared as bits: -0 is not 0.
                (Constant::Number(value), _)
                    if f64::from(*value as u16).to_bits() == value.to_bits() =>
                {
                    Key::Int(*value as u16)
                }
                _ => Key::Constant(index),
            },
        ))
    }

    /// The operand field of a key. One that does not fit a field is loaded into a register, which
    /// becomes the topmost.
    fn key_operand(&mut self, key: Key) -> Result<u16> {
        Ok(match key {
            Key::Register(register) => register.into(),
            Key::Field(name) => name,
            Key::Int(number) => number,
            Key::Constant(index) => {
                let register = self.reserve(1)?;
                self.code.emit(Instr::abx(Op::LoadK, register, 0, index))?;
                register.into()
            }
        })
    }

    /// `object:name`, ready to be called: the function and then the object. Tells where the function is.
    pub(super) fn method(&mut self, object: &mut Desc, name: u32) -> Result<u8> {
        let from = self.put_in_any(object)?;
        self.release_desc(object);
        let function = self.reserve(2)?;
        match u16::try_from(name) {
            Ok(name) => {
                self.code
                    .emit(Instr::abc(Op::SelfField, function, from.into(), name))?;
            }
            Err(_) => {
                let receiver = u16::from(function) + 1;
                self.code
                    .emit(Instr::abc(Op::Move, function + 1, from.into(), 0))?;
                let key = self.reserve(1)?;
                self.code.emit(Instr::abx(Op::LoadK, key, 0, name))?;
                self.release(key);
                self.code
                    .emit(Instr::abc(Op::GetTable, function, receiver, key.into()))?;
            }
        }
        Ok(function)
    }

    /// Stores a value in a variable or field.
    pub(super) fn store(&mut self, target: &Desc, mut value: Desc) -> Result<()> {
        match target.kind {
            Kind::Local(register) => {
                self.release_desc(&value);
                return self.put_in(&mut value, register);
            }
            Kind::Upvalue(index) => {
                let from = self.put_in_any(&mut value)?;
                self.code
                    .emit(Instr::abc(Op::SetUpval, from, index.into(), 0))?;
            }
            Kind::Global(name) => {
                let from = self.put_in_any(&mut value)?;
                self.code.emit(Instr::ag(Op::SetGlobal, from, name))?;
            }
            Kind::Indexed { object, key } => {
                let constant = self.constant_operand(&mut value)?;
                let stored = match (constant, key) {
                    (Some(constant), Key::Register(_) | Key::Field(_) | Key::Constant(_)) => {
                        constant
                    }
                    _ => self.put_in_any(&mut value)?.into(),
                };
                let operand = self.key_operand(key)?;
                if let Key::Constant(_) = key {
                    self.release(operand as u8);
                }
                let op = match (key, constant) {
                    (Key::Register(_) | Key::Constant(_), None) => Op::SetTable,
                    (Key::Register(_) | Key::Constant(_), Some(_)) => Op::SetTableK,
                    (Key::Field(_), None) => Op::SetField,
                    (Key::Field(_), Some(_)) => Op::SetFieldK,
                    (Key::Int(_), _) => Op::SetInt,
                };
                self.code.emit(Instr::abc(op, object, operand, stored))?;
            }
            // The parser lets nothing else be assigned to.
            _ => {}
        }
        self.release_desc(&value);
        Ok(())
    }

    // Conditions.

    /// Jumps when the value is true, or when it is false.
    fn jump_when(&mut self, e: &mut Desc, truth: bool) -> Result<JumpList> {
        if let Kind::Relocatable(pc) = e.kind
            && self.code.instrs[pc].op() == Op::Not
        {
            let tested = self.code.instrs[pc].b() as u8;
            self.code.pop();
            let op = if truth { Op::JumpIfNot } else { Op::JumpIf };
            return Ok(JumpList::one(self.code.emit_jump(op, tested, 0)?));
        }
        let tested = self.place_anywhere(e)?;
        self.release_desc(e);
        let op = if truth {
            Op::JumpIfSet
        } else {
            Op::JumpIfNotSet
        };
        Ok(JumpList::one(self.code.emit_jump(
            op,
            NO_REGISTER,
            tested.into(),
        )?))
    }

    /// Goes on when the value is true, and jumps (`when_false`) otherwise.
    pub(super) fn go_on_if_true(&mut self, e: &mut Desc, choice: (Choice, Span)) -> Result<()> {
        self.fetch(e)?;
        let jumps = match e.kind {
            Kind::Constant(_) | Kind::Number(_) | Kind::True => JumpList::EMPTY,
            Kind::Jump(pc) => {
                self.code.invert(pc);
                JumpList::one(pc)
            }
            _ => self.jump_when(e, false)?,
        };
        self.code.append(&mut e.when_false, jumps);
        self.code
            .note_choice(choice, jumps.first(), true, e.when_true, e.when_false);
        self.code.patch_here(std::mem::take(&mut e.when_true));
        Ok(())
    }

    /// Goes on when the value is false, and jumps (`when_true`) otherwise.
    pub(super) fn go_on_if_false(&mut self, e: &mut Desc, choice: (Choice, Span)) -> Result<()> {
        self.fetch(e)?;
        let jumps = match e.kind {
            Kind::Nil | Kind::False => JumpList::EMPTY,
            Kind::Jump(pc) => JumpList::one(pc),
            _ => self.jump_when(e, true)?,
        };
        self.code.append(&mut e.when_true, jumps);
        self.code
            .note_choice(choice, jumps.first(), false, e.when_true, e.when_false);
        self.code.patch_here(std::mem::take(&mut e.when_false));
        Ok(())
    }

    /// `not`
    pub(super) fn negate(&mut self, e: &mut Desc) -> Result<()> {
        self.fetch(e)?;
        e.kind = match e.kind {
            Kind::Nil | Kind::False => Kind::True,
            Kind::Constant(_) | Kind::Number(_) | Kind::True => Kind::False,
            Kind::Jump(pc) => {
                self.code.invert(pc);
                Kind::Jump(pc)
            }
            _ => {
                let operand = self.place_anywhere(e)?;
                self.release_desc(e);
                Kind::Relocatable(self.code.emit(Instr::abc(Op::Not, 0, operand.into(), 0))?)
            }
        };
        std::mem::swap(&mut e.when_true, &mut e.when_false);
        self.code.drop_values(e.when_true);
        self.code.drop_values(e.when_false);
        Ok(())
    }
}
