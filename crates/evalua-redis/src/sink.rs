//! [`Sink`]: where an answer may go item by item, so that no [`Reply`] is built of it.
//!
//! Owns the two ways that an [`Answer`] has: a script that speaks RESP2 takes items as they come, and all others
//! get a [`Reply`]. It must not know what becomes of the items.

use crate::bytes::SmallBytes;
use crate::reply::Reply;
use crate::values::listpack::Element;

/// One item of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item<'a> {
    /// A byte string.
    Bytes(&'a [u8]),
    /// A byte string: the decimal form of this integer.
    Digits(i64),
    /// A floating-point number.
    Double(f64),
    /// Nothing, where a byte string could be.
    Null,
}

impl<'a> From<Element<'a>> for Item<'a> {
    #[inline]
    fn from(element: Element<'a>) -> Item<'a> {
        match element {
            Element::Bytes(bytes) => Item::Bytes(bytes),
            Element::Int(n) => Item::Digits(n),
        }
    }
}

impl<'a, T: Into<Item<'a>>> From<Option<T>> for Item<'a> {
    #[inline]
    fn from(item: Option<T>) -> Item<'a> {
        item.map_or(Item::Null, T::into)
    }
}

impl<'a> From<&'a [u8]> for Item<'a> {
    #[inline]
    fn from(bytes: &'a [u8]) -> Item<'a> {
        Item::Bytes(bytes)
    }
}

impl From<Item<'_>> for Reply {
    #[inline]
    fn from(item: Item<'_>) -> Reply {
        match item {
            Item::Bytes(bytes) => Reply::Bulk(SmallBytes::new(bytes)),
            Item::Digits(n) => Reply::Bulk(SmallBytes::from_int(n)),
            Item::Double(value) => Reply::Double(value),
            Item::Null => Reply::Null,
        }
    }
}

/// Beside the way to a sink this would be in the way.
#[inline(never)]
fn one_reply(item: Item<'_>) -> Reply {
    Reply::from(item)
}

/// Who takes items. It gets what RESP2 has: in place of a map the list in which keys and values alternate.
pub(crate) trait Sink {
    /// The answer is a list, of about so many items.
    fn begin_list(&mut self, count: usize);

    /// An item of the list; without a list the answer.
    fn add(&mut self, item: Item<'_>);
}

/// The answer to a command that is about to be given: each of these functions gives it. The reply that they make
/// is what the handler returns; where the items have gone to a sink, it is [`Reply::NOTHING`].
pub(crate) struct Answer<'a>(Option<&'a mut dyn Sink>);

impl<'a> Answer<'a> {
    /// An answer that goes to a sink if there is one.
    #[inline]
    pub fn to(sink: Option<&'a mut dyn Sink>) -> Answer<'a> {
        Answer(sink)
    }

    /// One item.
    #[inline]
    pub fn one<'i>(self, item: impl Into<Item<'i>>) -> Reply {
        match self.0 {
            None => one_reply(item.into()),
            Some(sink) => {
                sink.add(item.into());
                Reply::NOTHING
            }
        }
    }

    /// A sequence of about `count` items.
    #[inline]
    pub fn array<'i, I: Into<Item<'i>>>(
        self,
        count: usize,
        items: impl Iterator<Item = I>,
    ) -> Reply {
        let mut list = self.begin(count);
        items.for_each(|item| list.add(item));
        list.finish(Reply::Array)
    }

    /// Members in no order, about `count`.
    #[inline]
    pub fn set<'i, I: Into<Item<'i>>>(self, count: usize, items: impl Iterator<Item = I>) -> Reply {
        let mut list = self.begin(count);
        items.for_each(|item| list.add(item));
        list.finish(Reply::Set)
    }

    /// A list of about `count` items that are still to be added.
    #[inline]
    pub fn begin(self, count: usize) -> List<'a> {
        match self.0 {
            None => List::Replies(Vec::with_capacity(count)),
            Some(sink) => {
                sink.begin_list(count);
                List::Sink(sink)
            }
        }
    }

    /// About `count` keys and values.
    #[inline]
    pub fn map<'i, I: Into<Item<'i>>>(
        self,
        count: usize,
        pairs: impl Iterator<Item = (I, I)>,
    ) -> Reply {
        let pairs = pairs.map(|(key, value)| (key.into(), value.into()));
        self.both(count, pairs, Reply::Map)
    }

    /// A sequence of about `count` pairs of a member and its score.
    #[inline]
    pub fn scored<'i>(self, count: usize, pairs: impl Iterator<Item = (&'i [u8], f64)>) -> Reply {
        let pairs = pairs.map(|(member, score)| (Item::Bytes(member), Item::Double(score)));
        self.both(count, pairs, Reply::Pairs)
    }

    fn both<'i>(
        self,
        count: usize,
        pairs: impl Iterator<Item = (Item<'i>, Item<'i>)>,
        collected: impl FnOnce(Vec<(Reply, Reply)>) -> Reply,
    ) -> Reply {
        match self.0 {
            None => {
                let mut replies = Vec::with_capacity(count);
                replies.extend(pairs.map(|(key, value)| (Reply::from(key), Reply::from(value))));
                collected(replies)
            }
            Some(sink) => {
                sink.begin_list(2 * count);
                for (key, value) in pairs {
                    sink.add(key);
                    sink.add(value);
                }
                Reply::NOTHING
            }
        }
    }
}

/// A list that is being answered with.
pub(crate) enum List<'a> {
    /// The replies so far.
    Replies(Vec<Reply>),
    /// Where the items go.
    Sink(&'a mut dyn Sink),
}

impl List<'_> {
    /// Adds an item.
    #[inline]
    pub fn add<'i>(&mut self, item: impl Into<Item<'i>>) {
        match self {
            List::Replies(replies) => replies.push(Reply::from(item.into())),
            List::Sink(sink) => sink.add(item.into()),
        }
    }

    /// The reply: of this kind, if it is one of replies.
    #[inline]
    pub fn finish(self, collected: impl FnOnce(Vec<Reply>) -> Reply) -> Reply {
        match self {
            List::Replies(replies) => collected(replies),
            List::Sink(_) => Reply::NOTHING,
        }
    }
}
