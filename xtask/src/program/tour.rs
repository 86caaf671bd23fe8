//! What is run to see which functions are called.
//!
//! Owns the tours and their order, which is that of the functions in the program: what a script of plain Lua
//! needs comes first, since such a process is the smallest, and what a server needs last.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Command;

use evalua_conformance::resp::{Client, Reply, encode};
use evalua_conformance::scripts::Script;

use crate::servers::Evalua;

/// The tours, the first first.
pub const ALL: &[Tour] = &[
    Tour::Run(&["lua", "xtask/src/program/tour.lua"]),
    Tour::Run(&["eval", "examples/fixed_window.lua", "key", ",", "5", "60"]),
    Tour::Serve,
];

/// Commands that a server is asked, one a line, their words parted by blanks.
const COMMANDS: &str = include_str!("tour.redis");

/// What in such a line is the number of the command, and how often a line with it is sent.
const NUMBER: &str = "{n}";
const TIMES: usize = 4000;

/// How many commands are sent at once.
const PIPELINE: usize = 10;

/// How often each script is called.
const CALLS: usize = 3;

/// A number that is another where the tours are.
pub fn version() -> u64 {
    let mut hasher = DefaultHasher::new();
    [include_str!("tour.rs"), include_str!("tour.lua"), COMMANDS].hash(&mut hasher);
    hasher.finish()
}

/// A way through the program.
pub enum Tour {
    /// A run with these arguments.
    Run(&'static [&'static str]),
    /// A server that is asked the listed commands and called the scripts of `benches/scripts` on.
    Serve,
}

impl Tour {
    /// Goes it, `program` being the command that lacks only arguments.
    pub fn take(&self, program: &mut Command) -> Result<(), String> {
        match self {
            Tour::Run(args) => run(program.args(*args)),
            Tour::Serve => {
                let server = Evalua::spawn(program.args(["serve", "--port", "0"]))?;
                ask(&server).map_err(|e| format!("the tour of the server: {e}"))?;
                server.wait()
            }
        }
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(format!("{command:?}: {errors}"))
        }
    }
}

/// Asks all, and ends the server.
fn ask(server: &Evalua) -> Result<(), String> {
    let fail = |e: std::io::Error| e.to_string();
    let mut client = Client::connect(server.address()).map_err(fail)?;
    let commands = COMMANDS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let commands: Vec<String> = commands
        .flat_map(|line| {
            let times = if line.contains(NUMBER) { TIMES } else { 1 };
            (1..=times).map(|n| line.replace(NUMBER, &n.to_string()))
        })
        .collect();
    for some in commands.chunks(PIPELINE) {
        let frames = some.iter().flat_map(|line| encode(line.split(' ')));
        client
            .send_raw(&frames.collect::<Vec<u8>>())
            .map_err(fail)?;
        for line in some {
            if let Reply::Error(error) = client.receive().map_err(fail)? {
                return Err(format!("{line}: {}", error.escape_ascii()));
            }
        }
    }
    for script in Script::all().map_err(fail)? {
        for words in script.setup() {
            client.command(words).map_err(fail)?;
        }
        let sha = match client.command(["SCRIPT", "LOAD", &script.source]) {
            Ok(Reply::Bulk(sha)) => String::from_utf8_lossy(&sha).into_owned(),
            other => return Err(format!("SCRIPT LOAD of {}: {other:?}", script.name)),
        };
        for n in 1..=CALLS {
            let before = script.before(n).into_iter();
            for words in before.chain([script.call(&sha, n)]) {
                client.command(words).map_err(fail)?;
            }
        }
    }
    // There is no reply to it.
    client.send(["SHUTDOWN", "NOSAVE"]).map_err(fail)
}
