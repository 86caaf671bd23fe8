//! [`ListValue`]: a sequence of byte strings with two ends.
//!
//! The server's encodings: `listpack` for what fits into one node, `quicklist` for the rest, and back
//! again once the list has shrunk to half a node. A server that knows no lists in listpacks has
//! quicklists only.

use std::borrow::Cow;

use crate::bytes::SmallBytes;
use crate::config::Limits;
use crate::values::list_node::{self, NodeBound};
use crate::values::listpack::{Element, Listpack};
use crate::values::quicklist::Quicklist;

pub use crate::values::list_node::{End, NodeView};

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
    /// How many bytes of heap it takes, looking at no more than `samples` elements of a large one.
    pub fn heap_size(&self, samples: usize) -> usize {
        match &self.0 {
            Repr::Packed(elements) => elements.heap_size(),
            Repr::Chain(chain) => size_of_val(&**chain) + chain.heap_size(samples),
        }
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Packed(elements) => elements.len(),
            Repr::Chain(chain) => chain.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Repr::Packed(elements) => elements.is_empty(),
            Repr::Chain(chain) => chain.len() == 0,
        }
    }

    /// The name of its form in memory.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Packed(_) => "listpack",
            Repr::Chain(_) => "quicklist",
        }
    }

    /// How many nodes it is made of.
    pub fn nodes(&self) -> usize {
        match &self.0 {
            Repr::Packed(_) => 1,
            Repr::Chain(chain) => chain.nodes(),
        }
    }

    /// An empty list that is a chain of nodes, to be loaded node by node or element by element;
    /// [`ListValue::finish_load`] ends that.
    pub fn chain() -> ListValue {
        ListValue(Repr::Chain(Box::default()))
    }

    /// Adds a node to a chain.
    pub fn push_node(&mut self, elements: Listpack) {
        if let Repr::Chain(chain) = &mut self.0 {
            chain.push_node(elements);
        }
    }

    /// Adds a node of one large element to a chain.
    pub fn push_large_node(&mut self, bytes: &[u8]) {
        if let Repr::Chain(chain) = &mut self.0 {
            chain.push_large_node(bytes);
        }
    }

    /// Takes the form for what was loaded; `None` when that is nothing.
    pub fn finish_load(mut self, limits: Limits) -> Option<ListValue> {
        if let Repr::Chain(chain) = &mut self.0
            && limits.list.listpacks
            && let Some(elements) = chain.take_if_allowed(NodeBound::new(limits.list.node))
        {
            self.0 = Repr::Packed(elements);
        }
        (!self.is_empty()).then_some(self)
    }

    /// Shows the nodes.
    pub fn for_each_node(&self, mut show: impl FnMut(NodeView<'_>)) {
        match &self.0 {
            Repr::Packed(elements) => show(NodeView::Packed(Cow::Borrowed(elements))),
            Repr::Chain(chain) => chain.views().for_each(show),
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
            Repr::Packed(elements) => list_node::pop(elements, end),
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
            Repr::Packed(elements) => {
                list_node::remove_equal(elements, Element::new(bytes), max, from)
            }
            Repr::Chain(chain) => chain.remove_equal(bytes, max, from),
        }
    }

    /// Removes up to `count` elements from an index on; [`ListValue::settle`] is left to the caller.
    pub fn remove_range(&mut self, index: usize, count: usize) {
        match &mut self.0 {
            Repr::Packed(elements) => list_node::remove_range(elements, index, count),
            Repr::Chain(chain) => chain.remove_range(index, count),
        }
    }

    /// The elements from one on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = Element<'_>> {
        let (elements, chain) = self.parts();
        let elements = elements.map(|elements| list_node::iter_from(elements, index));
        let chain = chain.map(|chain| chain.iter_from(index));
        let elements = elements.into_iter().flatten();
        elements.chain(chain.into_iter().flatten())
    }

    /// The elements from one towards the head.
    pub fn iter_back_from(&self, index: usize) -> impl Iterator<Item = Element<'_>> {
        let (elements, chain) = self.parts();
        let elements = elements.map(|elements| list_node::iter_to(elements, index).rev());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::Config;
    use crate::profile;

    #[derive(Clone, Debug)]
    enum Op {
        Push(Vec<Vec<u8>>, End),
        Pop(End),
        Set(usize, Vec<u8>),
        InsertBeside(Vec<u8>, Vec<u8>, End),
        RemoveEqual(Vec<u8>, usize, End),
        RemoveRange(usize, usize),
    }

    fn op() -> impl Strategy<Value = Op> {
        let element = || prop_oneof!["[a-d]", "-?[0-9]", "x{3,9}"].prop_map(String::into_bytes);
        let end = || prop_oneof![Just(End::Left), Just(End::Right)];
        let elements = prop::collection::vec(element(), 1..6);
        prop_oneof![
            4 => (elements, end()).prop_map(|(e, end)| Op::Push(e, end)),
            2 => end().prop_map(Op::Pop),
            2 => (0..20_usize, element()).prop_map(|(i, e)| Op::Set(i, e)),
            3 => (element(), element(), end()).prop_map(|(p, e, end)| Op::InsertBeside(p, e, end)),
            1 => (element(), 1..4_usize, end()).prop_map(|(e, n, end)| Op::RemoveEqual(e, n, end)),
            1 => (0..20_usize, 0..9_usize).prop_map(|(i, n)| Op::RemoveRange(i, n)),
        ]
    }

    fn owned<'a>(elements: impl Iterator<Item = Element<'a>>) -> Vec<Vec<u8>> {
        elements.map(|e| e.to_bytes().into_owned()).collect()
    }

    proptest! {
        /// The model is a vector. When a list is a listpack is worked out from what was said to be
        /// added, and from the number of nodes.
        #[test]
        fn behaves_as_a_vector(
            ops in prop::collection::vec(op(), 0..60),
            node in prop_oneof![Just(-2), 1..9_i64],
            large in prop_oneof![Just(1000), 1..9_usize],
        ) {
            let mut limits = Config::new(&profile::REDIS_7_2).limits;
            limits.list.node = node;
            limits.list.large = large;
            let bound = NodeBound::new(node);
            let mut list = ListValue::default();
            let mut model: Vec<Vec<u8>> = Vec::new();
            let mut is_packed = true;
            for op in ops {
                let new = match &op {
                    Op::Push(elements, _) => &elements[..],
                    Op::Set(_, element) | Op::InsertBeside(_, element, _) => {
                        std::slice::from_ref(element)
                    }
                    _ => &[],
                };
                let entries = model.iter().map(|bytes| Element::new(bytes).entry_size());
                let bytes = 7 + entries.sum::<usize>() + new.iter().map(Vec::len).sum::<usize>();
                is_packed &= new.is_empty() || bound.allows(bytes, model.len() + new.len());
                let mut may_shrink = true;
                match op {
                    Op::Push(elements, end) => {
                        let borrowed: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
                        list.push(&borrowed, end, limits);
                        for element in elements {
                            let at = if end == End::Left { 0 } else { model.len() };
                            model.insert(at, element);
                        }
                        may_shrink = false;
                    }
                    Op::Pop(end) => {
                        let popped = list.pop(end).map(SmallBytes::into_vec);
                        let expected = match end {
                            End::Right => model.pop(),
                            End::Left if model.is_empty() => None,
                            End::Left => Some(model.remove(0)),
                        };
                        prop_assert_eq!(popped, expected);
                    }
                    Op::Set(index, element) => {
                        may_shrink = index < model.len();
                        prop_assert_eq!(list.set(index, &element, limits), may_shrink);
                        if may_shrink {
                            model[index] = element;
                        }
                    }
                    Op::InsertBeside(pivot, element, side) => {
                        let at = model.iter().position(|e| *e == pivot);
                        let found = list.insert_beside(&pivot, &element, side, limits);
                        prop_assert_eq!(found, at.is_some());
                        if let Some(at) = at {
                            model.insert(at + usize::from(side == End::Right), element);
                        }
                        may_shrink = false;
                    }
                    Op::RemoveEqual(element, max, from) => {
                        let mut places: Vec<usize> =
                            (0..model.len()).filter(|&at| model[at] == element).collect();
                        if from == End::Right {
                            places.reverse();
                        }
                        places.truncate(max);
                        prop_assert_eq!(list.remove_equal(&element, max, from), places.len());
                        places.sort_unstable();
                        for at in places.into_iter().rev() {
                            model.remove(at);
                        }
                    }
                    Op::RemoveRange(index, count) => {
                        list.remove_range(index, count);
                        let end = (index + count).min(model.len());
                        model.drain(index.min(end)..end);
                    }
                }
                if may_shrink {
                    let bytes = model.iter().map(|bytes| Element::new(bytes).entry_size());
                    let is_half = bound.is_half(7 + bytes.sum::<usize>(), model.len());
                    is_packed |= is_half && list.nodes() == 1;
                    list.settle(limits);
                }
                // A single large element may have come in a listpack, or have a node of its own.
                if model.len() == 1 && model[0].len() >= large {
                    is_packed = list.encoding() == "listpack";
                }
                prop_assert_eq!(list.len(), model.len());
                prop_assert_eq!(list.is_empty(), model.is_empty());
                prop_assert_eq!(list.encoding(), if is_packed { "listpack" } else { "quicklist" });
                for index in 0..=model.len() {
                    let element = owned(list.get(index).into_iter()).pop();
                    prop_assert_eq!(element.as_ref(), model.get(index));
                    prop_assert_eq!(&owned(list.iter_from(index))[..], &model[index..]);
                }
                for index in 0..model.len() {
                    let mut backwards = owned(list.iter_back_from(index));
                    backwards.reverse();
                    prop_assert_eq!(&backwards[..], &model[..=index]);
                }
            }
        }
    }

    #[test]
    fn forms_follow_the_bounds() {
        let limits = Config::new(&profile::REDIS_7_2).limits;
        let element = [b'x'; 100];
        let mut list = ListValue::default();
        // An entry takes its 100 bytes, 2 of encoding and 1 of length.
        for _ in 0..79 {
            list.push(&[&element], End::Right, limits);
        }
        assert_eq!(list.encoding(), "listpack");
        list.push(&[&element], End::Right, limits);
        assert_eq!((list.encoding(), list.nodes()), ("quicklist", 2));
        for left in (0..80).rev() {
            list.pop(End::Right);
            list.settle(limits);
            let fits = 7 + 103 * left <= 4096;
            assert_eq!(
                list.encoding(),
                if fits { "listpack" } else { "quicklist" },
                "{left}"
            );
        }
        let limits = Config::new(&profile::REDIS_7_0).limits;
        let mut list = ListValue::default();
        list.push(&[b"a"], End::Right, limits);
        list.settle(limits);
        assert_eq!(list.encoding(), "quicklist");
    }
}
