//! Values that a host keeps, used where they are: for what is done before each call into a state, where the way over
//! the stack would cost more than all the rest.
//!
//! Owns: the methods of [`Call`] that work with kept values and nothing on the stack. Where a kept value is not of
//! the type that is asked for, they do nothing.

use crate::error::Throw;
use crate::host::FunctionKey;
use crate::native::Call;
use crate::value::Value;

impl Call<'_> {
    /// A value that was kept.
    #[inline]
    pub(crate) fn kept(&self, key: &FunctionKey) -> Value {
        let roots = &self.vm_ref().roots;
        roots.get(key.0 as usize).copied().unwrap_or(Value::NIL)
    }

    /// Makes a kept table the table of globals of the running coroutine and of the chunks it loads.
    #[inline]
    pub fn set_kept_globals(&mut self, table: &FunctionKey) {
        if let Some(table) = self.kept(table).as_table() {
            self.vm_ref().thread.set_globals(table);
        }
    }

    /// Sets a field of a kept table, whose name is a kept string, to a new list of strings with room for so many
    /// items. Raw.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn set_kept_list(
        &mut self,
        table: &FunctionKey,
        name: &FunctionKey,
        strings: &[&[u8]],
        room: usize,
    ) -> Result<(), Throw> {
        let (table, name) = (self.kept(table).as_table(), self.kept(name).as_str());
        let (Some(table), Some(name)) = (table, name) else {
            return Ok(());
        };
        let heap = &mut self.vm.heap;
        let list = heap.table_sized(room, 0)?;
        for (i, string) in (1..).zip(strings) {
            let string = heap.str(string)?;
            list.set_int(heap, i, string.into())?;
        }
        table.set_str(heap, name, list.into())
    }
}
