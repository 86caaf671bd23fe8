//! [`Quicklist`]: a sequence of byte strings of any length, in nodes of limited size.
//!
//! The nodes are listpacks, in a ring buffer; an element that is very large has a node of its own.
//! When a node is full, divided, or joined with its neighbour follows the server's rules, since the
//! form of a list that shrinks, and its dump, depend on the nodes. Ends cost the size of a node, and
//! so does an element anywhere else, beside one step for each node on the way from the nearer end.
//!
//! As a list grows at an end, its third node from there is sealed, so that it takes less. One that is to
//! be changed is opened again, and stays so. The two nodes at either end are never sealed then, so that
//! none is again and again where elements come and go.

use std::collections::VecDeque;

use crate::bytes::SmallBytes;
use crate::config::ListLimits;
use crate::values::list_node::{End, Node, NodeBound, NodeView, pop};
use crate::values::listpack::{Element, Listpack};
use crate::values::memory;

/// A sequence of byte strings.
#[derive(Clone, Debug, Default)]
pub struct Quicklist {
    /// None of them empty.
    nodes: VecDeque<Node>,
    len: usize,
}

/// Where an element is: the index of its node, and its index in the node.
#[derive(Clone, Copy, Debug)]
struct Place {
    node: usize,
    offset: usize,
}

impl Quicklist {
    /// How many bytes of heap it takes, looking at no more than `samples` nodes.
    pub fn heap_size(&self, samples: usize) -> usize {
        let sizes = self.nodes.iter();
        let sizes = sizes.map(|node| size_of_val(node) + node.heap_size());
        memory::sampled(sizes, self.nodes.len(), samples)
    }

    /// A sequence of one node.
    pub fn from_listpack(elements: Listpack) -> Quicklist {
        let len = elements.len();
        let node = (len > 0).then_some(Node::Packed(elements));
        Quicklist {
            nodes: node.into_iter().collect(),
            len,
        }
    }

    /// Its elements, when they are in one node that is not more than half full; not to be used any
    /// more then.
    pub fn take_if_half(&mut self, bound: NodeBound) -> Option<Listpack> {
        let elements = self.only()?;
        bound
            .is_half(elements.byte_len(), elements.len())
            .then(|| std::mem::take(elements))
    }

    /// Its elements, when they are in one node that may be so large; not to be used any more then.
    pub fn take_if_allowed(&mut self, bound: NodeBound) -> Option<Listpack> {
        let elements = self.only()?;
        bound
            .allows(elements.byte_len(), elements.len())
            .then(|| std::mem::take(elements))
    }

    /// The elements of the only node.
    fn only(&mut self) -> Option<&mut Listpack> {
        match self.nodes.len() {
            1 => self.nodes.front_mut()?.open_listpack(),
            _ => None,
        }
    }

    /// Adds a node at the end, unless it is empty.
    pub fn push_node(&mut self, elements: Listpack) {
        if !elements.is_empty() {
            self.len += elements.len();
            self.seal_before_push(End::Right);
            self.nodes.push_back(Node::Packed(elements));
        }
    }

    /// Adds a node of one large element at the end.
    pub fn push_large_node(&mut self, bytes: &[u8]) {
        self.len += 1;
        self.seal_before_push(End::Right);
        self.nodes.push_back(Node::Large(bytes.into()));
    }

    /// Seals the node that is the third from an end once there is one more, unless it is one of the two
    /// at the other end. Gives the listpack that it was in, emptied.
    fn seal_before_push(&mut self, end: End) -> Option<Listpack> {
        let nodes = self.nodes.len();
        if nodes < 4 {
            return None;
        }
        let node = match end {
            End::Left => &mut self.nodes[1],
            End::Right => &mut self.nodes[nodes - 2],
        };
        let room = node.seal();
        if room.is_none() {
            node.shrink_to_fit();
        }
        room
    }

    /// The nodes as they are.
    pub fn views(&self) -> impl Iterator<Item = NodeView<'_>> {
        self.nodes.iter().map(Node::view)
    }

    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Adds an element at an end.
    pub fn push(&mut self, bytes: &[u8], end: End, limits: ListLimits) {
        self.len += 1;
        if let Some(node) = self.end_mut(end)
            && let Some(elements) = node.with_room_for(bytes.len(), limits)
        {
            return match end {
                End::Left => elements.push_front(bytes),
                End::Right => elements.push(bytes),
            };
        }
        let node = match self.seal_before_push(end) {
            // What was at the end keeps its room: it is the next one's when it is sealed itself.
            Some(room) => Node::new_in(room, bytes, limits),
            None => {
                if let Some(node) = self.end_mut(end) {
                    node.shrink_to_fit();
                }
                Node::new(bytes, limits)
            }
        };
        if self.nodes.is_empty() {
            // Many lists never have a second one.
            self.nodes.reserve_exact(1);
        }
        match end {
            End::Left => self.nodes.push_front(node),
            End::Right => self.nodes.push_back(node),
        }
    }

    /// Removes the element at an end.
    pub fn pop(&mut self, end: End) -> Option<SmallBytes> {
        let popped = match self.end_mut(end)?.open() {
            Node::Packed(elements) if elements.len() > 1 => pop(elements, end),
            _ => {
                let node = match end {
                    End::Left => self.nodes.pop_front(),
                    End::Right => self.nodes.pop_back(),
                };
                node.and_then(|node| node.iter().next().map(Element::to_small))
            }
        };
        self.len -= 1;
        popped
    }

    fn end_mut(&mut self, end: End) -> Option<&mut Node> {
        match end {
            End::Left => self.nodes.front_mut(),
            End::Right => self.nodes.back_mut(),
        }
    }

    /// Where the element of an index is.
    fn locate(&self, index: usize) -> Option<Place> {
        if index >= self.len {
            return None;
        }
        if index <= self.len / 2 {
            let mut offset = index;
            for (node, elements) in self.nodes.iter().enumerate() {
                match offset.checked_sub(elements.len()) {
                    None => return Some(Place { node, offset }),
                    Some(rest) => offset = rest,
                }
            }
        } else {
            let mut behind = self.len - index;
            for (node, elements) in self.nodes.iter().enumerate().rev() {
                match elements.len().checked_sub(behind) {
                    Some(offset) => return Some(Place { node, offset }),
                    None => behind -= elements.len(),
                }
            }
        }
        None
    }

    /// The element of an index.
    pub fn get(&self, index: usize) -> Option<Element<'_>> {
        self.iter_from(index).next()
    }

    /// The elements from one on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = Element<'_>> {
        let place = self.locate(index);
        place.into_iter().flat_map(|Place { node, offset }| {
            let rest = self.nodes.range(node + 1..).flat_map(Node::iter);
            self.nodes[node].iter_from(offset).chain(rest)
        })
    }

    /// The elements from one towards the head.
    pub fn iter_back_from(&self, index: usize) -> impl Iterator<Item = Element<'_>> {
        let place = self.locate(index);
        place.into_iter().flat_map(|Place { node, offset }| {
            let rest = self.nodes.range(..node).rev();
            let rest = rest.flat_map(|node| node.iter().rev());
            self.nodes[node].iter_to(offset).rev().chain(rest)
        })
    }

    /// Puts an element in the place of another; tells whether there is one of that index.
    pub fn set(&mut self, index: usize, bytes: &[u8], limits: ListLimits) -> bool {
        let Some(place) = self.locate(index) else {
            return false;
        };
        let at = place.node;
        match self.nodes[at].open() {
            Node::Packed(elements)
                if bytes.len() < limits.large && elements.can_grow(bytes.len()) =>
            {
                if let Some(position) = elements.seek(place.offset) {
                    elements.replace(position, bytes);
                }
            }
            Node::Packed(elements) => {
                // The element stands between what was in front of its place and behind it.
                let behind = elements.seek(place.offset + 1).unwrap_or(elements.end());
                let behind = elements.split_off(behind);
                pop(elements, End::Right);
                let mut center = at + 1;
                if elements.is_empty() {
                    self.nodes.remove(at);
                    center = at;
                }
                if !behind.is_empty() {
                    self.nodes.insert(center, Node::Packed(behind));
                }
                self.nodes.insert(center, Node::new(bytes, limits));
                if center > at {
                    self.merge_around(center, limits);
                }
            }
            Node::Large(old) if bytes.len() >= limits.large => *old = bytes.into(),
            _ => {
                self.insert(place, bytes, End::Right, limits);
                self.nodes.remove(at);
                self.len -= 1;
            }
        }
        true
    }

    /// Adds an element beside the one of an index, on the left or on the right of it; tells whether
    /// there is one.
    pub fn insert_beside(
        &mut self,
        index: usize,
        bytes: &[u8],
        side: End,
        limits: ListLimits,
    ) -> bool {
        let place = self.locate(index);
        if let Some(place) = place {
            self.insert(place, bytes, side, limits);
        }
        place.is_some()
    }

    fn insert(&mut self, place: Place, bytes: &[u8], side: End, limits: ListLimits) {
        self.len += 1;
        let Place { node: at, offset } = place;
        let node = &mut self.nodes[at];
        // Where the new element comes in the node, and where a new node would beside it.
        let (offset, beside) = match side {
            End::Left => (offset, at),
            End::Right => (offset + 1, at + 1),
        };
        let is_at_end = match side {
            End::Left => offset == 0,
            End::Right => offset == node.len(),
        };
        if let Some(elements) = node.with_room_for(bytes.len(), limits) {
            let position = elements.seek(offset).unwrap_or(elements.end());
            elements.insert(position, bytes);
            return;
        }
        let left = match (!is_at_end).then(|| node.open_listpack()).flatten() {
            Some(left) => left,
            None => {
                let neighbour = match side {
                    End::Left => at.checked_sub(1),
                    End::Right => Some(at + 1),
                };
                let neighbour = neighbour.and_then(|at| self.nodes.get_mut(at));
                match neighbour.and_then(|node| node.with_room_for(bytes.len(), limits)) {
                    Some(elements) if side == End::Left => elements.push(bytes),
                    Some(elements) => elements.push_front(bytes),
                    None => self.nodes.insert(beside, Node::new(bytes, limits)),
                }
                return;
            }
        };
        let mut right = left.split_off(left.seek(offset).unwrap_or(left.end()));
        if bytes.len() >= limits.large {
            self.nodes.insert(at + 1, Node::Packed(right));
            self.nodes.insert(at + 1, Node::new(bytes, limits));
            return;
        }
        // The element goes to the half that the server makes a new node of.
        let old_half = match side {
            End::Left => {
                left.push(bytes);
                at + 1
            }
            End::Right => {
                right.push_front(bytes);
                at
            }
        };
        self.nodes.insert(at + 1, Node::Packed(right));
        self.merge_around(old_half, limits);
    }

    /// Joins the two nodes in front of one, the two behind it, and it with what is then beside it,
    /// wherever two fit into one.
    fn merge_around(&mut self, mut center: usize, limits: ListLimits) {
        if center >= 2 && self.merge(center - 2, limits) {
            center -= 1;
        }
        self.merge(center + 1, limits);
        if center >= 1 && self.merge(center - 1, limits) {
            center -= 1;
        }
        self.merge(center, limits);
    }

    /// Joins a node with the next one, if both fit into one; tells whether it did.
    fn merge(&mut self, at: usize, limits: ListLimits) -> bool {
        let (Some(left), Some(right)) = (self.nodes.get(at), self.nodes.get(at + 1)) else {
            return false;
        };
        let (Some(left_bytes), Some(right_bytes)) = (left.byte_len(), right.byte_len()) else {
            return false;
        };
        let bytes = left_bytes + right_bytes - limits.node_overhead;
        let fits = NodeBound::new(limits.node).allows(bytes, left.len() + right.len());
        if fits
            && let Some(mut right) = self.nodes.remove(at + 1)
            && let Some(right) = right.open_listpack()
            && let Some(left) = self.nodes[at].open_listpack()
        {
            left.append(right);
        }
        fits
    }

    /// Removes up to `max` elements equal to `bytes`, from an end on; gives how many.
    pub fn remove_equal(&mut self, bytes: &[u8], max: usize, from: End) -> usize {
        let wanted = Element::new(bytes);
        let mut left = max;
        let without = |node: Node| {
            let (removed, rest) = node.without(wanted, left, from);
            left -= removed;
            rest
        };
        let nodes = std::mem::take(&mut self.nodes).into_iter();
        self.nodes = match from {
            End::Left => nodes.filter_map(without).collect(),
            End::Right => {
                let mut nodes: VecDeque<Node> = nodes.rev().filter_map(without).collect();
                nodes.make_contiguous().reverse();
                nodes
            }
        };
        let removed = max - left;
        self.len -= removed;
        removed
    }

    /// Removes up to `count` elements from an index on.
    pub fn remove_range(&mut self, index: usize, count: usize) {
        let Some(Place { mut node, offset }) = self.locate(index) else {
            return;
        };
        let mut left = count.min(self.len - index);
        self.len -= left;
        if offset > 0 {
            left -= self.nodes[node].remove_range(offset, left);
            node += 1;
        }
        let mut whole = 0;
        while let Some(len) = self.nodes.get(node + whole).map(Node::len)
            && len <= left
        {
            left -= len;
            whole += 1;
        }
        self.nodes.drain(node..node + whole);
        if left > 0 {
            self.nodes[node].remove_range(0, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::profile;
    use crate::rng::Rng;

    /// What a list does is the same, node by node, if each node is opened as soon as it was sealed.
    #[test]
    fn sealed_nodes_are_as_others() {
        let mut limits = Config::new(&profile::REDIS_7_2).limits.list;
        (limits.node, limits.large) = (12, 60);
        let mut rng = Rng::new(11);
        let (mut list, mut open) = (Quicklist::default(), Quicklist::default());
        let (mut sealed, mut opened) = (0, 0);
        let nodes = |list: &Quicklist| -> Vec<Vec<u8>> {
            let bytes = |view| match view {
                NodeView::Packed(elements) => elements.to_bytes(),
                NodeView::Large(bytes) => bytes.to_vec(),
            };
            list.views().map(bytes).collect()
        };
        let count = |list: &Quicklist| {
            let sealed = list
                .nodes
                .iter()
                .filter(|node| matches!(node, Node::Sealed(_)));
            sealed.count()
        };
        for step in 0..6_000 {
            let text = match rng.below(40) {
                0 => "x".repeat(70),
                1 => "y".repeat(30),
                n => n.to_string(),
            };
            let (bytes, index) = (text.as_bytes(), rng.below(list.len() + 1));
            let end = if rng.below(2) == 0 {
                End::Left
            } else {
                End::Right
            };
            let before = count(&list);
            let grows = step / 300 % 2 == 0;
            let op = match rng.below(16) {
                0..8 if grows => 0,
                0..8 => 1,
                n => n,
            };
            let (max, range) = (rng.below(4), rng.below(30));
            let results = [&mut list, &mut open].map(|list| match op {
                0 => {
                    list.push(bytes, end, limits);
                    0
                }
                1 => list.pop(end).map_or(0, |popped| popped.as_slice().len()),
                8 => usize::from(list.set(index, bytes, limits)),
                9 => usize::from(list.insert_beside(index, bytes, end, limits)),
                10 => list.remove_equal(bytes, max, end),
                11 if step % 5 == 0 => {
                    list.remove_range(index, range);
                    0
                }
                12 => {
                    if let Some(elements) = list.take_if_half(NodeBound::new(limits.node)) {
                        *list = Quicklist::from_listpack(elements);
                    }
                    0
                }
                _ => list.get(index).map_or(0, Element::len),
            });
            assert_eq!(results[0], results[1], "{step}: {op}");
            sealed += usize::from(count(&list) > before);
            opened += usize::from(count(&list) < before);
            open.nodes.iter_mut().for_each(|node| {
                node.open();
            });
            assert_eq!(nodes(&list), nodes(&open), "{step}: {op}");
            assert_eq!(list.len(), open.len());
            assert!(list.iter_from(index).eq(open.iter_from(index)));
            assert!(list.iter_back_from(index).eq(open.iter_back_from(index)));
        }
        assert!(sealed > 50 && opened > 50, "{sealed} and {opened}");
    }

    /// A byte for each element is saved, and nodes that came and went at the end leave nothing behind.
    #[test]
    fn long_lists_take_less_than_their_listpacks() {
        let limits = Config::new(&profile::REDIS_7_2).limits.list;
        for end in [End::Left, End::Right] {
            let mut list = Quicklist::default();
            for n in 0..100_000 {
                list.push(format!("item:{n}").as_bytes(), end, limits);
            }
            let bytes = list.views().map(|node| match node {
                NodeView::Packed(elements) => elements.byte_len(),
                NodeView::Large(bytes) => bytes.len(),
            });
            let listpacks: usize = bytes.sum();
            let heap = list.heap_size(usize::MAX);
            assert!(heap < listpacks - 80_000, "{heap} of {listpacks}");
        }
    }

    /// Nodes of long elements would gain nothing.
    #[test]
    fn nodes_of_long_elements_are_left_as_they_are() {
        let limits = Config::new(&profile::REDIS_7_2).limits.list;
        let mut list = Quicklist::default();
        for _ in 0..100 {
            list.push(&[b'x'; 1000], End::Right, limits);
        }
        assert!(list.nodes() > 10);
        let packed = list
            .nodes
            .iter()
            .filter(|node| matches!(node, Node::Packed(_)));
        assert_eq!(packed.count(), list.nodes());
    }

    /// Servers of the two versions differ in what they think is saved; a node may exceed its bound by that.
    #[test]
    fn two_nodes_become_one_where_the_server_joins_them() {
        for (profile, largest) in [(&profile::REDIS_7_0, 8196), (&profile::REDIS_7_2, 8192)] {
            let limits = Config::new(profile).limits.list;
            for joined in 8188..8200 {
                let mut left = Listpack::new();
                left.push(&[b'x'; 4000]);
                // An encoding of five bytes in front of it, a length of two behind.
                let mut right = Listpack::new();
                right.push(&vec![b'x'; joined - left.byte_len() - 7]);
                let mut list = Quicklist::default();
                list.push_node(left);
                list.push_node(right);
                assert_eq!(list.merge(0, limits), joined <= largest, "{joined}");
                let bytes = list.views().map(|node| match node {
                    NodeView::Packed(elements) => elements.byte_len(),
                    NodeView::Large(bytes) => bytes.len(),
                });
                let header = Listpack::new().byte_len() * (list.nodes() - 1);
                assert_eq!(bytes.sum::<usize>() - header, joined);
            }
        }
    }
}
