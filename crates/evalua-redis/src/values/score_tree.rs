//! [`ScoreTree`]: a sequence of scores with the ids of their members, kept in order by its owner,
//! in which every position is found in logarithmic time.
//!
//! A B+ tree that counts: each child of an inner node carries how many entries are below it, which
//! gives ranks, and a copy of its first entry, which gives searches. No crate at hand has both ranks
//! and an order that is known outside of the tree: ties of scores are broken by the bytes of members,
//! which are stored elsewhere, once. So the tree compares nothing itself: it is asked for the point
//! where a predicate turns false, and changed at positions. Knows nothing of sets or members.

use std::ops::Range;

/// The most entries of a leaf.
const LEAF: usize = 64;

/// The most children of an inner node.
const FANOUT: usize = 32;

/// A node with fewer than one in so many of the most is joined to a sibling.
const SPARSE: usize = 4;

/// A score and who has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// The score; never a NaN.
    pub score: f64,
    /// The id of the member.
    pub id: u32,
}

/// The sequence.
#[derive(Clone, Debug)]
pub struct ScoreTree {
    root: Node,
    len: usize,
}

#[derive(Clone, Debug)]
enum Node {
    Leaf(Vec<Entry>),
    Inner(Vec<Child>),
}

/// A subtree, which is not empty.
#[derive(Clone, Debug)]
struct Child {
    first: Entry,
    count: usize,
    node: Node,
}

impl Default for ScoreTree {
    fn default() -> ScoreTree {
        ScoreTree {
            root: Node::Leaf(Vec::new()),
            len: 0,
        }
    }
}

impl FromIterator<Entry> for ScoreTree {
    /// Takes entries that are in order already.
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> ScoreTree {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let len = entries.len();
        let mut level: Vec<Node> = entries
            .chunks(LEAF)
            .map(|chunk| Node::Leaf(chunk.to_vec()))
            .collect();
        while level.len() > 1 {
            let mut above = Vec::with_capacity(level.len().div_ceil(FANOUT));
            let mut nodes = level.into_iter().map(Child::new).peekable();
            while nodes.peek().is_some() {
                above.push(Node::Inner(nodes.by_ref().take(FANOUT).collect()));
            }
            level = above;
        }
        match level.pop() {
            Some(root) => ScoreTree { root, len },
            None => ScoreTree::default(),
        }
    }
}

impl ScoreTree {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The position of the first entry for which `before` is false, when it is true for all that
    /// come before and false for all that follow.
    pub fn partition_point(&self, before: impl Fn(&Entry) -> bool) -> usize {
        let mut passed = 0;
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(entries) => return passed + entries.partition_point(before),
                Node::Inner(children) => {
                    let beyond = children.partition_point(|child| before(&child.first));
                    let Some(at) = beyond.checked_sub(1) else {
                        return passed;
                    };
                    passed += children[..at].iter().map(|c| c.count).sum::<usize>();
                    node = &children[at].node;
                }
            }
        }
    }

    /// Puts an entry at a position, which is at most [`ScoreTree::len`].
    pub fn insert(&mut self, at: usize, entry: Entry) {
        if let Some(right) = self.root.insert(at, entry) {
            let left = std::mem::replace(&mut self.root, Node::Inner(Vec::new()));
            self.root = Node::Inner(vec![Child::new(left), Child::new(right)]);
        }
        self.len += 1;
    }

    /// Removes the entry at a position below [`ScoreTree::len`].
    pub fn remove(&mut self, at: usize) -> Entry {
        let removed = self.root.remove(at);
        self.len -= 1;
        while let Node::Inner(children) = &mut self.root
            && children.len() <= 1
        {
            self.root = match children.pop() {
                Some(only) => only.node,
                None => Node::Leaf(Vec::new()),
            };
        }
        removed
    }

    /// Gives the member at a position below [`ScoreTree::len`] another id.
    pub fn set_id(&mut self, at: usize, id: u32) {
        self.root.set_id(at, id);
    }

    /// The entries at these positions, all below [`ScoreTree::len`].
    pub fn range(&self, positions: Range<usize>) -> Iter<'_> {
        Iter {
            tree: self,
            front: positions.start,
            back: positions.end,
            head: [].iter(),
            tail: [].iter(),
        }
    }

    /// The leaf of a position, and the position in it.
    fn leaf(&self, mut at: usize) -> (&Vec<Entry>, usize) {
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(entries) => return (entries, at),
                Node::Inner(children) => {
                    let (child, inside) = seek(children, at);
                    node = &children[child].node;
                    at = inside;
                }
            }
        }
    }

    /// How many bytes of heap it holds, looking at about `samples` leaves all over it, which stand for
    /// all.
    pub fn heap_size(&self, samples: usize) -> usize {
        let step = (self.len / samples.max(1)).max(1);
        let (mut bytes, mut entries, mut at) = (0_usize, 0_usize, 0_usize);
        while at < self.len {
            let (leaf, inside) = self.leaf(at);
            bytes += size_of::<Child>() + leaf.capacity() * size_of::<Entry>();
            entries += leaf.len();
            at = (at - inside + leaf.len()).max(at + step);
        }
        if entries == 0 {
            return 0;
        }
        // Wide enough: both are sizes of things in memory.
        (bytes as u128 * self.len as u128 / entries as u128) as usize
    }
}

/// The child in which a position is, the last one for positions beyond the end, and the position in
/// it.
fn seek(children: &[Child], mut at: usize) -> (usize, usize) {
    let last = children.len() - 1;
    for (index, child) in children[..last].iter().enumerate() {
        if at < child.count {
            return (index, at);
        }
        at -= child.count;
    }
    (last, at)
}

impl Child {
    fn new(node: Node) -> Child {
        let mut child = Child {
            first: Entry { score: 0.0, id: 0 },
            count: 0,
            node,
        };
        child.refresh();
        child
    }

    /// Sees what has changed below.
    fn refresh(&mut self) {
        self.count = match &self.node {
            Node::Leaf(entries) => entries.len(),
            Node::Inner(children) => children.iter().map(|child| child.count).sum(),
        };
        self.refresh_first();
    }

    /// Sees what has changed below beside the count. To count again would mean to look at all children.
    fn refresh_first(&mut self) {
        let first = match &self.node {
            Node::Leaf(entries) => entries.first().copied(),
            Node::Inner(children) => children.first().map(|child| child.first),
        };
        // Only for a moment is a node empty: then it is removed.
        self.first = first.unwrap_or(self.first);
    }
}

/// Puts an item at a position of a node; when the node is full, cuts off its right part first and gives that.
/// What grows at its end is left full, since more is likely to follow there.
fn insert<T>(items: &mut Vec<T>, at: usize, item: T, most: usize) -> Option<Vec<T>> {
    if items.len() < most {
        items.insert(at, item);
        return None;
    }
    let keep = if at == items.len() { at } else { most / 2 };
    let mut right = items.split_off(keep);
    if at <= keep && !right.is_empty() {
        items.insert(at, item);
    } else {
        right.insert(at - keep, item);
    }
    Some(right)
}

impl Node {
    /// How many entries or children of its own it has, and the most it may have.
    fn width(&self) -> (usize, usize) {
        match self {
            Node::Leaf(entries) => (entries.len(), LEAF),
            Node::Inner(children) => (children.len(), FANOUT),
        }
    }

    /// Cuts off its right half when it has become too wide.
    fn split(&mut self) -> Option<Node> {
        let (width, most) = self.width();
        if width <= most {
            return None;
        }
        /// The part on the right; the left one gives the room back that it took to be too wide.
        fn halve<T>(items: &mut Vec<T>, keep: usize, most: usize) -> Vec<T> {
            let right = items.split_off(keep);
            items.shrink_to(most);
            right
        }
        Some(match self {
            Node::Leaf(entries) => Node::Leaf(halve(entries, width / 2, most)),
            Node::Inner(children) => Node::Inner(halve(children, width / 2, most)),
        })
    }

    /// Gives the right part when there are two of it now.
    fn insert(&mut self, at: usize, entry: Entry) -> Option<Node> {
        match self {
            Node::Leaf(entries) => insert(entries, at, entry, LEAF).map(Node::Leaf),
            Node::Inner(children) => {
                let (index, inside) = seek(children, at);
                let child = &mut children[index];
                let Some(right) = child.node.insert(inside, entry) else {
                    child.count += 1;
                    child.refresh_first();
                    return None;
                };
                child.refresh();
                let right = Child::new(right);
                insert(children, index + 1, right, FANOUT).map(Node::Inner)
            }
        }
    }

    fn remove(&mut self, at: usize) -> Entry {
        match self {
            Node::Leaf(entries) => entries.remove(at),
            Node::Inner(children) => {
                let (index, inside) = seek(children, at);
                let child = &mut children[index];
                let removed = child.node.remove(inside);
                child.count -= 1;
                child.refresh_first();
                let (width, most) = children[index].node.width();
                if children[index].count == 0 {
                    // It may have been an only child, with nobody to be joined to.
                    children.remove(index);
                } else if width < most / SPARSE && children.len() > 1 {
                    join(children, index.saturating_sub(1));
                }
                removed
            }
        }
    }

    fn set_id(&mut self, at: usize, id: u32) {
        match self {
            Node::Leaf(entries) => entries[at].id = id,
            Node::Inner(children) => {
                let (index, inside) = seek(children, at);
                children[index].node.set_id(inside, id);
                children[index].refresh_first();
            }
        }
    }
}

/// Joins a child and the next one; when that is too wide, they get half of it each.
fn join(children: &mut Vec<Child>, left: usize) {
    let right = children.remove(left + 1).node;
    let joined = &mut children[left];
    match (&mut joined.node, right) {
        (Node::Leaf(left), Node::Leaf(mut right)) => left.append(&mut right),
        (Node::Inner(left), Node::Inner(mut right)) => left.append(&mut right),
        _ => unreachable!("all leaves are equally deep"),
    }
    let rest = joined.node.split();
    joined.refresh();
    if let Some(rest) = rest {
        children.insert(left + 1, Child::new(rest));
    }
}

/// Some entries of a [`ScoreTree`] in their order, or backwards.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    tree: &'a ScoreTree,
    front: usize,
    back: usize,
    /// From the front to the end of its leaf. Ends are told by the positions alone.
    head: std::slice::Iter<'a, Entry>,
    /// From the start of its leaf to the back.
    tail: std::slice::Iter<'a, Entry>,
}

impl Iterator for Iter<'_> {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        if self.front >= self.back {
            return None;
        }
        if self.head.as_slice().is_empty() {
            let (leaf, at) = self.tree.leaf(self.front);
            self.head = leaf[at..].iter();
        }
        self.front += 1;
        self.head.next().copied()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.back.saturating_sub(self.front);
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Entry> {
        if self.front >= self.back {
            return None;
        }
        self.back -= 1;
        if self.tail.as_slice().is_empty() {
            let (leaf, at) = self.tree.leaf(self.back);
            self.tail = leaf[..=at].iter();
        }
        self.tail.next_back().copied()
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Checks what the methods rely on; gives the depth.
    fn check(node: &Node, is_root: bool) -> usize {
        let (width, most) = node.width();
        assert!(width <= most);
        assert!(is_root || width > 0);
        let Node::Inner(children) = node else {
            return 0;
        };
        assert!(!is_root || width > 1);
        let depths: Vec<usize> = children
            .iter()
            .map(|child| {
                let fresh = Child::new(child.node.clone());
                assert_eq!((child.first, child.count), (fresh.first, fresh.count));
                check(&child.node, false)
            })
            .collect();
        assert!(depths.iter().all(|depth| *depth == depths[0]));
        depths[0] + 1
    }

    #[derive(Clone, Debug)]
    enum Op {
        Insert(f64),
        Append(u16),
        Remove(usize),
        Drain(usize, usize),
        SetId(usize, u32),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            6 => (0..50_u8).prop_map(|n| Op::Insert(f64::from(n))),
            1 => (0..300_u16).prop_map(Op::Append),
            3 => any::<usize>().prop_map(Op::Remove),
            1 => (any::<usize>(), 0..200_usize).prop_map(|(at, n)| Op::Drain(at, n)),
            1 => (any::<usize>(), any::<u32>()).prop_map(|(at, id)| Op::SetId(at, id)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn behaves_as_a_sorted_vector(
            start in 0..5000_u32,
            ops in prop::collection::vec(op(), 0..200),
            ranges in prop::collection::vec((any::<usize>(), any::<usize>()), 8),
        ) {
            let entry = |score, id| Entry { score, id };
            let mut model: Vec<Entry> = (0..start).map(|n| entry(f64::from(n / 100), n)).collect();
            let mut tree: ScoreTree = model.iter().copied().collect();
            let mut next_id = start;
            for op in ops {
                match op {
                    Op::Insert(score) => {
                        let at = tree.partition_point(|e| e.score <= score);
                        prop_assert_eq!(at, model.partition_point(|e| e.score <= score));
                        tree.insert(at, entry(score, next_id));
                        model.insert(at, entry(score, next_id));
                        next_id += 1;
                    }
                    Op::Append(count) => {
                        for _ in 0..count {
                            tree.insert(tree.len(), entry(1e9, next_id));
                            model.push(entry(1e9, next_id));
                            next_id += 1;
                        }
                    }
                    Op::Remove(at) if !model.is_empty() => {
                        let at = at % model.len();
                        prop_assert_eq!(tree.remove(at), model.remove(at));
                    }
                    Op::Drain(at, count) if !model.is_empty() => {
                        let at = at % model.len();
                        for _ in 0..count.min(model.len() - at) {
                            prop_assert_eq!(tree.remove(at), model.remove(at));
                        }
                    }
                    Op::SetId(at, id) if !model.is_empty() => {
                        let at = at % model.len();
                        tree.set_id(at, id);
                        model[at].id = id;
                    }
                    _ => {}
                }
            }
            check(&tree.root, true);
            prop_assert_eq!(tree.len(), model.len());
            for (a, b) in ranges {
                let (a, b) = (a % (model.len() + 1), b % (model.len() + 1));
                let range = a.min(b)..a.max(b);
                let part = &model[range.clone()];
                prop_assert!(tree.range(range.clone()).eq(part.iter().copied()));
                prop_assert!(tree.range(range.clone()).rev().eq(part.iter().rev().copied()));
                // From both ends, until they meet.
                let mut iter = tree.range(range);
                let mut expected = part.iter().copied();
                while iter.len() > 0 {
                    prop_assert_eq!(iter.next(), expected.next());
                    prop_assert_eq!(iter.next_back(), expected.next_back());
                }
            }
        }
    }

    #[test]
    fn an_only_child_that_becomes_empty_goes() {
        let entry = |id| Entry {
            score: f64::from(id),
            id,
        };
        // The last entry has a leaf of its own, and that an inner node.
        let count = (LEAF * FANOUT) as u32 + 1;
        let mut tree = ScoreTree::default();
        for id in 0..count {
            tree.insert(tree.len(), entry(id));
        }
        assert_eq!(tree.remove(tree.len() - 1), entry(count - 1));
        check(&tree.root, true);
        while !tree.is_empty() {
            tree.remove(tree.len() - 1);
            check(&tree.root, true);
        }
        tree.insert(0, entry(7));
        assert!(tree.range(0..1).eq([entry(7)]));
    }

    #[test]
    fn is_full_after_ascending_insertion() {
        let mut tree = ScoreTree::default();
        for id in 0..100_000_u32 {
            let at = tree.len();
            tree.insert(at, Entry { score: 0.0, id });
        }
        check(&tree.root, true);
        for samples in [5, usize::MAX] {
            let bytes = tree.heap_size(samples);
            assert!(bytes < 100_000 * 18, "{samples}: {bytes}");
        }
    }
}
