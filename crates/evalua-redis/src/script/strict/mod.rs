//! Strict mode: what works here and would not work, or not as meant, where the script is to run.
//!
//! Nothing is refused and no reply changes: what an [`Inspector`] sees becomes [`Finding`]s, which the host
//! takes. It is told of each run, of each command that a script has called, and of the values that become
//! the reply. Without it there is a look at whether it is there, after each command of a script and for each
//! number and list that one returns.
//!
//! - [`finding`] is what can be found, and what is said of it;
//! - [`inspector`] finds it; [`cluster`] knows what a cluster refuses.

mod cluster;
mod finding;
mod inspector;

pub(crate) use finding::FindingSink;
pub use finding::{Finding, Problem};
pub(crate) use inspector::Inspector;

/// Where scripts are to run, for which strict mode looks at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strict {
    /// On a primary of a cluster; those that promise to read only on replicas too.
    Primary,
    /// On replicas, all of them.
    Replica,
}
