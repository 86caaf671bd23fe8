//! Reading and writing fields where the fast path did not answer.
#![allow(
    unsafe_code,
    reason = "writes slot hints into the code; invariants in the parent module"
)]

use super::Operand;
use crate::bytecode::instr::Instr;
use crate::error::{Throw, text};
use crate::heap::object::{Gc, Table};
use crate::limits::POLLED;
use crate::meta::Event;
use crate::table::{Node, exact_i32};
use crate::value::{Type, Value};
use crate::vm::Vm;

/// Metatables followed before giving up, as PUC's `MAXTAGLOOP`.
const MAX_CHAIN: usize = 100;

/// Writes the slot hint of the instruction before `pc`.
#[inline(always)]
fn note_hint(t: Gc<Table>, node: *const Node, pc: *const Instr) {
    // SAFETY: O1, T1: `node` is one of `t`. `pc` is inside a prototype's code, which is written only
    // here, by the thread that runs it.
    unsafe {
        let index = node.offset_from((*t.p()).node);
        if let Ok(hint) = u16::try_from(index) {
            let instr = pc.sub(1).cast_mut();
            *instr = (*instr).with_d(hint);
        }
    }
}

/// The value of a constant string key at a slot hint; nil where it is not there.
#[inline(always)]
pub(super) fn load_hinted(t: Gc<Table>, key: Value, hint: u16) -> Value {
    // SAFETY: O1, T1: the index is masked.
    unsafe {
        let node = (*t.p())
            .node
            .add((u32::from(hint) & (*t.p()).mask) as usize);
        if (*node).key.bits() == key.bits() {
            (*node).value
        } else {
            Value::NIL
        }
    }
}

/// The value at an item of the array part; `None` if it must be looked up slowly.
#[inline(always)]
pub(super) fn load_item(object: Value, i: i32) -> Option<Value> {
    let t = object.as_table()?;
    let v = t.get_array(i)?;
    (!v.is_nil() || t.meta().is_none()).then_some(v)
}

/// The value at any key; `None` if it must be looked up slowly.
#[inline(always)]
pub(super) fn load(object: Value, key: Value) -> Option<Value> {
    if key.is_number() {
        return load_item(object, exact_i32(key.as_num())?);
    }
    let t = object.as_table()?;
    // The look-up of a long key has its price.
    let s = key.as_str().filter(|s| !s.is_long())?;
    let v = t.get_short(s);
    (!v.is_nil() || t.meta().is_none()).then_some(v)
}

/// Stores to a constant string key that is there, at a slot hint. False if it must be done slowly.
#[inline(always)]
pub(super) fn store_field(object: Value, key: Value, hint: u16, v: Value) -> bool {
    let Some(t) = object.as_table() else {
        return false;
    };
    // SAFETY: O1, T1: the index is masked.
    unsafe {
        let node = (*t.p())
            .node
            .add((u32::from(hint) & (*t.p()).mask) as usize);
        let done = (*node).key.bits() == key.bits()
            && !(*node).value.is_nil()
            && (*t.p()).header.aux2 == 0;
        if done {
            (*node).value = v;
        }
        done
    }
}

/// Stores to an item of the array part that is there, or that no metamethod guards. False if it must be
/// done slowly.
#[inline(always)]
pub(super) fn store_item(object: Value, i: i32, v: Value) -> bool {
    let Some(t) = object.as_table() else {
        return false;
    };
    let table = t.p();
    let index = (i as u32).wrapping_sub(1);
    // SAFETY: O1, T1: the index is checked.
    unsafe {
        if index >= (*table).array_len || (*table).header.aux2 != 0 {
            return false;
        }
        let slot = (*table).array.add(index as usize);
        let done = (*table).meta.is_none() || !(*slot).is_nil();
        if done {
            *slot = v;
        }
        done
    }
}

/// As [`store_item`], for any key.
#[inline(always)]
pub(super) fn store(object: Value, key: Value, v: Value) -> bool {
    key.is_number() && exact_i32(key.as_num()).is_some_and(|i| store_item(object, i, v))
}

impl Vm {
    /// `object[key]` for a constant string key, where the hint did not answer; leaves one for the next
    /// time, also where the key is found in what `__index` names.
    #[inline(never)]
    pub(super) fn get_hinted(
        &mut self,
        object: Value,
        register: Option<u8>,
        key: Value,
        pc: *const Instr,
    ) -> Result<Value, Throw> {
        let mut object = Operand {
            value: object,
            register,
        };
        let Some(s) = key.as_str() else {
            return self.get(object, key);
        };
        self.price_key(key)?;
        if object.value.is_string() {
            match self.string_methods() {
                Some(methods) => object = Value::from(methods).into(),
                None => return self.get(object, key),
            }
        }
        for _ in 0..MAX_CHAIN {
            let Some(t) = object.value.as_table() else {
                return self.get(object, key);
            };
            // SAFETY: `pc` is inside a prototype's code.
            let v = load_hinted(t, key, unsafe { (*pc.sub(1)).d() });
            if !v.is_nil() {
                return Ok(v);
            }
            if let Some(node) = t.find_str(s) {
                // SAFETY: a node of `t`.
                let v = unsafe { (*node).value };
                if !v.is_nil() {
                    note_hint(t, node, pc);
                    return Ok(v);
                }
            }
            let Some(meta) = t.meta() else {
                return Ok(Value::NIL);
            };
            let handler = self.meta_event(meta, Event::Index);
            if handler.is_nil() {
                return Ok(Value::NIL);
            }
            if handler.is_function() {
                return self.call_metamethod(handler, &[object.value, key]);
            }
            object = handler.into();
        }
        Err(self.runtime_error(text::LOOP_GET))
    }

    /// The table that `__index` of strings names.
    #[inline(always)]
    pub(super) fn string_methods(&self) -> Option<Gc<Table>> {
        let meta = self.type_meta[Type::String as usize]?;
        meta.get_short(self.event_names[Event::Index as usize])
            .as_table()
    }

    /// `object[key] = v` for a constant string key; leaves a hint for the next time.
    #[inline(never)]
    pub(super) fn set_hinted(
        &mut self,
        object: Value,
        register: Option<u8>,
        key: Value,
        v: Value,
        pc: *const Instr,
    ) -> Result<(), Throw> {
        if let (Some(t), Some(s)) = (object.as_table(), key.as_str())
            && !t.is_readonly()
        {
            self.price_key(key)?;
            if let Some(node) = t.find_str(s) {
                // SAFETY: a node of `t`; T4.
                unsafe {
                    if t.meta().is_none() || !(*node).value.is_nil() {
                        note_hint(t, node, pc);
                        t.clear_flags();
                        (*node).value = v;
                        return Ok(());
                    }
                }
            } else if t.meta().is_none() {
                t.clear_flags();
                let slot = t.new_key(&mut self.heap, key)?;
                // SAFETY: the slot that was just made.
                unsafe { *slot = v };
                return Ok(());
            }
        }
        self.set(
            Operand {
                value: object,
                register,
            },
            key,
            v,
        )
    }

    /// `object[key]` (manual 2.8, "index").
    pub(crate) fn get(&mut self, object: Operand, key: Value) -> Result<Value, Throw> {
        let mut object = object;
        for _ in 0..MAX_CHAIN {
            let handler = match object.value.as_table() {
                Some(t) => {
                    self.price_key(key)?;
                    let v = t.get(key);
                    if !v.is_nil() {
                        return Ok(v);
                    }
                    let Some(meta) = t.meta() else {
                        return Ok(Value::NIL);
                    };
                    let handler = self.meta_event(meta, Event::Index);
                    if handler.is_nil() {
                        return Ok(Value::NIL);
                    }
                    handler
                }
                None => {
                    let handler = self.metamethod(object.value, Event::Index);
                    if handler.is_nil() {
                        return Err(self.operand_error(object, "index"));
                    }
                    handler
                }
            };
            if handler.is_function() {
                return self.call_metamethod(handler, &[object.value, key]);
            }
            object = handler.into();
        }
        Err(self.runtime_error(text::LOOP_GET))
    }

    /// `object[key] = v` (manual 2.8, "newindex").
    pub(crate) fn set(&mut self, object: Operand, key: Value, v: Value) -> Result<(), Throw> {
        if let Some(t) = object.value.as_table()
            && t.meta().is_none()
            && !t.is_readonly()
        {
            let slot = self.slot(t, key)?;
            t.clear_flags();
            // SAFETY: a slot of `t`, just found.
            unsafe { *slot = v };
            return Ok(());
        }
        let mut object = object;
        for _ in 0..MAX_CHAIN {
            let handler = match object.value.as_table() {
                Some(t) => {
                    if t.is_readonly() {
                        return Err(self.runtime_error(text::READONLY_TABLE));
                    }
                    // As in PUC the key gets its place first, whatever `__newindex` does then: the
                    // order of `next` and the length can come from it.
                    let slot = self.slot(t, key)?;
                    let handler = match t.meta() {
                        // SAFETY: a slot of `t`.
                        Some(meta) if unsafe { (*slot).is_nil() } => {
                            self.meta_event(meta, Event::NewIndex)
                        }
                        _ => Value::NIL,
                    };
                    if handler.is_nil() {
                        t.clear_flags();
                        // SAFETY: a slot of `t`, which has not changed since.
                        unsafe { *slot = v };
                        return Ok(());
                    }
                    handler
                }
                None => {
                    let handler = self.metamethod(object.value, Event::NewIndex);
                    if handler.is_nil() {
                        return Err(self.operand_error(object, "index"));
                    }
                    handler
                }
            };
            if handler.is_function() {
                self.call_metamethod(handler, &[object.value, key, v])?;
                return Ok(());
            }
            object = handler.into();
        }
        Err(self.runtime_error(text::LOOP_SET))
    }

    /// The slot of a key, made if it is not there. The slot is good until the table changes.
    fn slot(&mut self, t: Gc<Table>, key: Value) -> Result<*mut Value, Throw> {
        self.price_key(key)?;
        match t.find(key) {
            Some(slot) => Ok(slot),
            None => {
                self.check_key(key)?;
                t.new_key(&mut self.heap, key)
            }
        }
    }

    /// Sets without metamethods, but with the errors of a bad key (manual 5.1, `rawset`).
    pub(crate) fn raw_set(&mut self, t: Gc<Table>, key: Value, v: Value) -> Result<(), Throw> {
        self.price_key(key)?;
        self.check_key(key)?;
        t.set(&mut self.heap, key, v)
    }

    /// Counts the look at a very long string that is a key of a table, and hashes it.
    #[inline]
    pub(crate) fn price_key(&mut self, key: Value) -> Result<(), Throw> {
        match key.as_str() {
            Some(s) if s.len() > POLLED => {
                self.fuel.take_bytes(s.len())?;
                s.hash_polled(&self.heap)
            }
            _ => Ok(()),
        }
    }

    /// Refuses what cannot be a key.
    fn check_key(&mut self, key: Value) -> Result<(), Throw> {
        if key.is_nil() {
            return Err(self.runtime_error(text::INDEX_NIL));
        }
        if key.is_number() && key.as_num().is_nan() {
            return Err(self.runtime_error(text::INDEX_NAN));
        }
        Ok(())
    }
}
