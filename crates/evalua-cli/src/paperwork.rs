//! `evalua completions` and `evalua man`: what a package of the program has beside it.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::Failure;

/// Print the completions of a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  evalua completions bash > /usr/share/bash-completion/completions/evalua
  evalua completions fish > ~/.config/fish/completions/evalua.fish")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Print a page of the manual
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  evalua man > evalua.1
  evalua man serve | man -l -")]
pub struct Page {
    /// The command that it is about [default: evalua itself]
    command: Option<String>,
}

/// Prints completions for the commands of `program`.
pub fn complete(options: &Completions, mut program: Command) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut program, "evalua", &mut script);
    io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the page about `program`, or about one of its commands.
pub fn page(options: &Page, mut program: Command) -> Result<ExitCode, Failure> {
    program.build();
    let about = match &options.command {
        None => program,
        Some(name) => program
            .find_subcommand(name)
            .ok_or_else(|| {
                Failure::Usage(format!("there is no command '{name}': see 'evalua --help'"))
            })?
            .clone(),
    };
    let mut page = Vec::new();
    Man::new(about).render(&mut page)?;
    io::stdout().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
