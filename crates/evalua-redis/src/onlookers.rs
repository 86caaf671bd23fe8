//! [`Onlookers`]: who looks at what scripts and commands do, and changes nothing of it.
//!
//! They are together so that a run without any has one look to spare for each place that they are told from.

use crate::core::Core;
use crate::script::Inspector;
use crate::trace::Trace;

/// Those that there are.
#[derive(Debug, Default)]
pub(crate) struct Onlookers {
    /// Strict mode.
    pub inspector: Option<Inspector>,
    /// The record of commands.
    pub trace: Option<Trace>,
}

impl Core {
    /// Puts onlookers in and takes them out.
    pub(crate) fn change_onlookers(&mut self, change: impl FnOnce(&mut Onlookers)) {
        let onlookers = self.onlookers.get_or_insert_default();
        change(onlookers);
        if onlookers.inspector.is_none() && onlookers.trace.is_none() {
            self.onlookers = None;
        }
    }
}
