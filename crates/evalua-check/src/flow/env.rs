//! [`Env`]: what the locals of a function hold at one place of it.

use evalua_syntax::ast::LocalId;

use crate::value::Value;

/// What is known at a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    /// The locals in scope, in the order of their declaration.
    locals: Vec<(LocalId, Value)>,
    /// Items of tables in locals of which more is known than the table tells.
    items: Vec<(LocalId, u32, Value)>,
    /// Whether the place is never reached.
    pub(super) is_dead: bool,
}

impl Env {
    /// A place that is never reached.
    pub(super) fn dead() -> Env {
        Env {
            is_dead: true,
            ..Env::default()
        }
    }

    /// How many locals are in scope.
    pub(super) fn height(&self) -> usize {
        self.locals.len()
    }

    /// Ends the scope of the locals above a height.
    pub(super) fn truncate(&mut self, height: usize) {
        self.locals.truncate(height);
        let locals = &self.locals;
        self.items.retain(|item| {
            locals
                .binary_search_by_key(&item.0.0, |local| local.0.0)
                .is_ok()
        });
    }

    /// Brings a local into scope.
    pub(super) fn declare(&mut self, local: LocalId, value: Value) {
        self.locals.push((local, value));
    }

    fn place(&self, local: LocalId) -> Option<usize> {
        let found = self
            .locals
            .binary_search_by_key(&local.0, |known| known.0.0);
        found.ok()
    }

    /// What a local holds.
    pub(super) fn get(&self, local: LocalId) -> Value {
        self.place(local).map_or(Value::ANY, |at| self.locals[at].1)
    }

    /// Notes that a local holds something new.
    pub(super) fn set(&mut self, local: LocalId, value: Value) {
        self.items.retain(|item| item.0 != local);
        self.refine(local, value);
    }

    /// Notes that more is known of what a local holds.
    pub(super) fn refine(&mut self, local: LocalId, value: Value) {
        if let Some(at) = self.place(local) {
            self.locals[at].1 = value;
        }
    }

    /// What is known of an item of the table in a local.
    pub(super) fn item(&self, local: LocalId, index: u32) -> Option<Value> {
        let item = self
            .items
            .iter()
            .find(|item| (item.0, item.1) == (local, index));
        item.map(|item| item.2)
    }

    /// Notes what is known of an item.
    pub(super) fn refine_item(&mut self, local: LocalId, index: u32, value: Value) {
        self.items.retain(|item| (item.0, item.1) != (local, index));
        self.items.push((local, index, value));
    }

    /// What is known where control comes from here or from there.
    pub(super) fn join(&mut self, other: Env) {
        if other.is_dead {
            return;
        }
        if self.is_dead {
            *self = other;
            return;
        }
        for (here, there) in self.locals.iter_mut().zip(&other.locals) {
            here.1 = here.1.join(there.1);
        }
        self.items.retain_mut(|(local, index, value)| {
            let there = other.item(*local, *index);
            if let Some(there) = there {
                *value = value.join(there);
            }
            there.is_some()
        });
    }
}
