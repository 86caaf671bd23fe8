//! Interleavings: a case with several clients once more for every order in which their calls can come.
//!
//! Owns which client goes next, which orders are tried, and what is told of one that breaks something. The clients
//! themselves are coroutines of `prelude.lua`: each call of theirs is a turn, since scripts are atomic.

use evalua_redis::rng::Rng;
use evalua_vm::{Error, Function, Lua, Result};

use crate::bench::Bench;
use crate::case;
use crate::failure::{Failure, Raised};
use crate::report::Outcome;
use crate::spec::Case;

/// So many turns may clients take in a case.
const MOST_TURNS: usize = 100_000;

/// What came of a case in several orders.
#[derive(Debug)]
pub struct Orders {
    /// How many were tried.
    pub tried: usize,
    /// Whether those were all; otherwise the first of them in a fixed order, and as many that were drawn.
    pub is_all: bool,
    /// What the shortest breaks that breaks something, with its turns.
    pub broken: Option<Failure>,
    /// How many turns that takes.
    length: usize,
}

/// Who goes next, and what came of it so far.
#[derive(Debug, Default)]
pub struct Schedule {
    /// How the next client is chosen.
    way: Way,
    /// The choices so far, and among how many each was.
    taken: Vec<(usize, usize)>,
    /// What the clients called, in that order.
    turns: Vec<String>,
    /// The client whose turn it is.
    client: Option<String>,
    /// So many turns, and no more, are of interest; none for any number.
    limit: Option<usize>,
    /// Whether they were all taken, and the clients have not ended.
    is_cut: bool,
}

#[derive(Debug, Default)]
enum Way {
    /// They take turns.
    #[default]
    InTurn,
    /// These choices, then always the first.
    Begins(Vec<usize>),
    /// As it is drawn.
    Drawn(Box<Rng>),
}

impl Schedule {
    /// Chooses among so many clients.
    ///
    /// # Errors
    /// When enough turns were taken, or too many.
    pub fn choose(&mut self, clients: usize) -> Result<usize> {
        let at = self.taken.len();
        if self.limit.is_some_and(|limit| at >= limit) {
            self.is_cut = true;
            return Err(Raised::Cut.into());
        }
        if at == MOST_TURNS {
            return Err(Error::runtime(format_args!(
                "the clients have taken {MOST_TURNS} turns: do they end?"
            )));
        }
        let choice = match &mut self.way {
            Way::InTurn => at % clients,
            Way::Begins(choices) => choices.get(at).copied().unwrap_or(0).min(clients - 1),
            Way::Drawn(rng) => (rng.next_u64() % clients as u64) as usize,
        };
        self.taken.push((choice, clients));
        Ok(choice)
    }

    /// It is the turn of a client, or of none.
    pub fn set_client(&mut self, client: Option<String>) {
        self.client = client;
    }

    /// Whether it is the turn of a client.
    pub fn has_turn(&self) -> bool {
        self.client.is_some()
    }

    /// Whether the clients were stopped before they ended, which tells nothing of the case.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether there were clients.
    pub fn has_clients(&self) -> bool {
        !self.taken.is_empty()
    }

    /// What the clients called so far.
    pub fn turns(&self) -> &[String] {
        &self.turns
    }

    /// Notes what the client calls whose turn it is.
    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(client) = &self.client {
            self.turns.push(format!("{client}: {}", what()));
        }
    }

    /// The choices that come after these, when all are gone through in their order.
    fn next(&self) -> Option<Vec<usize>> {
        let at = self
            .taken
            .iter()
            .rposition(|(choice, clients)| choice + 1 < *clients)?;
        let mut choices: Vec<usize> = self.taken[..=at]
            .iter()
            .map(|(choice, _)| *choice)
            .collect();
        choices[at] += 1;
        Some(choices)
    }
}

/// Runs a case that has clients in so many orders at most, and as many drawn ones if there are more.
pub fn explore(lua: &Lua, bench: &Bench, case: &Case, body: &Function, most: usize) -> Orders {
    let mut orders = Orders {
        tried: 0,
        is_all: false,
        broken: None,
        length: 0,
    };
    let mut choices = Vec::new();
    while orders.tried < most {
        let schedule = orders.attempt(lua, bench, case, body, Way::Begins(choices));
        match schedule.next() {
            Some(next) => choices = next,
            None => {
                orders.is_all = true;
                return orders;
            }
        }
    }
    for seed in 0..most as u64 {
        orders.attempt(lua, bench, case, body, Way::Drawn(Box::new(Rng::new(seed))));
    }
    orders
}

impl Orders {
    /// Tries one.
    fn attempt(
        &mut self,
        lua: &Lua,
        bench: &Bench,
        case: &Case,
        body: &Function,
        way: Way,
    ) -> Schedule {
        self.tried += 1;
        // One that is not shorter is of no interest.
        let limit = self.broken.is_some().then(|| self.length.saturating_sub(1));
        let schedule = Schedule {
            way,
            limit,
            ..Schedule::default()
        };
        let outcome = case::run_body(lua, bench, case, body, schedule);
        bench.output.take();
        let schedule = bench.schedule.take();
        if let Outcome::Failed(failure) = outcome {
            self.length = schedule.taken.len();
            self.broken = Some(*failure);
        }
        schedule
    }
}
