//! SORT: the elements of a collection in an order of their own, or of what other keys say of them.

use std::cmp::Ordering;

use crate::args::{Args, is};
use crate::bytes::SmallBytes;
use crate::commands::store;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::number::parse_weight;
use crate::reply::Reply;
use crate::table::access::{ACCESS, OW, RO, UPDATE};
use crate::table::flag::{DENYOOM, READONLY, WRITE};
use crate::table::{Begin, Command, Find, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::list::End;
use crate::values::{HashValue, ListValue, StringValue, Value, ZsetValue};

const ROW: Command = Command {
    group: Group::Generic,
    acl: acl::SET | acl::SORTEDSET | acl::LIST | acl::DANGEROUS,
    ..Command::BASE
};

/// What COMMAND INFO remarks on the keys that patterns name.
const BY_AND_GET: &str = "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort";

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "sort",
        arity: -2,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(1, RO | ACCESS),
            KeySpec {
                access: RO | ACCESS,
                begin: Begin::Unknown,
                find: Find::Unknown,
                notes: BY_AND_GET,
            },
            KeySpec {
                access: OW | UPDATE,
                begin: Begin::Hidden("STORE"),
                find: Find::Range {
                    last: 0,
                    step: 1,
                    limit: 0,
                },
                notes: "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
            },
        ],
        summary: "Sorts the elements in a list, a set, or a sorted set, optionally storing the result.",
        complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
        examples: examples![
            ("RPUSH k 3 1 2", "(integer) 3"),
            ("SORT k", "1) \"1\"\n2) \"2\"\n3) \"3\""),
            ("SORT k DESC LIMIT 0 2", "1) \"3\"\n2) \"2\""),
            ("MSET w_1 30 w_2 20 w_3 10 d_1 one", "OK"),
            (
                "SORT k BY w_* GET # GET d_*",
                "1) \"3\"\n2) (nil)\n3) \"2\"\n4) (nil)\n5) \"1\"\n6) \"one\"",
            ),
            ("SORT k BY nosort STORE sorted", "(integer) 3"),
            ("LRANGE sorted 0 -1", "1) \"3\"\n2) \"1\"\n3) \"2\""),
            ("RPUSH k x", "(integer) 4"),
            (
                "SORT k",
                "(error) ERR One or more scores can't be converted into double",
            ),
            ("SORT k ALPHA", "1) \"1\"\n2) \"2\"\n3) \"3\"\n4) \"x\""),
        ],
        run: |ctx, args| sort(ctx, args, true),
        ..ROW
    },
    Command {
        name: "sort_ro",
        arity: -2,
        flags: READONLY,
        keys: &[
            KeySpec::one(1, RO | ACCESS),
            KeySpec {
                access: RO | ACCESS,
                begin: Begin::Unknown,
                find: Find::Unknown,
                notes: BY_AND_GET,
            },
        ],
        since: "7.0.0",
        summary: "Returns the sorted elements of a list, a set, or a sorted set.",
        complexity: "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
        examples: examples![
            ("SADD k 2 1", "(integer) 2"),
            ("SORT_RO k", "1) \"1\"\n2) \"2\""),
            ("SORT_RO k STORE sorted", "(error) ERR syntax error"),
        ],
        run: |ctx, args| sort(ctx, args, false),
        ..ROW
    },
];

/// What the options say.
#[derive(Default)]
struct Options<'a> {
    descending: bool,
    as_text: bool,
    offset: i64,
    /// Negative for no limit.
    count: Option<i64>,
    by: Option<&'a [u8]>,
    /// Whether some BY is the same for all elements, which leaves them in their own order.
    unsorted: bool,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// Reads the options; `reads_all` is whether the caller may read all keys, as patterns may name any.
    fn parse(
        args: Args<'a>,
        may_store: bool,
        reads_all: bool,
    ) -> Result<Options<'a>, CommandError> {
        let mut options = Options::default();
        let mut words = args.words(2);
        while let Some(word) = words.next() {
            if is(word, "ASC") {
                options.descending = false;
            } else if is(word, "DESC") {
                options.descending = true;
            } else if is(word, "ALPHA") {
                options.as_text = true;
            } else if is(word, "LIMIT") && words.len() >= 2 {
                options.offset = words.int()?;
                options.count = Some(words.int()?);
            } else if is(word, "STORE") && may_store {
                options.store = Some(words.value()?);
            } else if is(word, "BY") {
                let pattern = words.value()?;
                options.by = Some(pattern);
                options.unsorted |= !c_string(pattern).contains(&b'*');
                if !options.unsorted && !reads_all {
                    return Err(errors::SORT_BY_DENIED);
                }
            } else if is(word, "GET") {
                if !reads_all {
                    return Err(errors::SORT_GET_DENIED);
                }
                options.get.push(words.value()?);
            } else {
                return Err(errors::SYNTAX);
            }
        }
        Ok(options)
    }

    /// The part of `len` elements that the limit leaves.
    fn range(&self, len: usize) -> std::ops::Range<usize> {
        let start = usize::try_from(self.offset.max(0)).unwrap_or(usize::MAX);
        let start = start.min(len);
        let count = self.count.and_then(|count| usize::try_from(count).ok());
        start..start.saturating_add(count.unwrap_or(len)).min(len)
    }
}

/// The part of a text that C takes for the whole.
fn c_string(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// What BY and GET name by a pattern: the key whose name has the element in the place of the star,
/// or when an arrow follows, a field of the hash there. `#` is the element itself.
fn follow(ctx: &mut Ctx<'_>, pattern: &[u8], element: &SmallBytes) -> Option<SmallBytes> {
    if pattern == b"#" {
        return Some(element.clone());
    }
    let star = c_string(pattern).iter().position(|&byte| byte == b'*')?;
    let (before, behind) = (&pattern[..star], &pattern[star + 1..]);
    let arrow = c_string(behind)
        .windows(3)
        .position(|part| part.starts_with(b"->"));
    let (behind, field) = match arrow {
        Some(arrow) => (&behind[..arrow], Some(&behind[arrow + 2..])),
        None => (behind, None),
    };
    let key = [before, element, behind].concat();
    let db = ctx.db();
    match field {
        // A key of another type has no such value.
        Some(field) => {
            let hash = db.read::<HashValue>(&key).ok()??;
            hash.get(field).map(|value| value.to_small())
        }
        None => {
            let value = db.read::<StringValue>(&key).ok()??;
            Some(value.to_small())
        }
    }
}

/// The elements to be sorted, in their own order; of what stays in that order only those that are wanted, in
/// the direction that is.
fn elements(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    options: &Options<'_>,
) -> Result<Vec<SmallBytes>, CommandError> {
    let wanted = |len| match options.unsorted {
        true => options.range(len),
        false => 0..len,
    };
    let from_end = options.unsorted && options.descending;
    let elements = match ctx.db().get(key) {
        None => Vec::new(),
        Some(Value::List(list)) => {
            let range = wanted(list.len());
            match list.len().checked_sub(range.start + 1) {
                None => Vec::new(),
                Some(last) if from_end => {
                    let elements = list.iter_back_from(last).take(range.len());
                    elements.map(|element| element.to_small()).collect()
                }
                Some(_) => {
                    let elements = list.iter_from(range.start).take(range.len());
                    elements.map(|element| element.to_small()).collect()
                }
            }
        }
        Some(Value::Set(set)) => {
            let range = wanted(set.len());
            let members = set.iter().skip(range.start).take(range.len());
            members.map(|member| member.to_small()).collect()
        }
        Some(Value::Zset(zset)) => {
            let (len, range) = (zset.len(), wanted(zset.len()));
            let small = |(member, _): (&[u8], f64)| SmallBytes::new(member);
            if from_end {
                let members = zset.range(len - range.end..len - range.start);
                members.rev().map(small).collect()
            } else {
                zset.range(range).map(small).collect()
            }
        }
        Some(_) => return Err(errors::WRONG_TYPE),
    };
    if let Ok(Some(zset)) = ctx.db().write::<ZsetValue>(key) {
        zset.make_large();
    }
    Ok(elements)
}

/// Whether a key holds a set; no access that is noted.
fn is_set(ctx: &mut Ctx<'_>, key: &[u8]) -> bool {
    let entry = ctx.db().entry(key);
    entry.is_some_and(|entry| matches!(entry.value(), Value::Set(_)))
}

/// Sorts by numbers; equal ones by their bytes.
fn sort_by_number(
    ctx: &mut Ctx<'_>,
    elements: Vec<SmallBytes>,
    options: &Options<'_>,
) -> Result<Vec<SmallBytes>, CommandError> {
    let mut weighted = Vec::with_capacity(elements.len());
    let mut all_numbers = true;
    for element in elements {
        let weight = match options.by {
            None => parse_weight(&element),
            // What is not there weighs nothing.
            Some(pattern) => match follow(ctx, pattern, &element) {
                Some(text) => parse_weight(&text),
                None => Some(0.0),
            },
        };
        all_numbers &= weight.is_some();
        weighted.push((weight.unwrap_or(0.0), element));
    }
    if !all_numbers {
        return Err(errors::SORT_NOT_DOUBLES);
    }
    weighted.sort_by(|(a, x), (b, y)| {
        let order = a.partial_cmp(b).unwrap_or(Ordering::Equal);
        directed(order.then_with(|| x.cmp(y)), options)
    });
    Ok(weighted.into_iter().map(|(_, element)| element).collect())
}

/// Sorts by texts. Texts to be stored are compared whole, others as C strings.
fn sort_by_text(
    ctx: &mut Ctx<'_>,
    elements: Vec<SmallBytes>,
    options: &Options<'_>,
) -> Vec<SmallBytes> {
    let mut keyed: Vec<(Option<SmallBytes>, SmallBytes)> = Vec::with_capacity(elements.len());
    for element in elements {
        let text = match options.by {
            None => Some(element.clone()),
            Some(pattern) => follow(ctx, pattern, &element),
        };
        keyed.push((text, element));
    }
    keyed.sort_by(|(a, _), (b, _)| {
        let order = match (a, b) {
            (Some(a), Some(b)) if options.store.is_none() => c_string(a).cmp(c_string(b)),
            (a, b) => a.cmp(b),
        };
        directed(order, options)
    });
    keyed.into_iter().map(|(_, element)| element).collect()
}

fn directed(order: Ordering, options: &Options<'_>) -> Ordering {
    if options.descending {
        order.reverse()
    } else {
        order
    }
}

fn sort(ctx: &mut Ctx<'_>, args: Args<'_>, may_store: bool) -> Outcome {
    let reads_all = ctx.core.may_read_all(ctx.session, ctx.command, args);
    let mut options = Options::parse(args, may_store, reads_all)?;
    // A set has no order that a script or a stored list could rely on.
    if options.unsorted
        && (options.store.is_some() || ctx.caller.is_script())
        && is_set(ctx, args[1])
    {
        (options.unsorted, options.as_text, options.by) = (false, true, None);
    }
    let elements = elements(ctx, args[1], &options)?;
    let (elements, range) = match (options.unsorted, options.as_text) {
        (true, _) => {
            let all = 0..elements.len();
            (elements, all)
        }
        (false, as_text) => {
            let range = options.range(elements.len());
            let sorted = match as_text {
                true => sort_by_text(ctx, elements, &options),
                false => sort_by_number(ctx, elements, &options)?,
            };
            (sorted, range)
        }
    };
    let mut results = Vec::new();
    for element in &elements[range] {
        if options.get.is_empty() {
            results.push(Some(element.clone()));
        }
        for pattern in &options.get {
            results.push(follow(ctx, pattern, element));
        }
    }
    let Some(key) = options.store else {
        return Ok(Reply::Array(
            results.into_iter().map(Reply::bulk_or_null).collect(),
        ));
    };
    let mut list = ListValue::default();
    let limits = ctx.limits();
    for result in &results {
        list.push(&[result.as_deref().unwrap_or_default()], End::Right, limits);
    }
    let len = results.len();
    store::result(ctx, key, list, len, (Class::List, "sortstore", len))
}
