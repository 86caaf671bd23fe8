//! Table constructors.
//!
//! Owns: the order in which items are stored and the sizes the table is made with. It must not know
//! how tables are built.

use super::desc::{Desc, Kind};
use super::error::Result;
use super::function::FunctionCompiler;
use crate::bytecode::instr::Instr;
use crate::bytecode::op::Op;
use crate::table::float_byte;
use evalua_syntax::ast::{ExprId, Span, TableItem};

/// How many positional items wait in registers before they are stored together.
const BATCH: u16 = 50;

/// Positional items not yet stored.
struct Batch {
    table: u8,
    /// Items stored by earlier batches.
    stored: u32,
    /// Items of this batch, with the last.
    waiting: u16,
    /// The last item, which is not in its register yet.
    last: Option<Desc>,
}

impl FunctionCompiler<'_> {
    pub(super) fn table(&mut self, items: &[TableItem], span: Span) -> Result<Desc> {
        self.read_up_to(span);
        let new_table = self.code.emit(Instr::abc(Op::NewTable, 0, 0, 0))?;
        let mut e = Desc::new(Kind::Relocatable(new_table));
        let table = self.put_in_next(&mut e)?;
        let mut batch = Batch {
            table,
            stored: 0,
            waiting: 0,
            last: None,
        };
        let mut keyed = 0;
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                self.read_separator(last_expr(&items[position - 1]), first_expr(item));
            }
            self.settle(&mut batch)?;
            match item {
                TableItem::Positional(value) => {
                    batch.last = Some(self.expr(*value)?);
                    batch.waiting += 1;
                }
                TableItem::Keyed { key, value, .. } => {
                    keyed += 1;
                    let first_free = self.free_register();
                    let mut key = self.expr(*key)?;
                    self.resolve(&mut key)?;
                    let field = self.index(table, key)?;
                    let value = self.expr(*value)?;
                    self.store(&field, value)?;
                    self.release_from(first_free);
                }
            }
        }
        self.read_to_end(span);
        let positional = self.finish_batch(batch)?;
        let instr = self.code.instrs[new_table];
        self.code.instrs[new_table] = instr
            .with_b(float_byte(positional))
            .with_c(float_byte(keyed));
        Ok(e)
    }

    /// Puts the last item in its register, and stores the batch if it is full.
    fn settle(&mut self, batch: &mut Batch) -> Result<()> {
        if let Some(mut e) = batch.last.take() {
            self.put_in_next(&mut e)?;
            if batch.waiting == BATCH {
                self.store_batch(batch, BATCH)?;
            }
        }
        Ok(())
    }

    /// Stores what is left, and tells how many items there are for certain.
    fn finish_batch(&mut self, mut batch: Batch) -> Result<u32> {
        let count = batch.stored + u32::from(batch.waiting);
        if let Some(e) = batch.last.take_if(|e| e.is_multiple()) {
            self.set_results(&e, None)?;
            self.store_batch(&mut batch, 0)?;
            return Ok(count - 1);
        }
        if let Some(e) = &mut batch.last {
            self.put_in_next(e)?;
        }
        if batch.waiting > 0 {
            let waiting = batch.waiting;
            self.store_batch(&mut batch, waiting)?;
        }
        Ok(count)
    }

    fn store_batch(&mut self, batch: &mut Batch, count: u16) -> Result<()> {
        self.code
            .emit(Instr::abx(Op::SetList, batch.table, count, batch.stored))?;
        self.release_from(batch.table + 1);
        batch.stored += u32::from(batch.waiting);
        batch.waiting = 0;
        Ok(())
    }
}

fn first_expr(item: &TableItem) -> ExprId {
    match item {
        TableItem::Positional(value) => *value,
        TableItem::Keyed { key, .. } => *key,
    }
}

fn last_expr(item: &TableItem) -> ExprId {
    match item {
        TableItem::Positional(value) | TableItem::Keyed { value, .. } => *value,
    }
}
