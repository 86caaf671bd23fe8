//! Cases for an engine and a real server: a transcript that reads like a session in redis-cli.
//!
//! Owns the format, reading and writing; runs nothing. `examples/README.md` describes it.

use std::fmt::Write;

/// A file of cases, with everything that is in it, so that it can be written again.
#[derive(Debug)]
pub struct Cases {
    /// The cases in their order.
    pub cases: Vec<Case>,
}

/// One case. It starts on an empty keyspace at a fixed time.
#[derive(Debug)]
pub struct Case {
    /// What it shows.
    pub title: String,
    /// What stands in brackets behind the title: the servers it is about, by the names of their profiles,
    /// and `resp3` where the client speaks that.
    pub tags: Vec<String>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// A line typed at a prompt, and what was printed then.
#[derive(Debug)]
pub struct Step {
    /// What to do.
    pub action: Action,
    /// The reply as redis-cli prints it on a terminal, without the last line's end.
    pub reply: String,
    /// The number of the line it is on, from 1.
    pub line: usize,
}

/// What a prompt's line does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `redis> COMMAND`: one command, as typed into redis-cli.
    Redis(String),
    /// `script> KEYS , ARGS`: the script, as called with `redis-cli --eval`.
    Script(String),
    /// `clock> +SECONDS`: moves the clock. It prints nothing.
    Clock(u64),
}

const RESP3: &str = "resp3";
const REDIS: &str = "redis>";
const SCRIPT: &str = "script>";
const CLOCK: &str = "clock> +";

impl Case {
    /// Whether it is about the server of that profile, as it is about all when it names none.
    pub fn is_about(&self, profile: &str) -> bool {
        let mut named = self.tags.iter().filter(|tag| *tag != RESP3).peekable();
        named.peek().is_none() || named.any(|name| name == profile)
    }

    /// Whether the client speaks RESP3.
    pub fn is_resp3(&self) -> bool {
        self.tags.iter().any(|tag| tag == RESP3)
    }
}

/// Reads a transcript.
///
/// # Errors
/// What is wrong with it, and in which line.
pub fn parse(text: &str) -> Result<Cases, String> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if let Some(title) = line.strip_prefix("== ") {
            let (title, tags) = match title.strip_suffix(']').and_then(|t| t.rsplit_once(" [")) {
                Some((title, names)) => (title, names.split(' ').map(str::to_owned).collect()),
                None => (title, Vec::new()),
            };
            cases.push(Case {
                title: title.to_owned(),
                tags,
                steps: Vec::new(),
            });
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let case = cases
            .last_mut()
            .ok_or_else(|| format!("line {number}: a case starts with '== TITLE'"))?;
        let action = if let Some(command) = line.strip_prefix(REDIS) {
            Action::Redis(command.trim().to_owned())
        } else if let Some(args) = line.strip_prefix(SCRIPT) {
            Action::Script(args.trim().to_owned())
        } else if let Some(seconds) = line.strip_prefix(CLOCK) {
            Action::Clock(millis(seconds).ok_or_else(|| format!("line {number}: bad seconds"))?)
        } else {
            match case.steps.last_mut() {
                Some(step) if !matches!(step.action, Action::Clock(_)) => {
                    if !step.reply.is_empty() {
                        step.reply.push('\n');
                    }
                    step.reply.push_str(line);
                    continue;
                }
                _ => return Err(format!("line {number}: a reply to nothing")),
            }
        };
        case.steps.push(Step {
            action,
            reply: String::new(),
            line: number,
        });
    }
    Ok(Cases { cases })
}

/// Writes a transcript; [`parse`] gives the same again.
pub fn write(cases: &Cases) -> String {
    let mut text = String::new();
    for (index, case) in cases.cases.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let _ = match case.tags.join(" ") {
            names if names.is_empty() => writeln!(text, "== {}", case.title),
            names => writeln!(text, "== {} [{names}]", case.title),
        };
        for step in &case.steps {
            let _ = match &step.action {
                Action::Redis(command) => writeln!(text, "{REDIS} {command}"),
                Action::Script(args) => writeln!(text, "{}", format!("{SCRIPT} {args}").trim_end()),
                Action::Clock(ms) if ms % 1000 == 0 => writeln!(text, "{CLOCK}{}", ms / 1000),
                Action::Clock(ms) => {
                    let seconds = format!("{}.{:03}", ms / 1000, ms % 1000);
                    writeln!(text, "{CLOCK}{}", seconds.trim_end_matches('0'))
                }
            };
            if !step.reply.is_empty() {
                let _ = writeln!(text, "{}", step.reply);
            }
        }
    }
    text
}

/// Seconds with up to three decimals, in milliseconds.
fn millis(seconds: &str) -> Option<u64> {
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let fraction = format!("{fraction:0<3}");
    if fraction.len() > 3 {
        return None;
    }
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(fraction.parse().ok()?)
}
