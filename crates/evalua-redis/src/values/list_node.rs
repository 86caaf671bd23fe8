//! [`Node`]: a part of a list that is limited in size, and what may be in it.
//!
//! A node is a listpack, or a sealed one, or a very large element by itself. Knows nothing of the nodes beside it.

use std::borrow::Cow;

use crate::bytes::SmallBytes;
use crate::config::ListLimits;
use crate::values::listpack::{self, Element, Listpack};
use crate::values::sealed::{self, Sealed};

/// What a node that is limited by the number of its elements may take in bytes all the same.
const SAFE_BYTES: usize = 8192;

/// What an element is assumed to take in a listpack beside its own length.
const OVERHEAD: usize = 8;

/// The limits in bytes that -1, -2 and so on stand for.
const CLASSES: [usize; 5] = [4096, 8192, 16_384, 32_768, 65_536];

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The head, where index 0 is.
    Left,
    /// The tail.
    Right,
}

/// The most that a node may hold.
#[derive(Clone, Copy, Debug)]
pub enum NodeBound {
    /// So many bytes.
    Bytes(usize),
    /// So many elements.
    Elements(usize),
}

impl NodeBound {
    /// What list-max-listpack-size means.
    pub fn new(size: i64) -> NodeBound {
        match usize::try_from(size) {
            Ok(elements) => NodeBound::Elements(elements.max(1)),
            Err(_) => {
                let class = size.unsigned_abs().min(CLASSES.len() as u64);
                NodeBound::Bytes(CLASSES[class as usize - 1])
            }
        }
    }

    /// Whether a node may hold so much.
    pub fn allows(self, bytes: usize, elements: usize) -> bool {
        match self {
            NodeBound::Bytes(max) => bytes <= max,
            NodeBound::Elements(max) => bytes <= SAFE_BYTES && elements <= max,
        }
    }

    /// Whether a node with so much is no more than half full.
    pub fn is_half(self, bytes: usize, elements: usize) -> bool {
        match self {
            NodeBound::Bytes(max) => bytes <= max / 2,
            NodeBound::Elements(max) => elements <= max / 2,
        }
    }
}

/// A node.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Packed(Listpack),
    Sealed(Sealed),
    /// One very large element.
    Large(Box<[u8]>),
}

/// A node as it is.
#[derive(Clone, Debug)]
pub enum NodeView<'a> {
    /// Some elements.
    Packed(Cow<'a, Listpack>),
    /// One very large element.
    Large(&'a [u8]),
}

impl Node {
    /// A node of one element.
    pub(super) fn new(bytes: &[u8], limits: ListLimits) -> Node {
        Node::new_in(Listpack::new(), bytes, limits)
    }

    /// A node in the room of an empty listpack.
    pub(super) fn new_in(mut elements: Listpack, bytes: &[u8], limits: ListLimits) -> Node {
        if bytes.len() >= limits.large {
            return Node::Large(bytes.into());
        }
        elements.push(bytes);
        Node::Packed(elements)
    }

    /// The node, opened if it is sealed.
    #[inline]
    pub(super) fn open(&mut self) -> &mut Node {
        if let Node::Sealed(elements) = self {
            *self = Node::Packed(elements.open());
        }
        self
    }

    /// How many elements there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Node::Packed(elements) => elements.len(),
            Node::Sealed(elements) => elements.len(),
            Node::Large(_) => 1,
        }
    }

    /// The elements in order, or backwards.
    pub(super) fn iter(&self) -> NodeIter<'_> {
        match self {
            Node::Packed(elements) => NodeIter::Packed(elements.iter()),
            Node::Sealed(elements) => NodeIter::Sealed(elements.iter()),
            Node::Large(bytes) => NodeIter::Large(Some(Element::new(bytes))),
        }
    }

    /// The elements from one on.
    pub(super) fn iter_from(&self, offset: usize) -> NodeIter<'_> {
        match self {
            Node::Packed(elements) => NodeIter::Packed(iter_from(elements, offset)),
            Node::Sealed(elements) => NodeIter::Sealed(elements.iter_from(offset)),
            Node::Large(_) => self.iter(),
        }
    }

    /// The elements up to one.
    pub(super) fn iter_to(&self, offset: usize) -> NodeIter<'_> {
        match self {
            Node::Packed(elements) => NodeIter::Packed(iter_to(elements, offset)),
            Node::Sealed(elements) => NodeIter::Sealed(elements.iter_to(offset)),
            Node::Large(_) => self.iter(),
        }
    }

    /// Removes some but not all of its elements, up to `count` from one on; gives how many.
    pub(super) fn remove_range(&mut self, offset: usize, count: usize) -> usize {
        let Node::Packed(elements) = self.open() else {
            return 0;
        };
        let before = elements.len();
        remove_range(elements, offset, count);
        before - elements.len()
    }

    /// Removes up to `max` elements equal to `wanted`, from an end on; gives how many, and what is left.
    pub(super) fn without(
        mut self,
        wanted: Element<'_>,
        max: usize,
        from: End,
    ) -> (usize, Option<Node>) {
        match &mut self {
            Node::Sealed(elements) if max == 0 || elements.iter().all(|known| known != wanted) => {
                (0, Some(self))
            }
            Node::Large(bytes) if max == 0 || Element::new(bytes) != wanted => (0, Some(self)),
            node => {
                let Some(elements) = node.open_listpack() else {
                    return (1, None);
                };
                let removed = remove_equal(elements, wanted, max, from);
                let is_left = !elements.is_empty();
                (removed, is_left.then_some(self))
            }
        }
    }

    /// Gives back the room to grow.
    pub(super) fn shrink_to_fit(&mut self) {
        if let Node::Packed(elements) = self {
            elements.shrink_to_fit();
        }
    }

    /// Seals it, if that gains something; gives the listpack that it was in, emptied.
    pub(super) fn seal(&mut self) -> Option<Listpack> {
        let Node::Packed(elements) = self else {
            return None;
        };
        let sealed = Sealed::new(elements)?;
        let mut elements = std::mem::take(elements);
        elements.clear();
        *self = Node::Sealed(sealed);
        Some(elements)
    }

    /// How many bytes of heap it holds.
    pub(super) fn heap_size(&self) -> usize {
        match self {
            Node::Packed(elements) => elements.heap_size(),
            Node::Sealed(elements) => elements.heap_size(),
            Node::Large(bytes) => bytes.len(),
        }
    }

    /// The node as it is.
    pub(super) fn view(&self) -> NodeView<'_> {
        match self {
            Node::Packed(elements) => NodeView::Packed(Cow::Borrowed(elements)),
            Node::Sealed(elements) => NodeView::Packed(Cow::Owned(elements.open())),
            Node::Large(bytes) => NodeView::Large(bytes),
        }
    }

    /// How many bytes its listpack has, if it is one.
    pub(super) fn byte_len(&self) -> Option<usize> {
        match self {
            Node::Packed(elements) => Some(elements.byte_len()),
            Node::Sealed(elements) => Some(elements.byte_len()),
            Node::Large(_) => None,
        }
    }

    /// Its elements, when there is room for one more of that length.
    pub(super) fn with_room_for(
        &mut self,
        len: usize,
        limits: ListLimits,
    ) -> Option<&mut Listpack> {
        let elements = self.open_listpack()?;
        let bytes = elements.byte_len() + len + OVERHEAD;
        let allows = NodeBound::new(limits.node).allows(bytes, elements.len() + 1);
        (len < limits.large && allows).then_some(elements)
    }

    /// Its elements, unless it is a large one.
    #[inline]
    pub(super) fn open_listpack(&mut self) -> Option<&mut Listpack> {
        match self.open() {
            Node::Packed(elements) => Some(elements),
            _ => None,
        }
    }
}

/// The elements of a listpack from one on; none when there are not so many.
pub fn iter_from(elements: &Listpack, offset: usize) -> listpack::Iter<'_> {
    elements.iter_from(elements.seek(offset).unwrap_or(elements.end()))
}

/// The elements of a listpack up to one, or all when there are not so many.
pub fn iter_to(elements: &Listpack, offset: usize) -> listpack::Iter<'_> {
    elements.iter_to(elements.seek(offset + 1).unwrap_or(elements.end()))
}

/// Removes the element of a listpack at an end.
pub fn pop(elements: &mut Listpack, end: End) -> Option<SmallBytes> {
    let at = match end {
        End::Left => elements.start(),
        End::Right => elements.prev(elements.end())?,
    };
    let element = elements.get(at)?.to_small();
    elements.remove(at);
    Some(element)
}

/// Removes up to `count` elements of a listpack from an index on.
pub fn remove_range(elements: &mut Listpack, index: usize, count: usize) {
    if let Some(at) = elements.seek(index) {
        elements.remove_many(at, count);
    }
}

/// Removes up to `max` elements equal to `wanted`, from an end on; gives how many.
pub fn remove_equal(elements: &mut Listpack, wanted: Element<'_>, max: usize, from: End) -> usize {
    let mut removed = 0;
    let mut at = match from {
        End::Left => elements.start(),
        End::Right => elements.end(),
    };
    while removed < max {
        if from == End::Right {
            match elements.prev(at) {
                Some(prev) => at = prev,
                None => break,
            }
        }
        match elements.read(at) {
            Some((element, _)) if element == wanted => {
                elements.remove(at);
                removed += 1;
            }
            Some((_, next)) if from == End::Left => at = next,
            Some(_) => {}
            None => break,
        }
    }
    removed
}

/// The elements of a node.
pub(super) enum NodeIter<'a> {
    Packed(listpack::Iter<'a>),
    Sealed(sealed::Iter<'a>),
    Large(Option<Element<'a>>),
}

impl<'a> Iterator for NodeIter<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        match self {
            NodeIter::Packed(elements) => elements.next(),
            NodeIter::Sealed(elements) => elements.next(),
            NodeIter::Large(element) => element.take(),
        }
    }
}

impl DoubleEndedIterator for NodeIter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            NodeIter::Packed(elements) => elements.next_back(),
            NodeIter::Sealed(elements) => elements.next_back(),
            NodeIter::Large(element) => element.take(),
        }
    }
}
