//! [`Pause`]: commands are held back for a while, all of them or those that write.
//!
//! A session that can wait does so, as for a key, and sends its command again; one that cannot is not
//! held back. Meanwhile no key goes, whether it is due or memory is short.

use crate::bytes::SmallBytes;
use crate::core::Core;
use crate::gate::who;
use crate::session::Session;
use crate::table::{Command, flag};
use crate::waiters::{Wanted, Wish};

/// A pause.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    /// Until when, Unix milliseconds.
    until_ms: i64,
    /// Whether commands are held back that do not write.
    is_for_all: bool,
}

impl Core {
    /// Holds commands back until an instant. Of two pauses at once the longer and the stricter counts.
    pub(crate) fn begin_pause(&mut self, until_ms: i64, is_for_all: bool) {
        let old = self.pause.unwrap_or(Pause {
            until_ms,
            is_for_all,
        });
        self.pause = Some(Pause {
            until_ms: until_ms.max(old.until_ms),
            is_for_all: is_for_all || old.is_for_all,
        });
    }

    /// Ends a pause whose time is over.
    #[cold]
    pub(crate) fn end_pause(&mut self) {
        let now_ms = self.clock.now_ms();
        if self.pause.is_some_and(|pause| pause.until_ms <= now_ms) {
            self.resume();
        }
    }

    /// Ends a pause.
    pub(crate) fn resume(&mut self) {
        self.pause = None;
        self.waiters.resume();
    }

    /// Lets a session wait whose command is held back; tells whether it is.
    #[cold]
    pub(crate) fn postpone(
        &mut self,
        session: &mut Session,
        command: &'static Command,
        args: &[&[u8]],
    ) -> bool {
        let Some(pause) = self.pause else {
            return false;
        };
        if !session.can_wait || !command.accepts(args.len()) {
            return false;
        }
        let is_held = pause.is_for_all || {
            let flags = flag::WRITE | flag::MAY_REPLICATE;
            self.needs(session, command, args) & flags != 0
        };
        if !is_held {
            return false;
        }
        let wish = Wish {
            command,
            args: Vec::<SmallBytes>::new(),
            keys: Vec::new(),
            wanted: Wanted::Resumption,
            until_ms: Some(pause.until_ms),
        };
        session.wait = Some(self.waiters.add(who(session), wish));
        session.is_postponed = true;
        true
    }
}
