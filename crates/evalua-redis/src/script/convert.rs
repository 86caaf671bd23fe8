//! Replies to Lua values, and Lua values to replies.
//!
//! Between a command and a script there is no protocol: [`push`] builds the value that the server's
//! script would see from the reply itself, flattened on the way when the script speaks RESP2.

use std::fmt;

use evalua_vm::number::cast::to_i64;
use evalua_vm::stack::{Call, ResultMaker, TableView, Throw, View};

use super::failure::{ALREADY_COUNTED, c_string, has_counted_mark, push_error, trim_end_newlines};
use super::host::{self, Host};
use super::strict::Inspector;
use crate::bytes::SmallBytes;
use crate::errors::{self, CommandError};
use crate::number::{DoubleFormat, as_safe_int, format_double};
use crate::profile::Profile;
use crate::reply::Reply;
use crate::session::Resp;
use crate::sink::{Item, Sink};
use crate::stats::Stats;
use crate::table::Outcome;

/// The size of the array part that a table has after `count` items were appended to it.
pub(super) fn array_size(count: usize) -> usize {
    if count == 0 {
        0
    } else {
        count.next_power_of_two()
    }
}

/// The text of a number as an argument of a command.
pub(super) fn argument(number: f64, profile: &Profile) -> SmallBytes {
    if number.is_nan() && number.is_sign_negative() {
        return "-nan".into();
    }
    match (profile.double_format, as_safe_int(number)) {
        (DoubleFormat::Shortest, Some(int)) => SmallBytes::from_int(int),
        (format, _) => format_double(number, format),
    }
}

/// Pushes the value of a reply.
pub(super) fn push(
    call: &mut Call<'_>,
    reply: Reply,
    resp: Resp,
    profile: &Profile,
) -> Result<(), Throw> {
    let is_resp3 = resp == Resp::V3;
    match reply {
        Reply::Integer(n) => call.push_number(n as f64),
        Reply::Bulk(bytes) => call.push_bytes(&bytes),
        Reply::Status(text) => push_field(call, b"ok", |call| call.push_bytes(&text)),
        Reply::Error(error) => {
            push_error(call, error.as_bytes())?;
            let table = call.height();
            call.push_bool(true)?;
            call.set_field_of(table, ALREADY_COUNTED)
        }
        Reply::Null | Reply::NullArray if is_resp3 => call.push_nil(),
        Reply::Null | Reply::NullArray => call.push_bool(false),
        Reply::Array(items) if is_resp3 && items.iter().any(is_null) => {
            push_with_holes(call, items, resp, profile)
        }
        // No command that scripts may call answers with a sequence.
        Reply::Array(items) | Reply::Push(items) | Reply::Sequence(items) => {
            push_items(call, items, resp, profile)
        }
        Reply::Set(items) if !is_resp3 => push_items(call, items, resp, profile),
        Reply::Set(items) => push_field(call, b"set", |call| {
            push_entries(call, items, |call, item| {
                push(call, item, resp, profile)?;
                call.push_bool(true)
            })
        }),
        Reply::Map(pairs) if is_resp3 => push_field(call, b"map", |call| {
            push_entries(call, pairs, |call, (key, value)| {
                push(call, key, resp, profile)?;
                push(call, value, resp, profile)
            })
        }),
        Reply::Pairs(pairs) if is_resp3 => {
            let pairs = pairs.into_iter();
            let lists = pairs.map(|(first, second)| Reply::Array(vec![first, second]));
            push_items(call, lists, resp, profile)
        }
        Reply::Map(pairs) | Reply::Pairs(pairs) => {
            push_items(call, Alternating::new(pairs), resp, profile)
        }
        Reply::Double(value) if is_resp3 => {
            push_field(call, b"double", |call| call.push_number(value))
        }
        Reply::Double(value) => call.push_bytes(&format_double(value, profile.double_format)),
        Reply::Boolean(yes) if is_resp3 => call.push_bool(yes),
        Reply::Boolean(yes) => call.push_number(f64::from(u8::from(yes))),
        Reply::BigNumber(digits) if is_resp3 => {
            push_field(call, b"big_number", |call| call.push_bytes(&digits))
        }
        Reply::Verbatim(format, text) if is_resp3 => push_field(call, b"verbatim_string", |call| {
            call.push_table(0, 2)?;
            let table = call.height();
            call.push_bytes(&text)?;
            call.set_field_of(table, b"string")?;
            call.push_bytes(&format)?;
            call.set_field_of(table, b"format")
        }),
        Reply::BigNumber(text) | Reply::Verbatim(_, text) => call.push_bytes(&text),
        Reply::Attribute(both) => push(call, both.1, resp, profile),
    }
}

fn is_null(reply: &Reply) -> bool {
    matches!(reply, Reply::Null | Reply::NullArray)
}

/// Pushes a table with an item for each of `items`, of which some are nil. It grows as it fills, as where its holes are
/// decides its length and the order of its entries.
fn push_with_holes(
    call: &mut Call<'_>,
    items: Vec<Reply>,
    resp: Resp,
    profile: &Profile,
) -> Result<(), Throw> {
    call.push_table(0, 0)?;
    let table = call.height();
    for (i, item) in (1..).zip(items) {
        push(call, item, resp, profile)?;
        call.set_index_of(table, i)?;
    }
    Ok(())
}

/// Keys and values by turns.
struct Alternating {
    pairs: std::vec::IntoIter<(Reply, Reply)>,
    value: Option<Reply>,
}

impl Alternating {
    fn new(pairs: Vec<(Reply, Reply)>) -> Alternating {
        Alternating {
            pairs: pairs.into_iter(),
            value: None,
        }
    }
}

impl Iterator for Alternating {
    type Item = Reply;

    #[inline]
    fn next(&mut self) -> Option<Reply> {
        self.value.take().or_else(|| {
            let (key, value) = self.pairs.next()?;
            self.value = Some(value);
            Some(key)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = 2 * self.pairs.len() + usize::from(self.value.is_some());
        (len, Some(len))
    }
}

impl ExactSizeIterator for Alternating {}

/// Pushes a table with one field.
fn push_field(
    call: &mut Call<'_>,
    name: &[u8],
    value: impl FnOnce(&mut Call<'_>) -> Result<(), Throw>,
) -> Result<(), Throw> {
    call.push_table(0, 1)?;
    let table = call.height();
    value(call)?;
    call.set_field_of(table, name)
}

/// How many items lie on the stack before they are put into their table together.
const AT_ONCE: usize = 16;

/// Pushes a table with an item for each of `items`.
fn push_items<I>(call: &mut Call<'_>, items: I, resp: Resp, profile: &Profile) -> Result<(), Throw>
where
    I: IntoIterator<Item = Reply, IntoIter: ExactSizeIterator>,
{
    let mut items = items.into_iter();
    call.push_table(array_size(items.len()), 0)?;
    let table = call.height();
    let mut first = 1;
    while items.len() > 0 {
        let count = items.len().min(AT_ONCE);
        for item in items.by_ref().take(count) {
            push(call, item, resp, profile)?;
        }
        call.set_items_of(table, first, count)?;
        first += AT_ONCE as i32;
    }
    Ok(())
}

/// Pushes a table with an entry for each of `items`. It grows as it fills: the order of its entries,
/// which scripts see, depends on that.
fn push_entries<T>(
    call: &mut Call<'_>,
    items: Vec<T>,
    mut entry: impl FnMut(&mut Call<'_>, T) -> Result<(), Throw>,
) -> Result<(), Throw> {
    call.push_table(0, 0)?;
    let table = call.height();
    for value in items {
        entry(call, value)?;
        call.set_entry_of(table)?;
    }
    Ok(())
}

/// A sink that makes the value which a script in RESP2 sees.
pub(super) struct LuaSink<'a> {
    maker: ResultMaker<'a>,
    profile: &'static Profile,
    /// Whether anything has come.
    is_used: bool,
    outcome: Result<(), Throw>,
}

impl<'a> LuaSink<'a> {
    /// Nothing has come.
    #[inline]
    pub fn new(maker: ResultMaker<'a>, profile: &'static Profile) -> LuaSink<'a> {
        LuaSink {
            maker,
            profile,
            is_used: false,
            outcome: Ok(()),
        }
    }

    /// Whether anything has come.
    #[inline]
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    /// Takes a number.
    #[inline]
    pub fn add_number(&mut self, number: f64) {
        self.outcome = self.maker.add_number(number);
    }

    /// Pushes the value in place of all that the call has on the stack.
    #[inline]
    pub fn push(&mut self) -> Result<(), Throw> {
        self.outcome?;
        self.maker.push_at(0)
    }
}

impl Sink for LuaSink<'_> {
    fn begin_list(&mut self, count: usize) {
        self.is_used = true;
        self.outcome = self.maker.begin_list(array_size(count));
    }

    #[inline]
    fn add(&mut self, item: Item<'_>) {
        self.is_used = true;
        if self.outcome.is_err() {
            return;
        }
        let mut digits = itoa::Buffer::new();
        let text;
        let bytes: &[u8] = match item {
            Item::Bytes(bytes) => bytes,
            Item::Digits(n) => digits.format(n).as_bytes(),
            Item::Double(value) => {
                text = format_double(value, self.profile.double_format);
                &text
            }
            Item::Null => {
                self.outcome = self.maker.add_bool(false);
                return;
            }
        };
        self.outcome = self.maker.add_bytes(bytes);
    }
}

/// The slots of the Lua stack, of which the server refuses to use more.
const STACK_SLOTS: usize = 8000;

/// The slots that the server wants to be free for each value it converts.
const FREE_SLOTS: usize = 4;

/// How deep a reply may be nested here, short of what the server's stack allows: whoever takes the
/// reply walks it by recursion, on a stack that may be small.
const MAX_DEPTH: usize = 500;

/// For so many items of a list there is room from the start at most.
const MOST_AT_FIRST: usize = 64;

/// The reply that is the value at `index`, which a script has returned. At most `room` bytes of it
/// are made. Unless somebody looks on, numbers and strings need nothing of the surroundings.
///
/// # Errors
/// When that is not enough.
#[inline]
pub(super) fn result(
    call: &mut Call<'_>,
    index: usize,
    room: Option<usize>,
    is_looked_on: bool,
) -> Outcome {
    let mut room = room.unwrap_or(usize::MAX);
    match call.view(index) {
        View::Number(number) if !is_looked_on => {
            take(&mut room, size_of::<Reply>())?;
            Ok(Reply::Integer(to_i64(number)))
        }
        View::Str(bytes) => {
            take(&mut room, size_of::<Reply>() + bytes.len())?;
            Ok(Reply::bulk(bytes))
        }
        _ => converted(call, index, room),
    }
}

/// As [`result`], with all that the conversion of a value may need of the surroundings.
#[inline(never)]
fn converted(call: &mut Call<'_>, index: usize, room: usize) -> Outcome {
    let met = host::with(call, |_, Host { core, session, .. }| {
        (session.resp, core.stats.take(), core.onlookers.take())
    });
    let (resp, mut stats, mut onlookers) = met.unwrap_or_default();
    let value = call.view(index);
    let conversion = Conversion {
        is_resp3: resp == Resp::V3,
        room,
        open: Vec::new(),
        stats: stats.as_deref_mut(),
        inspector: onlookers
            .as_mut()
            .and_then(|onlookers| onlookers.inspector.as_mut()),
    };
    let outcome = conversion.run(value);
    if let (Some(stats), Err(_)) = (&mut stats, &outcome) {
        stats.drop_script_reply();
    }
    if stats.is_some() || onlookers.is_some() {
        host::with(call, |_, Host { core, .. }| {
            (core.stats, core.onlookers) = (stats, onlookers);
        });
    }
    outcome
}

/// A value that may lose something when it becomes a reply.
pub(super) enum Seen<'a> {
    /// A number, and what becomes of it.
    Number(f64, i64),
    /// A value that has no reply.
    Other(View<'a>),
    /// A table that has become a list of so many items.
    List(TableView<'a>, usize),
}

/// Where a value is in what a script returns: the tables around it, the innermost last.
pub(super) struct Place<'s, 'a>(&'s [Open<'a>]);

impl fmt::Display for Place<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() {
            "the result"
        } else {
            "result"
        })?;
        self.0.iter().try_for_each(|table| match &table.content {
            Content::Array { next, .. } => write!(f, "[{}]", next - 1),
            Content::Map { .. } => f.write_str(".map"),
            Content::Set { .. } => f.write_str(".set"),
        })
    }
}

/// The conversion of a script's result. It goes into tables without recursion, since they may be
/// nested deeply.
struct Conversion<'a, 's> {
    is_resp3: bool,
    /// How many bytes the reply may still take.
    room: usize,
    /// The tables around the value that is converted, the innermost last.
    open: Vec<Open<'a>>,
    /// Where errors are counted, if they are.
    stats: Option<&'s mut Stats>,
    /// Who looks at values as they are converted, in strict mode.
    inspector: Option<&'s mut Inspector>,
}

/// A table that is being converted.
struct Open<'a> {
    content: Content<'a>,
    /// How many slots of the server's stack are in use up to it.
    slots: usize,
}

/// What has been converted of a table, and what is still to be.
enum Content<'a> {
    Array {
        table: TableView<'a>,
        /// The index of the next item.
        next: i32,
        items: Vec<Reply>,
    },
    Map {
        entries: Entries<'a>,
        /// The value of the key that is being converted.
        value: Option<View<'a>>,
        /// The key of the value that is being converted.
        key: Option<Reply>,
        pairs: Vec<(Reply, Reply)>,
    },
    Set {
        entries: Entries<'a>,
        items: Vec<Reply>,
    },
}

type Entries<'a> = Box<dyn Iterator<Item = (View<'a>, View<'a>)> + 'a>;

impl<'a> Open<'a> {
    /// The next value to convert, and how many slots the server's stack has in use up to it.
    fn next(&mut self) -> Option<(View<'a>, usize)> {
        let (value, slots) = self.content.next()?;
        Some((value, self.slots + slots))
    }
}

impl<'a> Content<'a> {
    fn array(table: TableView<'a>) -> Content<'a> {
        Content::Array {
            table,
            next: 1,
            items: Vec::with_capacity(table.room_for_items().min(MOST_AT_FIRST)),
        }
    }

    /// The next value to convert, and how many slots the server's stack has in use for it: that of
    /// an item; the inner table's, the key's and the value's; and for a key its copy's.
    fn next(&mut self) -> Option<(View<'a>, usize)> {
        match self {
            Content::Array { table, next, .. } => {
                let item = table.index(*next);
                *next = next.saturating_add(1);
                (!item.is_nil()).then_some((item, 1))
            }
            Content::Map { value, .. } if value.is_some() => value.take().map(|value| (value, 3)),
            Content::Map { entries, value, .. } => {
                let (key, its_value) = entries.next()?;
                *value = Some(its_value);
                Some((key, 4))
            }
            Content::Set { entries, .. } => entries.next().map(|(item, _)| (item, 3)),
        }
    }

    /// Takes the reply of the value that came last.
    fn add(&mut self, reply: Reply) {
        match self {
            Content::Array { items, .. } | Content::Set { items, .. } => items.push(reply),
            Content::Map { key, pairs, .. } => match key.take() {
                None => *key = Some(reply),
                Some(key) => pairs.push((key, reply)),
            },
        }
    }

    fn finish(self) -> Reply {
        match self {
            Content::Array { items, .. } => Reply::Array(items),
            Content::Map { pairs, .. } => Reply::Map(pairs),
            Content::Set { items, .. } => Reply::Set(items),
        }
    }
}

/// What a value becomes.
enum Start<'a> {
    /// A reply at once.
    Reply(Reply),
    /// A reply that is made of what is in a table.
    Table(Content<'a>),
}

impl<'a> Conversion<'a, '_> {
    fn run(mut self, value: View<'a>) -> Outcome {
        // The server's stack holds the handler and the result.
        let mut next = match self.start(value, 2)? {
            Start::Reply(reply) => return Ok(reply),
            Start::Table(content) => self.open(content, 2)?,
        };
        loop {
            let reply = match next {
                Some((value, slots)) => match self.start(value, slots)? {
                    Start::Reply(reply) => Some(reply),
                    Start::Table(content) => {
                        next = self.open(content, slots)?;
                        continue;
                    }
                },
                None => self.close(),
            };
            let Some(table) = self.open.last_mut() else {
                return Ok(reply.unwrap_or(Reply::Null));
            };
            if let Some(reply) = reply {
                table.content.add(reply);
            }
            next = self.advance()?;
        }
    }

    /// Goes into a table; gives the first value in it that is still to convert.
    fn open(
        &mut self,
        content: Content<'a>,
        slots: usize,
    ) -> Result<Option<(View<'a>, usize)>, CommandError> {
        self.open.push(Open { content, slots });
        self.advance()
    }

    /// The next value to convert of the innermost table. Strings and numbers of a list are taken on the way, unless
    /// somebody is to be shown them.
    fn advance(&mut self) -> Result<Option<(View<'a>, usize)>, CommandError> {
        let depth = self.open.len();
        let Some(open) = self.open.last_mut() else {
            return Ok(None);
        };
        let Content::Array { table, next, items } = &mut open.content else {
            return Ok(open.next());
        };
        let slots = open.slots + 1;
        if self.inspector.is_some() || is_too_deep(slots, depth) {
            return Ok(open.next());
        }
        loop {
            let item = table.index(*next);
            let (reply, more) = match item {
                View::Str(bytes) => (Reply::Bulk(SmallBytes::new(bytes)), bytes.len()),
                View::Number(number) => (Reply::Integer(to_i64(number)), 0),
                View::Nil => return Ok(None),
                other => {
                    *next = next.saturating_add(1);
                    return Ok(Some((other, slots)));
                }
            };
            take(&mut self.room, size_of::<Reply>() + more)?;
            items.push(reply);
            *next = next.saturating_add(1);
        }
    }

    /// The reply of the innermost table, which is done.
    fn close(&mut self) -> Option<Reply> {
        let Open { content, .. } = self.open.pop()?;
        if let Content::Array { table, items, .. } = &content {
            let seen = Seen::List(*table, items.len());
            self.show(seen);
        }
        Some(content.finish())
    }

    /// What a value becomes that lies on top of `slots` slots of the server's stack.
    fn start(&mut self, value: View<'a>, slots: usize) -> Result<Start<'a>, CommandError> {
        self.take(size_of::<Reply>())?;
        if is_too_deep(slots, self.open.len()) {
            return Ok(self.error(errors::LUA_STACK_LIMIT, false));
        }
        Ok(Start::Reply(match value {
            View::Str(bytes) => Reply::Bulk(self.bytes(bytes)?),
            View::Number(number) => {
                let integer = to_i64(number);
                self.show(Seen::Number(number, integer));
                Reply::Integer(integer)
            }
            View::Bool(yes) if self.is_resp3 => Reply::Boolean(yes),
            View::Bool(true) => Reply::Integer(1),
            View::Table(table) => return self.start_table(table),
            other => {
                self.show(Seen::Other(other));
                Reply::Null
            }
        }))
    }

    /// What a table becomes: what a field of it says that it is, else an array.
    fn start_table(&mut self, table: TableView<'a>) -> Result<Start<'a>, CommandError> {
        if table.has_only_items() {
            return Ok(Start::Table(Content::array(table)));
        }
        if let View::Str(text) = table.field(b"err") {
            self.take(text.len())?;
            let error = CommandError::new(trim_end_newlines(c_string(text)));
            return Ok(self.error(error, has_counted_mark(table)));
        }
        if let View::Str(text) = table.field(b"ok") {
            self.take(text.len())?;
            let text = without_newlines(c_string(text));
            return Ok(Start::Reply(Reply::Status(text.into())));
        }
        if let View::Number(value) = table.field(b"double") {
            return Ok(Start::Reply(Reply::Double(value)));
        }
        if let View::Str(digits) = table.field(b"big_number") {
            self.take(digits.len())?;
            let digits = without_newlines(digits);
            return Ok(Start::Reply(Reply::BigNumber(digits.into())));
        }
        if let View::Table(verbatim) = table.field(b"verbatim_string")
            && let View::Str(format) = verbatim.field(b"format")
            && let View::Str(text) = verbatim.field(b"string")
        {
            let mut padded = [b' '; 3];
            for (to, from) in padded.iter_mut().zip(c_string(format)) {
                *to = *from;
            }
            let text = self.bytes(text)?;
            return Ok(Start::Reply(Reply::Verbatim(padded, text)));
        }
        Ok(Start::Table(
            if let View::Table(map) = table.field(b"map") {
                Content::Map {
                    entries: Box::new(map.entries()),
                    value: None,
                    key: None,
                    pairs: Vec::new(),
                }
            } else if let View::Table(set) = table.field(b"set") {
                Content::Set {
                    entries: Box::new(set.entries()),
                    items: Vec::new(),
                }
            } else {
                Content::array(table)
            },
        ))
    }

    /// Shows a value to who looks on.
    #[inline]
    fn show(&mut self, seen: Seen<'_>) {
        if let Some(inspector) = &mut self.inspector {
            inspector.returned(seen, Place(&self.open));
        }
    }

    /// An error, which may have been counted when it was a command's.
    fn error(&mut self, error: CommandError, is_counted: bool) -> Start<'a> {
        if let Some(stats) = &mut self.stats {
            stats.script_replies(&error, is_counted);
        }
        Start::Reply(Reply::Error(error))
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<SmallBytes, CommandError> {
        self.take(bytes.len())?;
        Ok(SmallBytes::new(bytes))
    }

    fn take(&mut self, bytes: usize) -> Result<(), CommandError> {
        take(&mut self.room, bytes)
    }
}

/// Takes so many bytes of the room that a reply may have.
#[inline]
fn take(room: &mut usize, bytes: usize) -> Result<(), CommandError> {
    *room = room.checked_sub(bytes).ok_or(errors::SCRIPT_NO_MEMORY)?;
    Ok(())
}

/// Whether a value is not converted that lies on top of `slots` slots of the server's stack, in so many tables.
#[inline]
fn is_too_deep(slots: usize, tables: usize) -> bool {
    slots + FREE_SLOTS > STACK_SLOTS || tables > MAX_DEPTH
}

/// The text with blanks in place of line breaks.
fn without_newlines(text: &[u8]) -> Vec<u8> {
    let blank = |&byte: &u8| {
        if matches!(byte, b'\r' | b'\n') {
            b' '
        } else {
            byte
        }
    };
    text.iter().map(blank).collect()
}
