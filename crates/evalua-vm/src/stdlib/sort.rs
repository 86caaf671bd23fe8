//! `table.sort`: PUC's quicksort.
//!
//! Owns the order of comparisons and swaps, which a script can see: a comparison function may print,
//! count, or give no order at all. Pivot, partition and the choice of the half that is done first are
//! PUC's.

use super::table::length;
use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::native::Call;
use crate::value::{Type, Value};

/// Slots of the Lua stack that keep values alive while the comparison function runs, which may have
/// taken them out of the table: the pivot, and the values on its left and right.
const PIVOT: usize = 0;
const LEFT: usize = 1;
const RIGHT: usize = 2;

/// `table.sort (table [, comp])`
pub(super) fn sort(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let t = cx.check_table(1)?;
    let n = length(t);
    let function = cx.arg(2);
    if !function.is_nil() {
        cx.check_type(2, Type::Function)?;
    }
    let slots = cx.vm.thread.top();
    cx.ret_all(&[Value::NIL; 3])?;
    let mut sort = Sort {
        cx,
        t,
        function,
        slots,
    };
    sort.range(1, n)?;
    Ok(0)
}

/// A table that is being sorted.
struct Sort<'a, 'b> {
    cx: &'a mut Call<'b>,
    t: Gc<Table>,
    /// The comparison function, or nil.
    function: Value,
    /// The first of the slots.
    slots: usize,
}

impl Sort<'_, '_> {
    /// Sorts `t[low..=high]`: partitions, sorts the smaller half, goes on with the larger.
    fn range(&mut self, mut low: i32, mut high: i32) -> Result<(), Throw> {
        while low < high {
            // The median of the first, the middle and the last goes to the middle.
            self.read(LEFT, low);
            self.read(RIGHT, high);
            if self.is_less(RIGHT, LEFT)? {
                self.write(low, RIGHT)?;
                self.write(high, LEFT)?;
            }
            if high - low == 1 {
                break;
            }
            let middle = low + (high - low) / 2;
            self.read(PIVOT, middle);
            self.read(LEFT, low);
            if self.is_less(PIVOT, LEFT)? {
                self.write(middle, LEFT)?;
                self.write(low, PIVOT)?;
            } else {
                self.read(RIGHT, high);
                if self.is_less(RIGHT, PIVOT)? {
                    self.write(middle, RIGHT)?;
                    self.write(high, PIVOT)?;
                }
            }
            if high - low == 2 {
                break;
            }
            self.read(PIVOT, middle);
            self.read(RIGHT, high - 1);
            self.write(middle, RIGHT)?;
            self.write(high - 1, PIVOT)?;
            let pivot = self.partition(low, high)?;
            if pivot - low < high - pivot {
                self.range(low, pivot - 1)?;
                low = pivot + 1;
            } else {
                self.range(pivot + 1, high)?;
                high = pivot - 1;
            }
        }
        Ok(())
    }

    /// Splits around the pivot, which lies at `high - 1`, and gives the place where it comes to lie.
    fn partition(&mut self, low: i32, high: i32) -> Result<i32, Throw> {
        let (mut left, mut right) = (low, high - 1);
        loop {
            left += 1;
            self.read(LEFT, left);
            while self.is_less(LEFT, PIVOT)? {
                self.check_order(left <= high)?;
                left += 1;
                self.read(LEFT, left);
            }
            right -= 1;
            self.read(RIGHT, right);
            while self.is_less(PIVOT, RIGHT)? {
                self.check_order(right >= low)?;
                right -= 1;
                self.read(RIGHT, right);
            }
            if right < left {
                break;
            }
            self.write(left, RIGHT)?;
            self.write(right, LEFT)?;
        }
        self.read(RIGHT, high - 1);
        self.read(LEFT, left);
        self.write(high - 1, LEFT)?;
        self.write(left, RIGHT)?;
        Ok(left)
    }

    /// Only a comparison function that contradicts itself leads out of the range.
    fn check_order(&mut self, inside: bool) -> Result<(), Throw> {
        if inside {
            return Ok(());
        }
        Err(self.cx.error("invalid order function for sorting"))
    }

    fn read(&mut self, slot: usize, i: i32) {
        self.cx
            .vm
            .thread
            .set_slot(self.slots + slot, self.t.get_int(i));
    }

    fn write(&mut self, i: i32, slot: usize) -> Result<(), Throw> {
        self.cx.vm.check_writable(self.t)?;
        let v = self.cx.vm.thread.slot(self.slots + slot);
        self.t.set_int(&mut self.cx.vm.heap, i, v)
    }

    fn is_less(&mut self, slot: usize, than: usize) -> Result<bool, Throw> {
        self.cx.vm.fuel.take(1)?;
        let thread = self.cx.vm.thread;
        let (a, b) = (
            thread.slot(self.slots + slot),
            thread.slot(self.slots + than),
        );
        if self.function.is_nil() {
            self.cx.vm.less_than(a, b)
        } else {
            Ok(self.cx.call1(self.function, &[a, b])?.is_truthy())
        }
    }
}
