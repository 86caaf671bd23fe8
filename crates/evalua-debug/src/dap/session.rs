//! [`Session`]: the requests of an editor, and what they are answered.
//!
//! Owns which requests are in order when, and their answers. It is the [`Face`] of the debugger, so that what is
//! asked while the script stands still is answered from within the stop.

use std::sync::mpsc::{Receiver, TryRecvError};

use evalua_redis::script::Verdict;
use evalua_redis::text;
use evalua_vm::observe::{Kind, Seen};
use serde_json::{Value, json};

use super::variables::{Page, Variables};
use super::wire::{Category, Incoming, Output, Request};
use super::{Ended, Launch};
use crate::control::{Control, Face, Reason, Resume};
use crate::show;
use crate::stop::Stop;

/// The filter of errors that nothing catches.
const UNCAUGHT: &str = "uncaught";

/// Where there is nothing to run.
const NO_PROGRAM: &str = "there is no program yet";

/// The script runs as one thread.
const THREAD: u32 = 1;

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing was said yet.
    New,
    /// The editor has said who it is.
    Initialized,
    /// A program is ready to run.
    Launched,
    /// It runs, or stands still.
    Running,
    /// There is nothing more to run.
    Ended,
}

/// What a request is answered from.
enum Scene<'a, 's, 'p, 'c> {
    /// There is no program.
    Empty,
    /// The program does not stand still.
    Control(&'a mut Control),
    /// It stands still.
    Stopped(&'a mut Stop<'s, 'p, 'c>),
}

impl<'s, 'p, 'c> Scene<'_, 's, 'p, 'c> {
    fn control(&mut self) -> Result<&mut Control, String> {
        match self {
            Scene::Empty => Err(NO_PROGRAM.to_owned()),
            Scene::Control(control) => Ok(control),
            Scene::Stopped(stop) => Ok(stop.control),
        }
    }

    fn stop(&mut self) -> Result<&mut Stop<'s, 'p, 'c>, String> {
        match self {
            Scene::Stopped(stop) => Ok(stop),
            _ => Err("the script does not stand still".to_owned()),
        }
    }
}

/// What follows from a request.
enum Then {
    Nothing,
    /// The program is to be made ready; the request is answered when it is.
    Launch(Box<Launch>),
    /// The program is to run.
    Run,
    /// The script is to go on.
    Resume(Resume),
    /// The session is over.
    End,
}

/// A session with an editor.
pub(super) struct Session {
    output: Output,
    incoming: Receiver<Incoming>,
    pub phase: Phase,
    pub ended: Ended,
    /// Whether the script was ended from here.
    pub is_killed: bool,
    /// Whether the editor has gone.
    is_over: bool,
    /// The number that the editor has for the first line.
    first_line: u32,
    is_program: Box<dyn Fn(&str) -> bool + Send>,
    path: String,
    variables: Variables,
}

impl Session {
    pub fn new(output: Output, incoming: Receiver<Incoming>) -> Session {
        Session {
            output,
            incoming,
            phase: Phase::New,
            ended: Ended::Well,
            is_killed: false,
            is_over: false,
            first_line: 1,
            is_program: Box::new(|_| false),
            path: String::new(),
            variables: Variables::default(),
        }
    }

    pub fn set_program(&mut self, is_program: Box<dyn Fn(&str) -> bool + Send>, launch: &Launch) {
        self.is_program = is_program;
        launch.program.clone_into(&mut self.path);
    }

    /// Answers requests until one launches a program; `None` where none does.
    pub fn until_launch(&mut self) -> Option<(Request, Launch)> {
        while let Some(request) = self.next() {
            match self.answer(&request, &mut Scene::Empty) {
                Then::Launch(launch) => {
                    self.phase = Phase::Launched;
                    return Some((request, *launch));
                }
                Then::End => break,
                _ => {}
            }
        }
        None
    }

    /// Answers requests until the program is to run; tells whether it is.
    pub fn until_configured(&mut self, control: &mut Control) -> bool {
        while let Some(request) = self.next() {
            match self.answer(&request, &mut Scene::Control(control)) {
                Then::Run => return true,
                Then::End => break,
                Then::Resume(Resume::End) => {
                    self.output.event("terminated", json!({}));
                    break;
                }
                _ => {}
            }
        }
        false
    }

    /// Answers requests until the editor has gone.
    pub fn until_disconnected(&mut self) {
        self.phase = Phase::Ended;
        while let Some(request) = self.next() {
            if let Then::End = self.answer(&request, &mut Scene::Empty) {
                break;
            }
        }
    }

    /// The next request; `None` where no more come.
    fn next(&mut self) -> Option<Request> {
        while !self.is_over {
            match self.incoming.recv() {
                Ok(message) => {
                    if let Some(request) = self.accept(message) {
                        return Some(request);
                    }
                }
                Err(_) => self.is_over = true,
            }
        }
        None
    }

    /// A message as a request, if it is one.
    fn accept(&mut self, message: Incoming) -> Option<Request> {
        match message {
            Incoming::Request(request) => return Some(request),
            Incoming::Wrong(request, message) => self.output.refuse(&request, &message),
            Incoming::Broken(message) => {
                let nobody = Request {
                    seq: 0,
                    command: String::new(),
                    arguments: Value::Null,
                };
                self.output.refuse(&nobody, &message);
                self.ended = Ended::Broken;
                self.is_over = true;
            }
            Incoming::End => self.is_over = true,
        }
        None
    }

    /// Answers a request.
    fn answer(&mut self, request: &Request, scene: &mut Scene<'_, '_, '_, '_>) -> Then {
        match self.outcome(request, scene) {
            Ok((_, Then::Launch(launch))) => Then::Launch(launch),
            Ok((body, then)) => {
                self.output.respond(request, body);
                then
            }
            Err(message) => {
                self.output.refuse(request, &message);
                Then::Nothing
            }
        }
    }

    fn outcome(
        &mut self,
        request: &Request,
        scene: &mut Scene<'_, '_, '_, '_>,
    ) -> Result<(Value, Then), String> {
        let arguments = &request.arguments;
        let name = request.command.as_str();
        let is_due = match name {
            "initialize" => self.phase == Phase::New,
            "launch" => self.phase == Phase::Initialized,
            "configurationDone" => self.phase == Phase::Launched,
            "disconnect" => true,
            _ => self.phase != Phase::New,
        };
        if !is_due {
            return Err(format!("{name}: not at this point of the session"));
        }
        let resumes = |how: Resume, scene: &mut Scene<'_, '_, '_, '_>| {
            scene.stop().map(|_| (json!({}), Then::Resume(how)))
        };
        let body = match name {
            "initialize" => self.initialize(arguments),
            "launch" => {
                let launch = Launch::read(arguments)?;
                return Ok((Value::Null, Then::Launch(Box::new(launch))));
            }
            "configurationDone" => return Ok((json!({}), Then::Run)),
            "continue" => {
                let all = json!({ "allThreadsContinued": true });
                return scene.stop().map(|_| (all, Then::Resume(Resume::Continue)));
            }
            "next" => return resumes(Resume::StepOver, scene),
            "stepIn" => return resumes(Resume::StepIn, scene),
            "stepOut" => return resumes(Resume::StepOut, scene),
            "disconnect" => {
                self.is_over = true;
                self.is_killed = true;
                return Ok((json!({}), Then::End));
            }
            "terminate" => match self.phase {
                Phase::New | Phase::Initialized => return Err(NO_PROGRAM.to_owned()),
                Phase::Ended => json!({}),
                Phase::Launched | Phase::Running => {
                    self.is_killed = true;
                    return Ok((json!({}), Then::Resume(Resume::End)));
                }
            },
            "pause" => {
                // Where it stands still, there is nothing to do.
                if let Scene::Control(control) = scene {
                    control.pause();
                }
                json!({})
            }
            "threads" => json!({ "threads": [{ "id": THREAD, "name": "script" }] }),
            "setBreakpoints" => self.set_breakpoints(arguments, scene.control()?)?,
            "breakpointLocations" => self.locations(arguments, scene.control()?)?,
            "setFunctionBreakpoints" => set_commands(arguments, scene.control()?)?,
            "setExceptionBreakpoints" => {
                let filters = list(arguments, "filters")?;
                scene.control()?.stops_on_error = filters.iter().any(|filter| filter == UNCAUGHT);
                json!({})
            }
            "stackTrace" => self.stack(arguments, scene.stop()?),
            "scopes" => {
                let frame = frame(arguments, scene.stop()?)?;
                json!({ "scopes": self.variables.scopes(frame) })
            }
            "variables" => {
                let number = count(arguments, "variablesReference")
                    .ok_or("variables: 'variablesReference' is no number")?;
                let page = Page {
                    first: count(arguments, "start").unwrap_or(0),
                    most: count(arguments, "count").filter(|&most| most > 0),
                    is_of_names: arguments["filter"] == "named",
                };
                self.variables.inside(scene.stop()?, number, page)?
            }
            "evaluate" => self.evaluate(arguments, scene.stop()?)?,
            _ => return Err(format!("{name:?} is no request that is known here")),
        };
        Ok((body, Then::Nothing))
    }

    fn initialize(&mut self, arguments: &Value) -> Value {
        self.phase = Phase::Initialized;
        self.first_line = u32::from(arguments["linesStartAt1"] != false);
        json!({
            "supportsConfigurationDoneRequest": true,
            "supportsConditionalBreakpoints": true,
            "supportsFunctionBreakpoints": true,
            "supportsBreakpointLocationsRequest": true,
            "supportsEvaluateForHovers": true,
            "supportsTerminateRequest": true,
            "exceptionBreakpointFilters": [{
                "filter": UNCAUGHT,
                "label": "Errors that nothing catches",
                "default": true,
            }],
        })
    }

    /// A line as the editor counts.
    fn shown_line(&self, line: u32) -> u32 {
        line + self.first_line - 1
    }

    /// A line as scripts count.
    fn line(&self, value: &Value) -> Result<u32, String> {
        let line = value.as_u64().and_then(|line| u32::try_from(line).ok());
        let line = line.and_then(|line| line.checked_add(1 - self.first_line));
        line.ok_or_else(|| format!("{value} is no number of a line"))
    }

    fn set_breakpoints(&self, arguments: &Value, control: &mut Control) -> Result<Value, String> {
        let wanted = list(arguments, "breakpoints")?;
        let lines = wanted.iter().map(|wanted| self.line(&wanted["line"]));
        // Where one is wrong, those before stay.
        let lines: Vec<u32> = lines.collect::<Result<_, _>>()?;
        let is_ours =
            (arguments["source"]["path"].as_str()).is_some_and(|path| (self.is_program)(path));
        if is_ours {
            control.clear_breakpoints();
        }
        let mut shown = Vec::new();
        for (wanted, line) in wanted.iter().zip(lines) {
            let condition = wanted["condition"].as_str().map(str::trim);
            let condition = condition.filter(|condition| !condition.is_empty());
            let set = match is_ours {
                true => control.add_breakpoint(line, condition.map(str::to_owned)),
                false => None,
            };
            shown.push(match set {
                Some(set) => json!({
                    "id": set.id,
                    "verified": true,
                    "line": self.shown_line(set.line),
                }),
                None => json!({
                    "verified": false,
                    "message": match is_ours {
                        true => "no line from here on has code",
                        false => "this is not the program that runs",
                    },
                }),
            });
        }
        Ok(json!({ "breakpoints": shown }))
    }

    fn locations(&self, arguments: &Value, control: &Control) -> Result<Value, String> {
        let first = self.line(&arguments["line"])?;
        let last = match &arguments["endLine"] {
            Value::Null => first,
            line => self.line(line)?,
        };
        let lines = control.lines().iter();
        let lines = lines.filter(|line| (first..=last).contains(line));
        let shown = lines.map(|&line| json!({ "line": self.shown_line(line) }));
        Ok(json!({ "breakpoints": shown.collect::<Vec<_>>() }))
    }

    fn stack(&self, arguments: &Value, stop: &Stop<'_, '_, '_>) -> Value {
        let frames = stop.frames();
        let first = count(arguments, "startFrame").unwrap_or(0);
        let most = count(arguments, "levels").filter(|&levels| levels > 0);
        let shown = (0..frames.len())
            .skip(first)
            .take(most.unwrap_or(usize::MAX))
            .map(|i| {
                let mut shown = json!({
                    "id": i + 1,
                    "name": stop.function_name(i),
                    "line": 0,
                    "column": 0,
                });
                match stop.own_line(i) {
                    Some(line) => {
                        shown["line"] = self.shown_line(line).into();
                        shown["column"] = self.first_line.into();
                        shown["source"] =
                            json!({ "name": file_name(&self.path), "path": self.path });
                    }
                    None => shown["presentationHint"] = "subtle".into(),
                }
                if frames[i].kind == Kind::Native {
                    shown["name"] = format!("{} (native)", stop.function_name(i)).into();
                }
                shown
            });
        json!({ "stackFrames": shown.collect::<Vec<_>>(), "totalFrames": frames.len() })
    }

    fn evaluate(
        &mut self,
        arguments: &Value,
        stop: &mut Stop<'_, '_, '_>,
    ) -> Result<Value, String> {
        let expression = arguments["expression"].as_str();
        let expression = expression
            .ok_or("evaluate: 'expression' is no text")?
            .trim();
        // As in the terminal: what no Lua expression can begin with is a command.
        let command = expression.strip_prefix("redis ");
        if let Some(command) = command.filter(|_| arguments["context"] == "repl") {
            let args = text::split_line(command.as_bytes());
            let args = args.ok_or("a quote is not closed, or text follows a closing quote")?;
            if args.is_empty() {
                return Err("run which command?".to_owned());
            }
            let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
            let reply = show::whole_reply(&stop.execute(&args));
            return Ok(json!({ "result": reply, "variablesReference": 0 }));
        }
        let frame = match arguments["frameId"] {
            Value::Null => 0,
            _ => frame(arguments, stop)?,
        };
        let values = stop.evaluate(frame, expression)?;
        match &values[..] {
            [] => Ok(json!({ "result": "", "variablesReference": 0 })),
            [value] => Ok(self.variables.value(stop, value, "result")),
            values => {
                let shown: Vec<_> = values
                    .iter()
                    .map(|value: &Seen| show::value(stop, value))
                    .collect();
                Ok(json!({ "result": shown.join(", "), "variablesReference": 0 }))
            }
        }
    }
}

fn set_commands(arguments: &Value, control: &mut Control) -> Result<Value, String> {
    let wanted = list(arguments, "breakpoints")?;
    let names = wanted.iter().map(|wanted| wanted["name"].as_str());
    let names: Option<Vec<&str>> = names.collect();
    let names = names.ok_or("setFunctionBreakpoints: a breakpoint without a name")?;
    control.commands = names
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect();
    let verified = vec![json!({ "verified": true }); names.len()];
    Ok(json!({ "breakpoints": verified }))
}

/// A list among the arguments; none is an empty one.
fn list<'a>(arguments: &'a Value, name: &str) -> Result<&'a [Value], String> {
    match &arguments[name] {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        other => Err(format!("'{name}' is no list: {other}")),
    }
}

fn count(arguments: &Value, name: &str) -> Option<usize> {
    arguments[name]
        .as_u64()
        .and_then(|count| usize::try_from(count).ok())
}

/// The frame that a request is about.
fn frame(arguments: &Value, stop: &Stop<'_, '_, '_>) -> Result<usize, String> {
    let frame = count(arguments, "frameId").and_then(|id| id.checked_sub(1));
    let frame = frame.filter(|&frame| frame < stop.frames().len());
    frame.ok_or_else(|| format!("there is no frame {}", arguments["frameId"]))
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

impl Face for Session {
    fn stopped(&mut self, stop: &mut Stop<'_, '_, '_>) -> Resume {
        let (reason, text) = match &stop.reason {
            Reason::Entry => ("entry", None),
            Reason::Step => ("step", None),
            Reason::Breakpoint(_) | Reason::Call => ("breakpoint", None),
            Reason::Pause => ("pause", None),
            Reason::Command(words) => ("function breakpoint", Some(show::command(words))),
            Reason::Error(text) => ("exception", Some(text.clone())),
        };
        let mut body = json!({
            "reason": reason,
            "threadId": THREAD,
            "allThreadsStopped": true,
        });
        if let Reason::Breakpoint(id) = stop.reason {
            body["hitBreakpointIds"] = json!([id]);
        }
        if let Some(text) = text {
            body["description"] = text.clone().into();
            body["text"] = text.into();
        }
        self.output.event("stopped", body);
        let mut how = Resume::End;
        while let Some(request) = self.next() {
            match self.answer(&request, &mut Scene::Stopped(stop)) {
                Then::Resume(chosen) => {
                    how = chosen;
                    break;
                }
                Then::End => break,
                _ => {}
            }
        }
        self.variables.clear();
        how
    }

    fn printed(&mut self, text: &str) {
        self.output.text(Category::Console, text);
    }

    fn attend(&mut self, control: &mut Control) -> Verdict {
        loop {
            let message = match self.incoming.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty) if !self.is_over => return Verdict::GoOn,
                Err(_) => {
                    self.is_over = true;
                    return Verdict::End;
                }
            };
            let Some(request) = self.accept(message) else {
                continue;
            };
            match self.answer(&request, &mut Scene::Control(control)) {
                Then::Resume(Resume::End) | Then::End => return Verdict::End,
                _ => {}
            }
        }
    }
}
