//! [`Terminal`]: the face for people who type commands, with names that gdb, pdb and Redis's own debugger know.
//!
//! Owns the commands and the text that answers them. Where lines come from and go to is a [`Console`]'s business.

use std::ops::RangeInclusive;

use evalua_redis::script::Verdict;
use evalua_redis::text;
use evalua_vm::observe::{Kind, Variable};

use crate::control::{Control, Face, Reason, Resume};
use crate::show;
use crate::stop::Stop;

/// What somebody has typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A command, without its line break.
    Line(String),
    /// Ctrl-C.
    Interrupt,
    /// The end of all commands.
    End,
}

/// Where commands come from, and text goes to.
pub trait Console: Send {
    /// What comes next.
    fn read(&mut self) -> Typed;

    /// Shows text, line breaks included.
    fn write(&mut self, text: &str);
}

/// A command of the debugger.
struct Command {
    /// Its name, and then the short ones.
    names: &'static [&'static str],
    /// What may follow it.
    words: &'static str,
    help: &'static str,
    run: Run,
}

enum Run {
    /// The script goes on.
    Resume(Resume),
    /// Something is shown or set.
    Do(fn(&mut View<'_, '_, '_, '_>, &str)),
}

use Run::{Do, Resume as Go};

const COMMANDS: &[Command] = &[
    Command {
        names: &["step", "s"],
        words: "",
        help: "go to the next line, into functions",
        run: Go(Resume::StepIn),
    },
    Command {
        names: &["next", "n"],
        words: "",
        help: "go to the next line, over functions",
        run: Go(Resume::StepOver),
    },
    Command {
        names: &["finish", "out", "f"],
        words: "",
        help: "go on until this function has returned",
        run: Go(Resume::StepOut),
    },
    Command {
        names: &["continue", "c"],
        words: "",
        help: "go on to the next breakpoint",
        run: Go(Resume::Continue),
    },
    Command {
        names: &["break", "b"],
        words: "[LINE [if EXPR]]",
        help: "stop at a line; alone, list what the script stops at; -LINE removes, 0 removes all",
        run: Do(set_breakpoint),
    },
    Command {
        names: &["delete", "d"],
        words: "[LINE]",
        help: "remove a breakpoint, or all",
        run: Do(delete),
    },
    Command {
        names: &["catch"],
        words: "COMMAND | error",
        help: "stop before Redis commands of that name, or at errors that nothing catches",
        run: Do(catch),
    },
    Command {
        names: &["uncatch"],
        words: "COMMAND | error",
        help: "do not stop there any more",
        run: Do(uncatch),
    },
    Command {
        names: &["list", "l"],
        words: "[LINE [AROUND]]",
        help: "show the source around the current line, or another one",
        run: Do(list),
    },
    Command {
        names: &["whole", "w"],
        words: "",
        help: "show all of the source",
        run: Do(whole),
    },
    Command {
        names: &["where", "bt", "trace", "t"],
        words: "",
        help: "show the calls in progress",
        run: Do(stack),
    },
    Command {
        names: &["up"],
        words: "",
        help: "look at the caller's variables",
        run: Do(up),
    },
    Command {
        names: &["down"],
        words: "",
        help: "look at those of the function that it calls",
        run: Do(down),
    },
    Command {
        names: &["locals"],
        words: "",
        help: "show the local variables and the upvalues",
        run: Do(locals),
    },
    Command {
        names: &["print", "p"],
        words: "[EXPR]",
        help: "show what an expression is; alone, as locals",
        run: Do(print),
    },
    Command {
        names: &["eval", "e"],
        words: "CODE",
        help: "run Lua code; it can set variables too",
        run: Do(print),
    },
    Command {
        names: &["keys", "args"],
        words: "",
        help: "show KEYS and ARGV",
        run: Do(arguments),
    },
    Command {
        names: &["commands"],
        words: "",
        help: "show the Redis commands so far, with their replies",
        run: Do(commands),
    },
    Command {
        names: &["keyspace"],
        words: "",
        help: "show all keys and values as they are now",
        run: Do(keyspace),
    },
    Command {
        names: &["redis", "r"],
        words: "COMMAND [ARG...]",
        help: "run a Redis command, as the script would",
        run: Do(redis),
    },
    Command {
        names: &["help", "h", "?"],
        words: "",
        help: "show this",
        run: Do(help),
    },
    Command {
        names: &["quit", "q", "abort", "a"],
        words: "",
        help: "end the script and the debugger",
        run: Go(Resume::End),
    },
];

/// What `redis-cli --ldb` has and this has not, and what does it here.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["maxlen", "m"],
        "values are cut where they are long: print a part, as string.sub(x, 1000, 2000) or t[50]",
    ),
    (
        &["restart"],
        "quit ends the script; start evalua debug again",
    ),
];

/// Lines shown before and after the current one.
const AROUND: u32 = 5;

/// So many calls in progress are shown.
const MOST_FRAMES: usize = 100;

/// So many of the commands since the last stop are shown.
const MOST_CALLS: usize = 20;

/// The face for people who type commands.
#[derive(Debug)]
pub struct Terminal<C> {
    console: C,
    /// What an empty line does again.
    last: String,
    /// How many commands of the script have been shown.
    shown_calls: usize,
    /// Whether somebody has ended it.
    is_ended: bool,
}

impl<C: Console> Terminal<C> {
    /// A face on a console.
    pub fn new(console: C) -> Terminal<C> {
        Terminal {
            console,
            last: String::new(),
            shown_calls: 0,
            is_ended: false,
        }
    }

    /// Whether the script was ended by a command.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// The console.
    pub fn console(&mut self) -> &mut C {
        &mut self.console
    }

    /// The next command: of an empty line, the one before. `None` at the end, which a Ctrl-C after another is too;
    /// `is_second` tells whether it would be.
    fn next_line(&mut self, mut is_second: bool) -> Option<String> {
        let line = loop {
            match self.console.read() {
                Typed::Line(line) => break line,
                Typed::Interrupt if !is_second => {
                    is_second = true;
                    self.console.write("Ctrl-C once more ends the script\n");
                }
                Typed::Interrupt | Typed::End => return None,
            }
        };
        let line = line.trim();
        if !line.is_empty() {
            line.clone_into(&mut self.last);
        }
        Some(self.last.clone())
    }
}

impl<C: Console> Face for Terminal<C> {
    fn stopped(&mut self, stop: &mut Stop<'_, '_, '_>) -> Resume {
        let profile = stop.profile();
        let mut out = String::new();
        // As Redis's debugger does: what the lines between have called.
        let count = stop.call_count();
        let new = count.saturating_sub(self.shown_calls);
        if new > MOST_CALLS {
            out.push_str(&format!("  redis: {} more, and then\n", new - MOST_CALLS));
        }
        let calls = stop.last_calls(new.min(MOST_CALLS));
        for call in &calls {
            out.push_str(&format!("  redis: {}\n", show::call(call, profile)));
        }
        self.shown_calls = count;
        let mut view = View {
            stop,
            frame: 0,
            out,
        };
        view.show_reason();
        let mut is_second = view.stop.reason == Reason::Pause;
        loop {
            self.console.write(&std::mem::take(&mut view.out));
            let line = self.next_line(std::mem::take(&mut is_second));
            let Some(line) = line else {
                self.is_ended = true;
                return Resume::End;
            };
            let (name, words) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
            if name.is_empty() {
                continue;
            }
            let known = COMMANDS
                .iter()
                .find(|command| command.names.contains(&name));
            match known.map(|command| &command.run) {
                Some(Run::Do(run)) => run(&mut view, words.trim()),
                Some(Run::Resume(how)) => {
                    self.is_ended = *how == Resume::End;
                    return *how;
                }
                None => {
                    let elsewhere = ELSEWHERE.iter().find(|(names, _)| names.contains(&name));
                    let instead = elsewhere.map_or("help lists all", |(_, instead)| instead);
                    view.line(&format!("no command {name}: {instead}"));
                }
            }
        }
    }

    fn printed(&mut self, text: &str) {
        self.console.write(&format!("  debug: {text}\n"));
    }

    /// Somebody has pressed Ctrl-C.
    fn attend(&mut self, control: &mut Control) -> Verdict {
        control.pause();
        Verdict::GoOn
    }
}

/// A stop, and what the commands have to say.
struct View<'v, 's, 'p, 'c> {
    stop: &'v mut Stop<'s, 'p, 'c>,
    /// The frame that is looked at.
    frame: usize,
    out: String,
}

impl View<'_, '_, '_, '_> {
    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// Where a frame is.
    fn place(&self, frame: usize) -> String {
        let name = &self.stop.program().name;
        let place = match self.stop.own_line(frame) {
            Some(line) => format!("{name}:{line}"),
            None => "elsewhere".to_owned(),
        };
        let function = self.stop.function_name(frame);
        match self.stop.frames().get(frame).map(|frame| frame.kind) {
            Some(Kind::Main) | None => place,
            Some(Kind::Lua) => format!("{place} in {function}"),
            Some(Kind::Native) => format!("native function {function}"),
        }
    }

    fn show_reason(&mut self) {
        let why = match &self.stop.reason {
            Reason::Entry => "at its beginning".to_owned(),
            Reason::Step => String::new(),
            Reason::Breakpoint(id) => format!("breakpoint {id}"),
            Reason::Call => "redis.breakpoint()".to_owned(),
            Reason::Pause => "Ctrl-C; once more ends the script".to_owned(),
            Reason::Command(words) => format!("about to call {}", show::command(words)),
            Reason::Error(text) => format!("error: {text}"),
        };
        let place = self.place(0);
        match why.is_empty() {
            true => self.line(&place),
            false => self.line(&format!("{place} ({why})")),
        }
        if let Some(line) = self.stop.own_line(0) {
            self.show_lines(line..=line);
        }
    }

    /// Lines of the source, with marks at the current one and at breakpoints.
    fn show_lines(&mut self, lines: RangeInclusive<u32>) {
        let current = self.stop.own_line(self.frame);
        let source = &self.stop.program().source;
        let source = lines_of(source);
        let breakpoints = self.stop.control.breakpoints();
        let mut out = String::new();
        for (number, line) in (1..).zip(source) {
            if !lines.contains(&number) {
                continue;
            }
            let here = if current == Some(number) { "->" } else { "  " };
            let is_stop = breakpoints.iter().any(|known| known.line == number);
            let stop = if is_stop { '*' } else { ' ' };
            let text = String::from_utf8_lossy(line);
            let shown = format!("{here}{stop}{number:>4}  {}", text.trim_end());
            out.push_str(shown.trim_end());
            out.push('\n');
        }
        self.out.push_str(&out);
    }

    fn show_variables(&mut self, kind: &str, variables: &[Variable]) {
        for variable in variables {
            let value = show::value(self.stop, &variable.value);
            let name = String::from_utf8_lossy(&variable.name);
            self.line(&format!("{kind} {name} = {value}"));
        }
    }

    fn move_to(&mut self, frame: Option<usize>) {
        match frame.filter(|&frame| frame < self.stop.frames().len()) {
            Some(frame) => {
                self.frame = frame;
                let place = self.place(frame);
                self.line(&place);
                if let Some(line) = self.stop.own_line(frame) {
                    self.show_lines(line..=line);
                }
            }
            None => self.line("there is no further call"),
        }
    }
}

/// The lines of a source as Lua counts them: either character ends one, and so do both, in any order.
fn lines_of(mut source: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    while !source.is_empty() {
        let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let end = source.iter().position(is_break).unwrap_or(source.len());
        let (line, rest) = source.split_at(end);
        lines.push(line);
        let both = matches!(rest, [b'\r', b'\n', ..] | [b'\n', b'\r', ..]);
        source = rest.get(1 + usize::from(both)..).unwrap_or_default();
    }
    lines
}

/// A line number.
fn number(word: &str) -> Result<u32, String> {
    word.parse()
        .map_err(|_| format!("{word} is not the number of a line"))
}

fn set_breakpoint(view: &mut View<'_, '_, '_, '_>, words: &str) {
    if words.is_empty() {
        return list_stops(view);
    }
    if words == "0" {
        return delete(view, "");
    }
    if let Some(line) = words.strip_prefix('-') {
        return match line.trim() {
            "" => view.line("remove which breakpoint? A line follows the -"),
            line => delete(view, line),
        };
    }
    let (line, rest) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    let condition = match rest.trim() {
        "" => None,
        rest => match rest.strip_prefix("if ") {
            Some(condition) => Some(condition.trim().to_owned()),
            None => return view.line("after the line comes nothing, or: if EXPR"),
        },
    };
    let line = match number(line) {
        Ok(line) => line,
        Err(message) => return view.line(&message),
    };
    match view.stop.control.add_breakpoint(line, condition) {
        Some(set) => {
            view.line(&format!("breakpoint {} at line {}", set.id, set.line));
            view.show_lines(set.line..=set.line);
        }
        None => view.line(&format!("no line from {line} on has code")),
    }
}

fn list_stops(view: &mut View<'_, '_, '_, '_>) {
    let Control {
        commands,
        stops_on_error,
        ..
    } = &*view.stop.control;
    let caught: Vec<String> = (commands.iter().map(|name| name.to_uppercase()))
        .chain(stops_on_error.then(|| "error".to_owned()))
        .collect();
    let mut lines: Vec<String> = (view.stop.control.breakpoints().iter())
        .map(|known| {
            let condition = known.condition.as_ref();
            let condition = condition.map_or(String::new(), |text| format!(" if {text}"));
            format!("breakpoint {} at line {}{condition}", known.id, known.line)
        })
        .collect();
    lines.extend(caught.iter().map(|name| format!("catch {name}")));
    match lines.is_empty() {
        true => view.line("the script stops nowhere"),
        false => lines.iter().for_each(|line| view.line(line)),
    }
}

fn delete(view: &mut View<'_, '_, '_, '_>, words: &str) {
    if words.is_empty() {
        view.stop.control.clear_breakpoints();
        return view.line("no breakpoints");
    }
    match number(words) {
        Err(message) => view.line(&message),
        Ok(line) => match view.stop.control.remove_breakpoint(line) {
            true => view.line(&format!("no breakpoint at line {line} any more")),
            false => view.line(&format!("there is no breakpoint at line {line}")),
        },
    }
}

fn catch(view: &mut View<'_, '_, '_, '_>, words: &str) {
    match words {
        "" => view.line("catch what? The name of a command, or error"),
        "error" => {
            view.stop.control.stops_on_error = true;
            view.line("the script stops at errors that nothing in it catches");
        }
        name => {
            view.stop.control.commands.insert(name.to_lowercase());
            view.line(&format!("the script stops before {}", name.to_uppercase()));
        }
    }
}

fn uncatch(view: &mut View<'_, '_, '_, '_>, words: &str) {
    let was_there = match words {
        "error" => std::mem::replace(&mut view.stop.control.stops_on_error, false),
        name => view.stop.control.commands.remove(&name.to_lowercase()),
    };
    match was_there {
        true => view.line("the script does not stop there any more"),
        false => view.line("the script would not have stopped there"),
    }
}

fn list(view: &mut View<'_, '_, '_, '_>, words: &str) {
    let mut numbers = words.split_whitespace().map(number);
    let current = view.stop.own_line(view.frame).unwrap_or(1);
    let line = numbers.next().unwrap_or(Ok(current));
    let around = numbers.next().unwrap_or(Ok(AROUND));
    match (line, around) {
        (Ok(line), Ok(around)) => {
            view.show_lines(line.saturating_sub(around)..=line.saturating_add(around));
        }
        (Err(message), _) | (_, Err(message)) => view.line(&message),
    }
}

fn whole(view: &mut View<'_, '_, '_, '_>, _: &str) {
    view.show_lines(0..=u32::MAX);
}

fn stack(view: &mut View<'_, '_, '_, '_>, _: &str) {
    let count = view.stop.frames().len();
    for frame in 0..count.min(MOST_FRAMES) {
        let here = if frame == view.frame { "->" } else { "  " };
        let mut text = format!("{here} {}", view.place(frame));
        let shown = &view.stop.frames()[frame];
        if shown.coroutine > 0 && view.stop.frames()[frame - 1].coroutine != shown.coroutine {
            text.push_str(" (has resumed the coroutine above)");
        }
        if shown.tail_calls > 0 {
            text.push_str(" (by tail calls, whose callers have gone)");
        }
        view.line(&text);
    }
    if count > MOST_FRAMES {
        view.line(&format!("   … and {} more", count - MOST_FRAMES));
    }
}

fn up(view: &mut View<'_, '_, '_, '_>, _: &str) {
    view.move_to(Some(view.frame + 1));
}

fn down(view: &mut View<'_, '_, '_, '_>, _: &str) {
    view.move_to(view.frame.checked_sub(1));
}

fn locals(view: &mut View<'_, '_, '_, '_>, _: &str) {
    let locals = view.stop.locals(view.frame);
    let extra = view.stop.extra_arguments(view.frame);
    let upvalues = view.stop.upvalues(view.frame);
    if locals.is_empty() && extra.is_empty() && upvalues.is_empty() {
        return view.line("no local variables");
    }
    view.show_variables("local", &locals);
    if !extra.is_empty() {
        let extra = show::values(view.stop, &extra);
        view.line(&format!("local ... = {extra}"));
    }
    view.show_variables("upvalue", &upvalues);
}

fn print(view: &mut View<'_, '_, '_, '_>, words: &str) {
    if words.is_empty() {
        return locals(view, words);
    }
    match view.stop.evaluate(view.frame, words) {
        Err(message) => view.line(&format!("error: {message}")),
        Ok(values) => {
            if !values.is_empty() {
                let shown = show::values(view.stop, &values);
                view.line(&shown);
            }
        }
    }
}

fn arguments(view: &mut View<'_, '_, '_, '_>, _: &str) {
    for name in ["KEYS", "ARGV"] {
        let value = view.stop.global(view.frame, name);
        let value = show::value(view.stop, &value);
        view.line(&format!("{name} = {value}"));
    }
}

fn commands(view: &mut View<'_, '_, '_, '_>, _: &str) {
    let profile = view.stop.profile();
    let count = view.stop.call_count();
    let calls = view.stop.last_calls(count);
    if calls.is_empty() {
        return view.line("no commands yet");
    }
    if count > calls.len() {
        view.line(&format!("  …  {} more, and then", count - calls.len()));
    }
    for call in &calls {
        let line = call.line.map_or("?".to_owned(), |line| line.to_string());
        view.line(&format!("{line:>4}  {}", show::call(call, profile)));
    }
}

fn keyspace(view: &mut View<'_, '_, '_, '_>, _: &str) {
    let text = view.stop.keyspace();
    view.out.push_str(&text);
}

fn redis(view: &mut View<'_, '_, '_, '_>, words: &str) {
    let Some(args) = text::split_line(words.as_bytes()) else {
        return view.line("a quote is not closed, or text follows a closing quote");
    };
    if args.is_empty() {
        return view.line("run which command?");
    }
    let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
    let reply = view.stop.execute(&args);
    let shown = text::print(&reply);
    view.line(&String::from_utf8_lossy(&shown));
}

fn help(view: &mut View<'_, '_, '_, '_>, _: &str) {
    for command in COMMANDS {
        let name = format!("{} {}", command.names[0], command.words);
        let others = command.names[1..].join(", ");
        view.line(&format!("  {name:<26}{others:<13}{}", command.help));
    }
    view.line("An empty line does the last command again.");
}
