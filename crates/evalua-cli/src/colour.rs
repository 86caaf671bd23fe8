//! When to print in colour.

use std::io::{self, IsTerminal};

/// When to print in colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    Auto,
    Always,
    Never,
}

impl Colour {
    /// Whether what goes to standard output is to be coloured: by itself on terminals, unless `NO_COLOR` is set.
    pub fn is_on(self) -> bool {
        match self {
            Colour::Auto => io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            Colour::Always => true,
            Colour::Never => false,
        }
    }
}
