//! GEOSEARCH and its older forms: the places of a sorted set in an area.

use crate::args::{self, Args, Words, amount, is};
use crate::bytes::SmallBytes;
use crate::commands::geo::{distance_reply, parse_place, parse_unit, place_reply};
use crate::commands::store;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::geohash::{Place, Search, Shape};
use crate::reply::Reply;
use crate::table::access::{ACCESS, OW, RO, UPDATE};
use crate::table::flag::{DENYOOM, READONLY, WRITE};
use crate::table::{Begin, Command, Find, Group, KeySpec, Outcome, acl};
use crate::trace::Class;
use crate::values::ZsetValue;
use crate::values::zset::Scored;

const ROW: Command = Command {
    group: Group::Geo,
    acl: acl::GEO,
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "georadius",
        arity: -6,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(1, RO | ACCESS),
            KeySpec {
                access: OW | UPDATE,
                begin: Begin::Keyword("STORE", 6),
                find: Find::Range {
                    last: 0,
                    step: 1,
                    limit: 0,
                },
                notes: "",
            },
            KeySpec {
                access: OW | UPDATE,
                begin: Begin::Keyword("STOREDIST", 6),
                find: Find::Range {
                    last: 0,
                    step: 1,
                    limit: 0,
                },
                notes: "",
            },
        ],
        since: "3.2.0",
        summary: "Queries a geospatial index for members within a distance from a coordinate, optionally stores the result.",
        complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
        examples: examples![
            (
                "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
                "(integer) 2",
            ),
            (
                "GEORADIUS Sicily 15 37 200 km WITHDIST ASC",
                "1) 1) \"Catania\"\n   2) \"56.4413\"\n2) 1) \"Palermo\"\n   2) \"190.4424\"",
            ),
            ("GEORADIUS Sicily 15 37 200 km STORE near", "(integer) 2"),
            (
                "GEORADIUS Sicily 15 37 200 km STORE near WITHDIST",
                "(error) ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
            ),
        ],
        run: |ctx, args| search(ctx, args, &GEORADIUS),
        ..ROW
    },
    Command {
        name: "georadiusbymember",
        arity: -5,
        flags: WRITE | DENYOOM,
        keys: &[
            KeySpec::one(1, RO | ACCESS),
            KeySpec {
                access: OW | UPDATE,
                begin: Begin::Keyword("STORE", 5),
                find: Find::Range {
                    last: 0,
                    step: 1,
                    limit: 0,
                },
                notes: "",
            },
            KeySpec {
                access: OW | UPDATE,
                begin: Begin::Keyword("STOREDIST", 5),
                find: Find::Range {
                    last: 0,
                    step: 1,
                    limit: 0,
                },
                notes: "",
            },
        ],
        since: "3.2.0",
        summary: "Queries a geospatial index for members within a distance from a member, optionally stores the result.",
        complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
        examples: examples![
            (
                "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
                "(integer) 2",
            ),
            ("GEORADIUSBYMEMBER Sicily Palermo 100 km", "1) \"Palermo\""),
            (
                "GEORADIUSBYMEMBER Sicily nowhere 100 km",
                "(error) ERR could not decode requested zset member",
            ),
        ],
        run: |ctx, args| search(ctx, args, &GEORADIUS_BY_MEMBER),
        ..ROW
    },
    Command {
        name: "georadiusbymember_ro",
        arity: -5,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "3.2.10",
        summary: "Returns members from a geospatial index that are within a distance from a member.",
        complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
        examples: examples![
            ("GEOADD Sicily 13.361389 38.115556 Palermo", "(integer) 1"),
            (
                "GEORADIUSBYMEMBER_RO Sicily Palermo 100 km",
                "1) \"Palermo\"",
            ),
            (
                "GEORADIUSBYMEMBER_RO Sicily Palermo 100 km STORE near",
                "(error) ERR syntax error",
            ),
        ],
        run: |ctx, args| search(ctx, args, &GEORADIUS_BY_MEMBER_RO),
        ..ROW
    },
    Command {
        name: "georadius_ro",
        arity: -6,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "3.2.10",
        summary: "Returns members from a geospatial index that are within a distance from a coordinate.",
        complexity: "O(N+log(M)) where N is the number of elements inside the bounding box of the circular area delimited by center and radius and M is the number of items inside the index.",
        examples: examples![
            ("GEOADD Sicily 13.361389 38.115556 Palermo", "(integer) 1"),
            (
                "GEORADIUS_RO Sicily 13 38 100 km WITHHASH",
                "1) 1) \"Palermo\"\n   2) (integer) 3479099956230698",
            ),
            (
                "GEORADIUS_RO Sicily 13 38 -1 km",
                "(error) ERR radius cannot be negative",
            ),
            (
                "GEORADIUS_RO Sicily 13 38 x km",
                "(error) ERR need numeric radius",
            ),
        ],
        run: |ctx, args| search(ctx, args, &GEORADIUS_RO),
        ..ROW
    },
    Command {
        name: "geosearch",
        arity: -7,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "6.2.0",
        summary: "Queries a geospatial index for members inside an area of a box or a circle.",
        complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
        examples: examples![
            (
                "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
                "(integer) 2",
            ),
            (
                "GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ASC",
                "1) \"Catania\"\n2) \"Palermo\"",
            ),
            (
                "GEOSEARCH Sicily FROMMEMBER Catania BYBOX 400 400 km DESC COUNT 1 WITHDIST",
                "1) 1) \"Palermo\"\n   2) \"166.2742\"",
            ),
            (
                "GEOSEARCH Sicily FROMLONLAT 15 37",
                "(error) ERR wrong number of arguments for 'geosearch' command",
            ),
            (
                "GEOSEARCH Sicily BYRADIUS 200 km ASC COUNT 1",
                "(error) ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH",
            ),
            (
                "GEOSEARCH Sicily FROMLONLAT 15 37 BYRADIUS 200 km ANY",
                "(error) ERR the ANY argument requires COUNT argument",
            ),
        ],
        run: |ctx, args| search(ctx, args, &GEOSEARCH),
        ..ROW
    },
    Command {
        name: "geosearchstore",
        arity: -8,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, OW | UPDATE), KeySpec::one(2, RO | ACCESS)],
        since: "6.2.0",
        summary: "Queries a geospatial index for members inside an area of a box or a circle, optionally stores the result.",
        complexity: "O(N+log(M)) where N is the number of elements in the grid-aligned bounding box area around the shape provided as the filter and M is the number of items inside the shape",
        examples: examples![
            (
                "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
                "(integer) 2",
            ),
            (
                "GEOSEARCHSTORE near Sicily FROMLONLAT 15 37 BYRADIUS 100 km",
                "(integer) 1",
            ),
            ("ZRANGE near 0 -1", "1) \"Catania\""),
            (
                "GEOSEARCHSTORE near Sicily FROMLONLAT 15 37 BYRADIUS 100 km WITHDIST",
                "(error) ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
            ),
        ],
        run: |ctx, args| search(ctx, args, &GEOSEARCHSTORE),
        ..ROW
    },
];

/// What a form of the command takes.
struct Form {
    /// Which argument is the source.
    source: usize,
    /// What stands between the source and the options.
    area: Fixed,
    /// Whether results may be stored, by an option or always.
    store: Store,
}

/// The area as it stands in front of the options.
#[derive(PartialEq, Eq)]
enum Fixed {
    /// Longitude, latitude, radius, unit.
    Coordinates,
    /// Member, radius, unit.
    Member,
    /// It is in the options.
    Nowhere,
}

#[derive(PartialEq, Eq)]
enum Store {
    Never,
    ByOption,
    /// Into the first argument.
    Always,
}

const GEORADIUS: Form = Form {
    source: 1,
    area: Fixed::Coordinates,
    store: Store::ByOption,
};
const GEORADIUS_RO: Form = Form {
    store: Store::Never,
    ..GEORADIUS
};
const GEORADIUS_BY_MEMBER: Form = Form {
    area: Fixed::Member,
    ..GEORADIUS
};
const GEORADIUS_BY_MEMBER_RO: Form = Form {
    area: Fixed::Member,
    ..GEORADIUS_RO
};
const GEOSEARCH: Form = Form {
    source: 1,
    area: Fixed::Nowhere,
    store: Store::Never,
};
const GEOSEARCHSTORE: Form = Form {
    source: 2,
    store: Store::Always,
    ..GEOSEARCH
};

/// What to search for and what to say of it.
#[derive(Default)]
struct Options<'a> {
    centre: Option<Place>,
    /// Whether the middle was given by a member, of which nothing is known when there is no source.
    from_member: bool,
    shape: Option<(Shape, f64)>,
    with_distance: bool,
    with_hash: bool,
    with_place: bool,
    /// The most results.
    count: Option<usize>,
    /// Whether to stop when there are enough, wherever they are.
    any: bool,
    ascending: Option<bool>,
    store: Option<&'a [u8]>,
    store_distance: bool,
}

/// The place of a member of the source, which there is.
fn member_place(zset: &ZsetValue, member: &[u8]) -> Result<Place, CommandError> {
    let score = zset.score(member).ok_or(errors::GEO_MEMBER)?;
    Ok(Place::from_score(score))
}

/// Reads a length of at least zero.
fn length(
    text: &[u8],
    not_a_number: CommandError,
    negative: CommandError,
) -> Result<f64, CommandError> {
    let length = args::double(text).map_err(|_| not_a_number)?;
    if length < 0.0 {
        Err(negative)
    } else {
        Ok(length)
    }
}

/// Reads a radius and its unit.
fn circle(words: &mut Words<'_>) -> Result<(Shape, f64), CommandError> {
    let radius = length(
        words.value()?,
        errors::GEO_RADIUS,
        errors::GEO_RADIUS_NEGATIVE,
    )?;
    Ok((Shape::Circle(radius), parse_unit(words.value()?)?))
}

/// Reads width, height and their unit.
fn rectangle(words: &mut Words<'_>) -> Result<(Shape, f64), CommandError> {
    let width = args::double(words.value()?).map_err(|_| errors::GEO_WIDTH)?;
    let height = args::double(words.value()?).map_err(|_| errors::GEO_HEIGHT)?;
    if width < 0.0 || height < 0.0 {
        return Err(errors::GEO_BOX_NEGATIVE);
    }
    Ok((Shape::Box { width, height }, parse_unit(words.value()?)?))
}

impl<'a> Options<'a> {
    fn parse(
        args: Args<'a>,
        form: &Form,
        source: Option<&ZsetValue>,
    ) -> Result<Options<'a>, CommandError> {
        let mut options = Options::default();
        let mut words = args.words(form.source + 1);
        match (&form.area, source) {
            (Fixed::Coordinates, _) => {
                options.centre = Some(parse_place(words.value()?, words.value()?)?);
                options.shape = Some(circle(&mut words)?);
            }
            (Fixed::Member, Some(zset)) => {
                options.centre = Some(member_place(zset, words.value()?)?);
                options.shape = Some(circle(&mut words)?);
            }
            // Nothing will be found, whatever they say.
            (Fixed::Member, None) => words = args.words(form.source + 4),
            (Fixed::Nowhere, _) => {}
        }
        if form.store == Store::Always {
            options.store = Some(args[1]);
        }
        while let Some(word) = words.next() {
            options.option(word, &mut words, form, source)?;
        }
        Ok(options)
    }

    fn option(
        &mut self,
        word: &[u8],
        words: &mut Words<'a>,
        form: &Form,
        source: Option<&ZsetValue>,
    ) -> Result<(), CommandError> {
        let is_search = form.area == Fixed::Nowhere;
        let left = words.len();
        if is(word, "WITHDIST") {
            self.with_distance = true;
        } else if is(word, "WITHHASH") {
            self.with_hash = true;
        } else if is(word, "WITHCOORD") {
            self.with_place = true;
        } else if is(word, "ANY") {
            self.any = true;
        } else if is(word, "ASC") {
            self.ascending = Some(true);
        } else if is(word, "DESC") {
            self.ascending = Some(false);
        } else if is(word, "COUNT") && left >= 1 {
            let count = amount(words.int()?);
            let count = count.filter(|count| *count > 0);
            self.count = Some(count.ok_or(errors::GEO_COUNT)?);
        } else if form.store == Store::ByOption && left >= 1 && is(word, "STORE") {
            self.store = Some(words.value()?);
            self.store_distance = false;
        } else if form.store == Store::ByOption && left >= 1 && is(word, "STOREDIST") {
            self.store = Some(words.value()?);
            self.store_distance = true;
        } else if form.store == Store::Always && is(word, "STOREDIST") {
            self.store_distance = true;
        } else if is_search && is(word, "FROMMEMBER") && left >= 1 && !self.has_place() {
            let member = words.value()?;
            self.from_member = true;
            if let Some(zset) = source {
                self.centre = Some(member_place(zset, member)?);
            }
        } else if is_search && is(word, "FROMLONLAT") && left >= 2 && !self.from_member {
            self.centre = Some(parse_place(words.value()?, words.value()?)?);
        } else if is_search && is(word, "BYRADIUS") && left >= 2 && !self.by_box() {
            self.shape = Some(circle(words)?);
        } else if is_search && is(word, "BYBOX") && left >= 3 && !self.by_radius() {
            self.shape = Some(rectangle(words)?);
        } else {
            return Err(errors::SYNTAX);
        }
        Ok(())
    }

    fn has_place(&self) -> bool {
        self.centre.is_some() && !self.from_member
    }

    fn by_box(&self) -> bool {
        matches!(self.shape, Some((Shape::Box { .. }, _)))
    }

    fn by_radius(&self) -> bool {
        matches!(self.shape, Some((Shape::Circle(_), _)))
    }

    /// Refuses options that do not go together, and areas that are not complete; `name` is the
    /// command as it was written.
    fn check(&self, form: &Form, name: &[u8]) -> Result<(), CommandError> {
        if self.store.is_some() && (self.with_distance || self.with_hash || self.with_place) {
            return Err(match form.store {
                Store::Always => errors::GEOSEARCHSTORE_WITH,
                Store::ByOption | Store::Never => errors::GEORADIUS_STORE_WITH,
            });
        }
        if form.area == Fixed::Nowhere {
            if self.centre.is_none() && !self.from_member {
                return Err(errors::geo_from(name));
            }
            if self.shape.is_none() {
                return Err(errors::geo_by(name));
            }
        }
        if self.any && self.count.is_none() {
            return Err(errors::GEO_ANY);
        }
        Ok(())
    }
}

/// A place that was found.
struct Found {
    member: SmallBytes,
    score: f64,
    place: Place,
    distance: f64,
}

/// The places of an area; no more than `limit`.
fn find(zset: &ZsetValue, search: &Search, limit: usize) -> Vec<Found> {
    let mut found = Vec::new();
    for (from, to) in search.score_ranges() {
        let ranks =
            zset.ranks_by_score(|score| score < from)..zset.ranks_by_score(|score| score < to);
        if ranks.is_empty() {
            continue;
        }
        for (member, score) in zset.range(ranks) {
            let place = Place::from_score(score);
            if let Some(distance) = search.distance(place) {
                let member = SmallBytes::new(member);
                found.push(Found {
                    member,
                    score,
                    place,
                    distance,
                });
            }
            if found.len() >= limit {
                return found;
            }
        }
    }
    found
}

fn search(ctx: &mut Ctx<'_>, args: Args<'_>, form: &Form) -> Outcome {
    let (is_resp3, limits) = (ctx.is_resp3(), ctx.limits());
    let zset = ctx.db().read::<ZsetValue>(args[form.source])?;
    let options = Options::parse(args, form, zset)?;
    options.check(form, args[0])?;
    let mut found = Vec::new();
    let mut unit = 1.0;
    if let (Some(zset), Some(centre), Some((shape, metres))) = (zset, options.centre, options.shape)
    {
        unit = metres;
        let limit = options.count.filter(|_| options.any);
        let search = Search {
            centre,
            shape,
            unit,
        };
        found = find(zset, &search, limit.unwrap_or(usize::MAX));
    }
    // The nearest, if there is a choice and nothing else was said.
    let by_default = (options.count.is_some() && !options.any).then_some(true);
    if let Some(ascending) = options.ascending.or(by_default) {
        found.sort_by(|a, b| {
            let order = a.distance.total_cmp(&b.distance);
            if ascending { order } else { order.reverse() }
        });
    }
    found.truncate(options.count.unwrap_or(usize::MAX));
    for found in &mut found {
        found.distance /= unit;
    }
    let Some(key) = options.store else {
        let reply = |found: &Found| place_found(found, &options, is_resp3);
        return Ok(Reply::Array(found.iter().map(reply).collect()));
    };
    let scored = |found: Found| Scored {
        score: if options.store_distance {
            found.distance
        } else {
            found.score
        },
        member: found.member,
    };
    let mut items: Vec<Scored> = found.into_iter().map(scored).collect();
    items.sort_unstable_by(Scored::order);
    let event = match form.store {
        Store::Always => "geosearchstore",
        Store::ByOption | Store::Never => "georadiusstore",
    };
    let len = items.len();
    let zset = ZsetValue::from_sorted(items, limits);
    store::result(ctx, key, zset, len, (Class::Zset, event, len))
}

/// The reply for a place: the member, alone or with what was asked for.
fn place_found(found: &Found, options: &Options<'_>, is_resp3: bool) -> Reply {
    let mut reply = vec![Reply::Bulk(found.member.clone())];
    if options.with_distance {
        reply.push(distance_reply(found.distance));
    }
    if options.with_hash {
        reply.push(Reply::Integer(found.score as i64));
    }
    if options.with_place {
        reply.push(place_reply(found.place, is_resp3));
    }
    match reply.len() {
        1 => reply.remove(0),
        _ => Reply::Array(reply),
    }
}
