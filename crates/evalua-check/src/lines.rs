//! Lines and columns of byte offsets.

use crate::finding::Position;

/// Where the lines of a source begin.
pub(crate) struct Lines<'s> {
    source: &'s [u8],
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(source: &'s [u8]) -> Self {
        let ends = source
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1));
        Lines {
            source,
            starts: starts.collect(),
        }
    }

    /// The position of an offset; that of the end for one beyond it.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.source.len());
        let line = self.starts.partition_point(|&start| start <= offset);
        let before = &self.source[self.starts[line - 1]..offset];
        Position {
            line,
            column: String::from_utf8_lossy(before).chars().count() + 1,
        }
    }
}
