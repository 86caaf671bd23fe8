//! [`ListValue`]: a sequence of byte strings with two ends.
//!
//! The server's encodings: `listpack` for what fits into one node, `quicklist` for the rest, and back
//! again once the list has shrunk to half a node. A server that knows no lists in listpacks has
//! quicklists only.

use crate::bytes::SmallBytes;
use crate::config::Limits;
use crate::values::listpack::{Element, Listpack};
use crate::values::quicklist::{self, NodeBound, Quicklist};

pub use crate::values::quicklist::End;

/// A list.
#[derive(Clone, Debug, Default)]
pub struct ListValue(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Packed(Listpack),
    Chain(Box<Quicklist>),
}

impl Default for Repr {
    fn default() -> Repr {
        Repr::Packed(Listpack::new())
    }
}

impl ListValue {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Packed(elements) => elements.len(),
            Repr::Chain(chain) => chain.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Packed(_) => "listpack",
            Repr::Chain(_) => "quicklist",
        }
    }

    /// Takes the form for elements that are about to be added or to replace others.
    pub fn expect(&mut self, new: &[&[u8]], limits: Limits) {
        if let Repr::Packed(elements) = &mut self.0 {
            let bytes: usize = new.iter().map(|bytes| bytes.len()).sum();
            let (bytes, len) = (elements.byte_len() + bytes, elements.len() + new.len());
            if !limits.list.listpacks || !NodeBound::new(limits.list.node).allows(bytes, len) {
                let chain = Quicklist::from_listpack(std::mem::take(elements));
                self.0 = Repr::Chain(Box::new(chain));
            }
        }
    }

    /// Takes the form for what is left, after elements were removed or replaced.
    pub fn settle(&mut self, limits: Limits) {
        if let Repr::Chain(chain) = &mut self.0
            && limits.list.listpacks
            && let Some(elements) = chain.take_if_half(NodeBound::new(limits.list.node))
        {
            self.0 = Repr::Packed(elements);
        }
    }

    /// Adds elements at an end, one after the other.
    pub fn push(&mut self, new: &[&[u8]], end: End, limits: Limits) {
        self.expect(new, limits);
        for bytes in new {
            match (&mut self.0, end) {
                (Repr::Packed(elements), End::Left) => elements.push_front(bytes),
                (Repr::Packed(elements), End::Right) => elements.push(bytes),
                (Repr::Chain(chain), end) => chain.push(bytes, end, limits.list),
            }
        }
    }

    /// Removes the element at an end; [`ListValue::settle`] is left to the caller.
    pub fn pop(&mut self, end: End) -> Option<SmallBytes> {
        match &mut self.0 {
            Repr::Packed(elements) => quicklist::pop(elements, end),
            Repr::Chain(chain) => chain.pop(end),
        }
    }

    /// The element of an index.
    pub fn get(&self, index: usize) -> Option<Element<'_>> {
        match &self.0 {
            Repr::Packed(elements) => elements.get(elements.seek(index)?),
            Repr::Chain(chain) => chain.get(index),
        }
    }

    /// Puts an element in the place of another; tells whether there is one of that index.
    pub fn set(&mut self, index: usize, bytes: &[u8], limits: Limits) -> bool {
        self.expect(&[bytes], limits);
        let found = match &mut self.0 {
            Repr::Packed(elements) => {
                let at = elements.seek(index);
                at.map(|at| elements.replace(at, bytes)).is_some()
            }
            Repr::Chain(chain) => chain.set(index, bytes, limits.list),
        };
        if found {
            self.settle(limits);
        }
        found
    }

    /// Adds an element beside the first that is equal to `pivot`, on the left or on the right of it;
    /// tells whether there is one.
    pub fn insert_beside(&mut self, pivot: &[u8], bytes: &[u8], side: End, limits: Limits) -> bool {
        self.expect(&[bytes], limits);
        match &mut self.0 {
            Repr::Packed(elements) => match elements.find(pivot, elements.start(), 1) {
                Some(at) => {
                    let at = match side {
                        End::Left => at,
                        End::Right => elements.next(at),
                    };
                    elements.insert(at, bytes);
                    true
                }
                None => false,
            },
            Repr::Chain(chain) => {
                let pivot = Element::new(pivot);
                let index = chain.iter_from(0).position(|element| element == pivot);
                index.is_some_and(|index| chain.insert_beside(index, bytes, side, limits.list))
            }
        }
    }

    /// Removes up to `max` elements equal to `bytes`, from an end on; gives how many.
    /// [`ListValue::settle`] is left to the caller.
    pub fn remove_equal(&mut self, bytes: &[u8], max: usize, from: End) -> usize {
        match &mut self.0 {
            Repr::Packed(elements) => quicklist::remove_equal(elements, bytes, max, from),
            Repr::Chain(chain) => chain.remove_equal(bytes, max, from),
        }
    }

    /// Removes up to `count` elements from an index on; [`ListValue::settle`] is left to the caller.
    pub fn remove_range(&mut self, index: usize, count: usize) {
        match &mut self.0 {
            Repr::Packed(elements) => quicklist::remove_range(elements, index, count),
            Repr::Chain(chain) => chain.remove_range(index, count),
        }
    }

    /// The elements from one on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = Element<'_>> {
        let (elements, chain) = self.parts();
        let elements = elements.map(|elements| quicklist::iter_from(elements, index));
        let chain = chain.map(|chain| chain.iter_from(index));
        let elements = elements.into_iter().flatten();
        elements.chain(chain.into_iter().flatten())
    }

    /// The elements from one towards the head.
    pub fn iter_back_from(&self, index: usize) -> impl Iterator<Item = Element<'_>> {
        let (elements, chain) = self.parts();
        let elements = elements.map(|elements| quicklist::iter_to(elements, index).rev());
        let chain = chain.map(|chain| chain.iter_back_from(index));
        let elements = elements.into_iter().flatten();
        elements.chain(chain.into_iter().flatten())
    }

    /// The form that it has, as one of two.
    fn parts(&self) -> (Option<&Listpack>, Option<&Quicklist>) {
        match &self.0 {
            Repr::Packed(elements) => (Some(elements), None),
            Repr::Chain(chain) => (None, Some(chain)),
        }
    }
}
