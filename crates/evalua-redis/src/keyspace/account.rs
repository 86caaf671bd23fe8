//! [`Account`]: what the keys of a database take, each as it was last measured. Kept while there is a limit of
//! memory, beside the table of keys, so that nobody else pays for it. Knows nothing of how keys are measured.

use crate::bytes::SmallBytes;

/// So many keys may have changed at least before they are measured though nobody asks.
pub const CHANGED_SLACK: usize = 64;

/// What keys take, by their positions in the table.
#[derive(Clone, Debug, Default)]
pub struct Account {
    units: Vec<u32>,
    sum: usize,
    /// Keys that are to be measured again.
    changed: Vec<SmallBytes>,
}

impl Account {
    /// The sum of what the keys take, in units.
    pub fn sum(&self) -> usize {
        self.sum
    }

    /// A key has come, at the end of the table, that was not measured yet.
    pub fn add(&mut self) {
        self.units.push(0);
    }

    /// The key at a position has gone, and the last one taken its place.
    pub fn remove(&mut self, position: usize) {
        self.sum -= self.units.swap_remove(position) as usize;
    }

    /// The key at a position takes so much.
    pub fn set(&mut self, position: usize, units: u32) {
        let old = std::mem::replace(&mut self.units[position], units);
        self.sum = self.sum - old as usize + units as usize;
    }

    /// Notes that a key is to be measured again.
    pub fn add_changed(&mut self, key: &[u8]) {
        self.changed.push(SmallBytes::new(key));
    }

    /// Whether there are so many notes that keys must have changed over and over.
    pub fn is_crowded(&self) -> bool {
        self.changed.len() > 2 * self.units.len() + CHANGED_SLACK
    }

    /// The keys that are to be measured again, some more than once.
    pub fn take_changed(&mut self) -> Vec<SmallBytes> {
        std::mem::take(&mut self.changed)
    }
}
