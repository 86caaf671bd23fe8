//! [`Expiries`]: when keys go, kept beside the table of keys, so that those that stay pay four bytes for it and
//! not eight, and a key's entry is as long as a line of the processor's cache.
//!
//! Owns which places are taken; knows neither keys nor the time.

/// Where the expiry of a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(u32);

impl Slot {
    /// The one of a key that stays: beyond all places, so that looking there finds nothing. There are never so
    /// many keys.
    pub const NONE: Slot = Slot(u32::MAX);
}

/// Instants in Unix milliseconds, none of them negative.
#[derive(Clone, Debug, Default)]
pub struct Expiries {
    instants: Vec<i64>,
    /// The places that are to be taken again.
    free: Vec<u32>,
}

impl Expiries {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.instants.len() - self.free.len()
    }

    /// The instant of a key; `None` when it stays.
    #[inline]
    pub fn get(&self, slot: Slot) -> Option<i64> {
        self.instants.get(slot.0 as usize).copied()
    }

    /// Whether the instant of a key has passed.
    #[inline]
    pub fn is_due(&self, slot: Slot, now_ms: i64) -> bool {
        self.get(slot).is_some_and(|at| at < now_ms)
    }

    /// Gives a key an instant or none, which `slot` then says; gives back the one it had.
    pub fn set(&mut self, slot: &mut Slot, instant: Option<i64>) -> Option<i64> {
        let old = self.get(*slot);
        match (old, instant) {
            (Some(_), Some(at)) => self.instants[slot.0 as usize] = at,
            (None, Some(at)) => *slot = self.add(at),
            (Some(_), None) => self.remove(std::mem::replace(slot, Slot::NONE)),
            (None, None) => {}
        }
        old
    }

    fn add(&mut self, at: i64) -> Slot {
        match self.free.pop() {
            Some(place) => {
                self.instants[place as usize] = at;
                Slot(place)
            }
            None => {
                self.instants.push(at);
                Slot(self.instants.len() as u32 - 1)
            }
        }
    }

    fn remove(&mut self, slot: Slot) {
        self.free.push(slot.0);
        if self.len() == 0 {
            *self = Expiries::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// Every key's slot finds what it was last given, however places are taken and given back.
    #[test]
    fn slots_find_their_instants() {
        let mut rng = Rng::new(11);
        let mut expiries = Expiries::default();
        let mut keys = vec![(Slot::NONE, None); 50];
        for round in 0..5_000 {
            let (slot, known) = &mut keys[rng.below(50)];
            let instant = (rng.below(3) > round / 1_000 % 3).then(|| rng.below(1_000) as i64);
            assert_eq!(expiries.set(slot, instant), *known);
            *known = instant;
            let taken = keys.iter().filter(|(_, known)| known.is_some());
            assert_eq!(expiries.len(), taken.count());
            assert!(expiries.instants.len() <= keys.len());
            for (slot, known) in &keys {
                assert_eq!(expiries.get(*slot), *known);
                let is_past = known.is_some_and(|at| at < 500);
                assert_eq!(expiries.is_due(*slot, 500), is_past);
            }
        }
        for (slot, _) in &mut keys {
            expiries.set(slot, None);
        }
        assert_eq!(expiries.instants.capacity(), 0, "memory is given back");
    }
}
