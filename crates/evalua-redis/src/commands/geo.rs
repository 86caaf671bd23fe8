//! Places in sorted sets, their integers as scores: adding them, where they are, how far apart.

use crate::args::{self, Args, is};
use crate::commands::sorted_sets::zadd;
use crate::errors::{self, CommandError};
use crate::gate::Ctx;
use crate::geohash::Place;
use crate::reply::Reply;
use crate::table::access::{ACCESS, RO, RW, UPDATE};
use crate::table::flag::{DENYOOM, READONLY, WRITE};
use crate::table::{Command, Group, KeySpec, Outcome, acl};
use crate::values::ZsetValue;

const ROW: Command = Command {
    group: Group::Geo,
    acl: acl::GEO,
    since: "3.2.0",
    ..Command::BASE
};

/// Every command of the family.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "geoadd",
        arity: -5,
        flags: WRITE | DENYOOM,
        keys: &[KeySpec::one(1, RW | UPDATE)],
        since: "3.2.0",
        summary: "Adds one or more members to a geospatial index. The key is created if it doesn't exist.",
        complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        examples: examples![
            (
                "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
                "(integer) 2",
            ),
            ("GEOADD Sicily XX CH 13.361389 39 Palermo", "(integer) 1"),
            (
                "GEOADD Sicily 200 100 nowhere",
                "(error) ERR invalid longitude,latitude pair 200.000000,100.000000",
            ),
            (
                "GEOADD Sicily NX XX 13 38 Palermo",
                "(error) ERR syntax error",
            ),
            ("ZSCORE Sicily Catania", "\"3479447370796909\""),
        ],
        run: geoadd,
        ..ROW
    },
    Command {
        name: "geodist",
        arity: -4,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "3.2.0",
        summary: "Returns the distance between two members of a geospatial index.",
        examples: examples![
            (
                "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
                "(integer) 2",
            ),
            ("GEODIST Sicily Palermo Catania", "\"166274.1516\""),
            ("GEODIST Sicily Palermo Catania km", "\"166.2742\""),
            ("GEODIST Sicily Palermo nowhere", "(nil)"),
            (
                "GEODIST Sicily Palermo Catania parsec",
                "(error) ERR unsupported unit provided. please use M, KM, FT, MI",
            ),
        ],
        run: geodist,
        ..ROW
    },
    Command {
        name: "geohash",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "3.2.0",
        summary: "Returns members from a geospatial index as geohash strings.",
        complexity: "O(1) for each member requested.",
        examples: examples![
            (
                "GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
                "(integer) 2",
            ),
            (
                "GEOHASH Sicily Palermo Catania nowhere",
                "1) \"sqc8b49rny0\"\n2) \"sqdtr74hyu0\"\n3) (nil)",
            ),
        ],
        run: geohash,
        ..ROW
    },
    Command {
        name: "geopos",
        arity: -2,
        flags: READONLY,
        keys: &[KeySpec::one(1, RO | ACCESS)],
        since: "3.2.0",
        summary: "Returns the longitude and latitude of members from a geospatial index.",
        complexity: "O(1) for each member requested.",
        examples: examples![
            ("GEOADD Sicily 13.583333 37.316667 Agrigento", "(integer) 1"),
            (
                "GEOPOS Sicily Agrigento nowhere",
                "1) 1) \"13.5833314061164856\"\n   2) \"37.31666804993816555\"\n2) (nil)",
            ),
        ],
        run: geopos,
        ..ROW
    },
];

/// Reads a place: longitude, then latitude.
///
/// # Errors
/// [`errors::NOT_A_FLOAT`]; what is off the map.
pub fn parse_place(longitude: &[u8], latitude: &[u8]) -> Result<Place, CommandError> {
    let place = Place {
        longitude: args::double(longitude)?,
        latitude: args::double(latitude)?,
    };
    if place.is_valid() {
        Ok(place)
    } else {
        Err(errors::invalid_place(place.longitude, place.latitude))
    }
}

/// Reads a unit of length, as metres.
///
/// # Errors
/// [`errors::GEO_UNIT`].
pub fn parse_unit(word: &[u8]) -> Result<f64, CommandError> {
    let units = [("m", 1.0), ("km", 1000.0), ("ft", 0.3048), ("mi", 1609.34)];
    let known = units.iter().find(|(name, _)| is(word, name));
    known.map(|(_, metres)| *metres).ok_or(errors::GEO_UNIT)
}

/// The reply for a distance: four digits behind the point.
pub fn distance_reply(distance: f64) -> Reply {
    let parts = (distance * 10_000.0).round_ties_even() as i64;
    Reply::bulk(format!("{}.{:04}", parts / 10_000, parts % 10_000))
}

/// The reply for a place: its coordinates with all their digits.
pub fn place_reply(place: Place, is_resp3: bool) -> Reply {
    let reply = |degrees: f64| {
        if is_resp3 {
            return Reply::Double(degrees);
        }
        let text = format!("{degrees:.17}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        Reply::bulk(if text == "-0" { "0" } else { text })
    };
    Reply::Array(vec![reply(place.longitude), reply(place.latitude)])
}

fn geoadd(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let mut words = args.words(2);
    let (mut if_absent, mut if_present) = (false, false);
    let mut options = Vec::new();
    while let Some(word) = words.peek() {
        if_absent |= is(word, "NX");
        if_present |= is(word, "XX");
        if !["NX", "XX", "CH"].iter().any(|option| is(word, option)) {
            break;
        }
        options.push(word);
        words.next();
    }
    let places = words.rest();
    if !places.len().is_multiple_of(3) || (if_absent && if_present) {
        return Err(errors::SYNTAX);
    }
    let mut scores = Vec::with_capacity(places.len() / 3);
    for place in places.chunks_exact(3) {
        scores.push(parse_place(place[0], place[1])?.to_bits().to_string());
    }
    let mut words = vec![args[0], args[1]];
    words.append(&mut options);
    for (score, place) in scores.iter().zip(places.chunks_exact(3)) {
        words.extend([score.as_bytes(), place[2]]);
    }
    zadd(ctx, Args::new(&words), false)
}

/// The reply for each member that the arguments name, or `missing`.
fn for_each_member(
    ctx: &mut Ctx<'_>,
    args: Args<'_>,
    missing: &Reply,
    reply: impl Fn(Place) -> Reply,
) -> Outcome {
    let zset = ctx.db().read::<ZsetValue>(args[1])?;
    let of_member = |member: &&[u8]| {
        let score = zset.and_then(|zset| zset.score(member));
        score.map_or(missing.clone(), |score| reply(Place::from_score(score)))
    };
    Ok(Reply::Array(args.from(2).iter().map(of_member).collect()))
}

fn geohash(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    for_each_member(ctx, args, &Reply::Null, |place| {
        Reply::bulk(place.to_geohash())
    })
}

fn geopos(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let is_resp3 = ctx.is_resp3();
    for_each_member(ctx, args, &Reply::NullArray, |place| {
        place_reply(place, is_resp3)
    })
}

fn geodist(ctx: &mut Ctx<'_>, args: Args<'_>) -> Outcome {
    let unit = match args.len() {
        4 => 1.0,
        5 => parse_unit(args[4])?,
        _ => return Err(errors::SYNTAX),
    };
    let Some(zset) = ctx.db().read::<ZsetValue>(args[1])? else {
        return Ok(Reply::Null);
    };
    let place = |member| zset.score(member).map(Place::from_score);
    Ok(match place(args[2]).zip(place(args[3])) {
        Some((a, b)) => distance_reply(a.distance(b) / unit),
        None => Reply::Null,
    })
}
