//! Monitors: clients that see every command that runs.

use crate::clients::Client;
use crate::core::Core;
use crate::gate::Caller;
use crate::redaction::redacted;
use crate::reply::Reply;
use crate::session::Session;
use crate::table::{Command, flag};
use crate::text;

/// Commands that are shown before what their scripts call.
const SCRIPTS: [&str; 6] = [
    "eval",
    "eval_ro",
    "evalsha",
    "evalsha_ro",
    "fcall",
    "fcall_ro",
];

impl Core {
    /// Shows a command that has run, or a script that is about to, to those who watch.
    #[cold]
    pub(crate) fn show(
        &self,
        session: &Session,
        caller: Caller,
        command: &Command,
        args: &[&[u8]],
        is_about_to_run: bool,
    ) {
        let is_script = SCRIPTS.contains(&command.name);
        let is_hidden = command.has(flag::ADMIN) || command.has(flag::SKIP_MONITOR) && !is_script;
        if is_hidden || is_script != is_about_to_run {
            return;
        }
        let now_us = self.clock.read_us();
        let source = match (caller, &session.client) {
            (Caller::Script { .. }, _) => "lua".to_owned(),
            (_, Some(client)) => client.facts().address.peer.clone(),
            (_, None) => String::new(),
        };
        let words: Vec<String> = redacted(command, args)
            .into_iter()
            .map(text::quote)
            .collect();
        let line = format!(
            "{}.{:06} [{} {source}] {}",
            now_us / 1_000_000,
            now_us % 1_000_000,
            session.db,
            words.join(" ")
        );
        for key in &self.monitors {
            if let Some(client) = self.clients.get(*key) {
                let line = Reply::Status(line.clone().into_bytes().into());
                client.send(line, self.allowance());
            }
        }
    }

    /// Lets a client see every command from now on.
    pub(crate) fn add_monitor(&mut self, client: &Client) {
        if !self.monitors.contains(&client.key) {
            self.monitors.push(client.key);
        }
    }
}
