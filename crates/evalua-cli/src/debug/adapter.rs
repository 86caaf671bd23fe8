//! `evalua debug --dap`: the debugger for editors.
//!
//! Owns what the protocol's side must not know: files, and how options become an engine. Standard output has
//! messages of the protocol only; what scripts log goes there as such.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use evalua_debug::Program;
use evalua_debug::dap::{self, Category, Ended, Launch, Launcher, Output, Ready};
use evalua_redis::script::{Debugger, Sha};
use evalua_redis::{Builder, InterruptHandle};

use super::Invocation;
use crate::engine::{self, EngineOptions};
use crate::findings::Printer;
use crate::{Failure, script::Script};

/// Serves the editor that has started this.
pub fn serve() -> ExitCode {
    match dap::serve(io::stdin(), io::stdout(), &mut Files) {
        Ended::Well => ExitCode::SUCCESS,
        Ended::Broken => ExitCode::FAILURE,
    }
}

/// The options about the engine, as on a command line.
#[derive(Parser)]
#[command(name = "launch")]
struct Words {
    #[command(flatten)]
    engine: EngineOptions,
}

struct Files;

impl Launcher for Files {
    fn program(&mut self, launch: &Launch) -> Result<Program, String> {
        let source = engine::read(&PathBuf::from(&launch.program)).map_err(message)?;
        let name = launch.program.clone();
        Ok(Program { name, source })
    }

    fn open(
        &mut self,
        launch: &Launch,
        program: &Program,
        debugger: Arc<dyn Debugger>,
        interrupt: InterruptHandle,
        output: &Output,
    ) -> Result<Ready, String> {
        let words = Words::try_parse_from(words(launch)).map_err(|error| {
            let error = error.to_string();
            let first = error.split("\n\n").next().unwrap_or_default();
            first.trim_start_matches("error: ").to_owned()
        })?;
        let printer = Printer::of_file(Sha::of(&program.source), &program.name);
        let log = output.clone();
        let adapt = |builder: Builder| {
            let builder = builder.debugger(debugger).interrupt_handle(interrupt);
            builder
                .log(move |level, line| log.text(Category::Console, &engine::log_line(level, line)))
        };
        let mut redis = words.engine.open(printer, adapt).map_err(message)?;
        let bytes = |words: &[String]| words.iter().map(|word| word.clone().into_bytes()).collect();
        let call = Invocation {
            source: program.source.clone(),
            function: launch.function.clone(),
            keys: bytes(&launch.keys),
            args: bytes(&launch.args),
        };
        call.load(&mut redis, &launch.program).map_err(|error| {
            let Program { source, name } = program.clone();
            match (Script { source, name }).place(error.as_bytes()) {
                Some(place) => format!("{error}\n{place}"),
                None => error,
            }
        })?;
        let command = call.command();
        Ok(Ready { redis, command })
    }

    fn is_program(&self, launch: &Launch) -> Box<dyn Fn(&str) -> bool + Send> {
        // An editor may know the file by another path.
        let real = |path: &str| PathBuf::from(path).canonicalize().ok();
        let (named, program) = (launch.program.clone(), real(&launch.program));
        Box::new(move |path| path == named || program.is_some() && real(path) == program)
    }
}

/// The options about the engine, as they are typed.
fn words(launch: &Launch) -> Vec<String> {
    let setup = launch.setup.iter().map(|file| ("setup", Some(file)));
    let others = [
        ("at", &launch.clock),
        ("seed", &launch.seed),
        ("profile", &launch.profile),
        ("max-instructions", &launch.max_instructions),
        ("max-memory", &launch.max_memory),
    ];
    let others = others.map(|(name, value)| (name, value.as_ref()));
    let given = setup
        .chain(others)
        .filter_map(|(name, value)| Some((name, value?)));
    let words = given.map(|(name, value)| format!("--{name}={value}"));
    std::iter::once("launch".to_owned()).chain(words).collect()
}

fn message(failure: Failure) -> String {
    match failure {
        Failure::Usage(message) | Failure::Run(message) => message,
        Failure::Output => "nobody reads the output".to_owned(),
    }
}
