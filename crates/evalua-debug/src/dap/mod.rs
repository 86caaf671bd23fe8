//! The Debug Adapter Protocol, by which editors debug: <https://microsoft.github.io/debug-adapter-protocol/>.
//!
//! - [`wire`] reads and writes messages, over any stream;
//! - [`launch`] reads what an editor wants to be run;
//! - [`session`] answers the requests, before, while and after the script runs;
//! - [`variables`] are what it is shown of a script that stands still.
//!
//! A thread reads the requests; all else happens on the thread that runs the script, so nothing is looked at while it
//! changes. What is wrong with a request is said in its response, and the session goes on; only where the stream
//! itself cannot be followed any more it ends.

mod launch;
mod session;
mod variables;
mod wire;

use std::io::{BufReader, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use evalua_redis::script::Debugger;
use evalua_redis::{InterruptHandle, Redis};

use crate::control::{Debugging, Face, Program};
use crate::show;
pub use launch::Launch;
use session::{Phase, Session};
pub use wire::{Category, Output};
use wire::{Incoming, read};

/// Who knows files, and what an engine is to be like.
pub trait Launcher {
    /// Reads the program.
    ///
    /// # Errors
    /// What is wrong, for the person who debugs.
    fn program(&mut self, launch: &Launch) -> Result<Program, String>;

    /// Makes an engine with the debugger, with the set-up done and the program compiled; all that runs can be
    /// stopped by the handle.
    ///
    /// # Errors
    /// What is wrong, for the person who debugs.
    fn open(
        &mut self,
        launch: &Launch,
        program: &Program,
        debugger: Arc<dyn Debugger>,
        interrupt: InterruptHandle,
        output: &Output,
    ) -> Result<Ready, String>;

    /// Tells whether a path that the editor names is that of the program.
    fn is_program(&self, launch: &Launch) -> Box<dyn Fn(&str) -> bool + Send>;
}

/// A program that is ready to run.
pub struct Ready {
    /// The engine.
    pub redis: Redis,
    /// The command that runs it.
    pub command: Vec<Vec<u8>>,
}

/// How a session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As the editor wanted.
    Well,
    /// The stream could not be followed any more.
    Broken,
}

/// Serves one session, until the editor disconnects or its stream ends.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    launcher: &mut dyn Launcher,
) -> Ended {
    let output = Output::new(output);
    let attention = Arc::new(AtomicBool::new(false));
    let interrupt = InterruptHandle::default();
    let (sender, incoming) = mpsc::channel();
    let (noted, stopper) = (Arc::clone(&attention), interrupt.clone());
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        let mut has_launched = false;
        loop {
            let message = read(&mut input);
            let is_last = matches!(message, Incoming::End | Incoming::Broken(_));
            has_launched |= message.launches();
            let ends_script = has_launched && message.ends_script();
            if sender.send(message).is_err() {
                return;
            }
            noted.store(true, Ordering::Relaxed);
            // Also where no line begins that could be stopped at. By then it is known why.
            if ends_script {
                stopper.interrupt();
            }
            if is_last {
                return;
            }
        }
    });
    let mut session = Session::new(output.clone(), incoming);
    let Some((request, launch)) = session.until_launch() else {
        return session.ended;
    };
    let program = match launcher.program(&launch) {
        Ok(program) => program,
        Err(message) => {
            output.refuse(&request, &message);
            session.until_disconnected();
            return session.ended;
        }
    };
    session.set_program(launcher.is_program(&launch), &launch);
    let debugging = Arc::new(Debugging::attended(program.clone(), session, attention));
    let opened = launcher.open(&launch, &program, debugging.clone(), interrupt, &output);
    let mut ready = match opened {
        Ok(ready) => ready,
        Err(message) => {
            output.refuse(&request, &message);
            let session = &mut debugging.lock().face;
            session.until_disconnected();
            return session.ended;
        }
    };
    output.respond(&request, serde_json::json!({}));
    output.event("initialized", serde_json::json!({}));
    let runs = {
        let inner = &mut *debugging.lock();
        inner.face.until_configured(&mut inner.control)
    };
    if runs {
        run(&launch, &debugging, &mut ready, &output);
    }
    let session = &mut debugging.lock().face;
    session.until_disconnected();
    session.ended
}

/// Runs the program, and tells what came of it.
fn run(launch: &Launch, debugging: &Debugging<Session>, ready: &mut Ready, output: &Output) {
    let redis = &mut ready.redis;
    redis.core_mut().trace_scripts(true);
    {
        let inner = &mut *debugging.lock();
        inner.face.phase = Phase::Running;
        inner.control.stops = !launch.no_debug;
        if launch.stop_on_entry {
            inner.control.stop_on_entry();
        }
    }
    debugging.arm(true);
    let reply = redis.command(&ready.command);
    debugging.arm(false);
    let profile = redis.core().profile();
    let reply = reply.to_resp2(profile);
    let (category, status) = match reply.as_error() {
        Some(_) => (Category::Stderr, 1),
        None => (Category::Stdout, 0),
    };
    let was_ended = {
        let inner = &mut *debugging.lock();
        // What has ended it, perhaps.
        inner.face.attend(&mut inner.control);
        inner.face.phase = Phase::Ended;
        inner.face.is_killed
    };
    if !was_ended {
        output.text(category, &show::whole_reply(&reply));
    }
    output.event("exited", serde_json::json!({ "exitCode": status }));
    output.event("terminated", serde_json::json!({}));
}
