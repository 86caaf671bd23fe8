//! Tables made of values that lie on the stack.
//!
//! Owns: [`Gathering`], for host functions that read a text value by value. What is to be in a table is pushed first,
//! and the table made when all is there, with the parts that it would have if each had been set on its own: what
//! `pairs` and `#` give is the same, but little is moved on the way.

use crate::error::Throw;
use crate::native::Call;
use crate::table::Entries;
use crate::value::Value;

/// So many values may wait on the stack for a table that is not made yet, where the call has not very many there
/// already: a stack keeps the room that it had once.
const MOST: usize = 64;

/// A table that is being read: what was pushed since it began is for it.
///
/// Between its beginning and its end nothing below may be popped. Gatherings may lie inside each other:
/// the table that one leaves is a value for the one around it.
#[derive(Debug)]
pub struct Gathering {
    /// Values that the call had on the stack when this began.
    below: usize,
    /// Whether the table is made and lies on top of those.
    is_made: bool,
    /// The index of the first item that is not in the table.
    next: i32,
}

impl Gathering {
    /// Begins a table; what is pushed from now on is for it.
    #[inline]
    pub fn begin(call: &Call<'_>) -> Gathering {
        Gathering {
            below: call.height(),
            is_made: false,
            next: 1,
        }
    }

    /// Values that wait on the stack.
    #[inline]
    fn waiting(&self, call: &Call<'_>) -> usize {
        call.height()
            .saturating_sub(self.below + usize::from(self.is_made))
    }

    /// Whether what was pushed last may wait too.
    #[inline]
    fn may_wait(&self, call: &Call<'_>) -> bool {
        self.waiting(call) < MOST && call.has_stack_room(0)
    }

    /// Notes that the value on top is the next item of a list.
    ///
    /// # Errors
    /// When there is no memory for the table.
    #[inline]
    pub fn add_item(&mut self, call: &mut Call<'_>) -> Result<(), Throw> {
        if self.may_wait(call) {
            return Ok(());
        }
        self.put_items(call)
    }

    fn put_items(&mut self, call: &mut Call<'_>) -> Result<(), Throw> {
        let count = self.waiting(call);
        if self.is_made {
            call.set_items_of(self.below + 1, self.next, count)?;
        } else {
            call.gather_items(count)?;
            self.is_made = true;
        }
        self.next = self.next.wrapping_add(count as i32);
        Ok(())
    }

    /// Leaves the list that was gathered on top of the stack.
    ///
    /// # Errors
    /// When there is no memory for it.
    #[inline]
    pub fn end_list(mut self, call: &mut Call<'_>) -> Result<(), Throw> {
        self.put_items(call)
    }

    /// Notes that the two values on top are a key and its value.
    ///
    /// # Errors
    /// When the key is nil or not a number, or there is no memory for the table.
    #[inline]
    pub fn add_entry(&mut self, call: &mut Call<'_>) -> Result<(), Throw> {
        if self.is_made {
            return call.set_entry_of(self.below + 1);
        }
        let height = call.height();
        let is_field = call.at(height.wrapping_sub(1)).is_string() && !call.at(height).is_nil();
        if is_field && self.may_wait(call) {
            return Ok(());
        }
        // What cannot be set is to be told now.
        self.is_made = true;
        call.gather_entries(self.below)
    }

    /// Leaves the table of entries that was gathered on top of the stack.
    ///
    /// # Errors
    /// When there is no memory for it.
    #[inline]
    pub fn end_entries(self, call: &mut Call<'_>) -> Result<(), Throw> {
        if self.is_made {
            return Ok(());
        }
        call.gather_entries(self.below)
    }
}

impl Call<'_> {
    /// Puts a new list in place of the `count` values on top, which are its items.
    fn gather_items(&mut self, count: usize) -> Result<(), Throw> {
        let height = self.height();
        let below = height.saturating_sub(count);
        let thread = self.vm.thread;
        let first = self.base() + below;
        let table = self.vm.heap.table()?;
        let items = (first..first + count).map(|at| thread.slot(at));
        // The array doubles for each item that does not fit. A nil is none: it goes elsewhere.
        if count > 0 && !items.clone().any(Value::is_nil) {
            table.grow_array(&mut self.vm.heap, count.next_power_of_two())?;
        }
        for (i, item) in (1..).zip(items) {
            table.set_int(&mut self.vm.heap, i, item)?;
        }
        self.truncate(below);
        self.push(table)
    }

    /// Puts a new table in place of all values above the first `below`, which are keys and values by turns.
    fn gather_entries(&mut self, below: usize) -> Result<(), Throw> {
        let entries = Entries {
            stack: self.vm.thread,
            first: self.base() + below,
            count: self.height().saturating_sub(below) / 2,
        };
        let table = self.vm.heap.table()?;
        if !table.fill_as_before(&mut self.vm.heap, entries)? {
            for (key, value) in entries.iter() {
                self.vm.raw_set(table, key, value)?;
            }
            table.remember_shape(&mut self.vm.heap, entries);
        }
        self.truncate(below);
        self.push(table)
    }
}
