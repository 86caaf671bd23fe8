//! Places on earth as integers, and what it takes to search among them.
//!
//! Owns the interleaving of longitude and latitude into 52 bits, the cells around a place that cover an
//! area, and distances on a sphere. All of it in the server's arithmetic, step by step, since the last
//! digits are seen. Knows nothing of sorted sets.

use std::f64::consts::PI;

/// Longitudes.
const LONGITUDE: Range = Range {
    min: -180.0,
    max: 180.0,
};

/// Latitudes of the Web Mercator projection.
const LATITUDE: Range = Range {
    min: -85.051_128_78,
    max: 85.051_128_78,
};

/// How often each coordinate is halved for the integer of a place.
const FINEST: u32 = 26;

const EARTH_RADIUS: f64 = 6_372_797.560_856;
const MERCATOR_MAX: f64 = 20_037_726.37;

/// The digits of geohashes.
const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

#[derive(Clone, Copy, Debug)]
struct Range {
    min: f64,
    max: f64,
}

impl Range {
    fn contains(self, value: f64) -> bool {
        (self.min..=self.max).contains(&value)
    }

    /// The number of the part that a value is in, when the range is halved so often.
    fn cell(self, value: f64, steps: u32) -> u32 {
        let offset = (value - self.min) / (self.max - self.min);
        (offset * (1_u64 << steps) as f64) as u32
    }

    /// The bounds of a part.
    fn bounds(self, cell: u32, steps: u32) -> Range {
        let (scale, parts) = (self.max - self.min, (1_u64 << steps) as f64);
        Range {
            min: self.min + f64::from(cell) / parts * scale,
            max: self.min + f64::from(cell.wrapping_add(1)) / parts * scale,
        }
    }

    /// The middle, brought back into the limits.
    fn middle(self, limits: Range) -> f64 {
        ((self.min + self.max) / 2.0)
            .min(limits.max)
            .max(limits.min)
    }
}

/// A place, in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// East of Greenwich.
    pub longitude: f64,
    /// North of the equator.
    pub latitude: f64,
}

impl Place {
    /// Whether it can be an integer.
    pub fn is_valid(self) -> bool {
        LONGITUDE.contains(self.longitude) && LATITUDE.contains(self.latitude)
    }

    /// The integer of a valid place.
    pub fn to_bits(self) -> u64 {
        Cell::around(self, FINEST).bits
    }

    /// The place of a score, about: the middle of its cell. A score that is no such integer is
    /// converted as the processor does it for the server.
    pub fn from_score(score: f64) -> Place {
        const HALF: f64 = (1_u64 << 63) as f64;
        let to_int = |value: f64| {
            let fits = (-HALF..HALF).contains(&value);
            (if fits { value as i64 } else { i64::MIN }) as u64
        };
        let bits = match score < HALF {
            true => to_int(score),
            false => to_int(score - HALF) ^ 1 << 63,
        };
        let steps = FINEST;
        Cell { bits, steps }.area().middle()
    }

    /// The geohash, in its usual form of eleven digits, of which 52 bits are known.
    pub fn to_geohash(self) -> [u8; 11] {
        let latitude = Range {
            min: -90.0,
            max: 90.0,
        };
        let x = LONGITUDE.cell(self.longitude, FINEST);
        let y = latitude.cell(self.latitude, FINEST);
        let bits = spread(y) | spread(x) << 1;
        std::array::from_fn(|index| match 47_usize.checked_sub(5 * index) {
            Some(shift) => ALPHABET[(bits >> shift) as usize & 31],
            None => ALPHABET[0],
        })
    }

    /// The distance to another place in metres, along a great circle.
    pub fn distance(self, other: Place) -> f64 {
        let v = ((radians(other.longitude) - radians(self.longitude)) / 2.0).sin();
        if v == 0.0 {
            return latitude_distance(self.latitude, other.latitude);
        }
        let (a, b) = (radians(self.latitude), radians(other.latitude));
        let u = ((b - a) / 2.0).sin();
        let a = u * u + a.cos() * b.cos() * v * v;
        2.0 * EARTH_RADIUS * a.sqrt().asin()
    }
}

fn radians(degrees: f64) -> f64 {
    degrees * (PI / 180.0)
}

fn degrees(radians: f64) -> f64 {
    radians / (PI / 180.0)
}

/// The distance in metres between two latitudes.
fn latitude_distance(a: f64, b: f64) -> f64 {
    EARTH_RADIUS * (radians(b) - radians(a)).abs()
}

/// The bits of a number with a zero in front of each.
fn spread(n: u32) -> u64 {
    const MASKS: [u64; 5] = [
        0x0000_ffff_0000_ffff,
        0x00ff_00ff_00ff_00ff,
        0x0f0f_0f0f_0f0f_0f0f,
        0x3333_3333_3333_3333,
        0x5555_5555_5555_5555,
    ];
    let shifts = [16, 8, 4, 2, 1];
    let pairs = MASKS.into_iter().zip(shifts);
    pairs.fold(u64::from(n), |n, (mask, shift)| (n | n << shift) & mask)
}

/// Every second bit of a number, the lowest included.
fn gather(n: u64) -> u32 {
    (0..32).fold(0, |all, bit| all | ((n >> (2 * bit)) as u32 & 1) << bit)
}

/// A rectangle of the grid that halving both coordinates so often makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    bits: u64,
    steps: u32,
}

/// The bounds of a cell.
#[derive(Clone, Copy, Debug)]
struct Area {
    longitude: Range,
    latitude: Range,
}

impl Area {
    fn middle(self) -> Place {
        Place {
            longitude: self.longitude.middle(LONGITUDE),
            latitude: self.latitude.middle(LATITUDE),
        }
    }
}

impl Cell {
    /// The cell that a valid place is in.
    fn around(place: Place, steps: u32) -> Cell {
        let x = LONGITUDE.cell(place.longitude, steps);
        let y = LATITUDE.cell(place.latitude, steps);
        Cell {
            bits: spread(y) | spread(x) << 1,
            steps,
        }
    }

    fn area(self) -> Area {
        Area {
            longitude: LONGITUDE.bounds(gather(self.bits >> 1), self.steps),
            latitude: LATITUDE.bounds(gather(self.bits), self.steps),
        }
    }

    /// The cell so many to the east and to the north, around the edges of the grid. A coordinate at
    /// the very edge is one too high, and stays so unless it moves.
    fn neighbour(self, east: i32, north: i32) -> Cell {
        let mask = ((1_u64 << self.steps) - 1) as u32;
        let moved = |at: u32, by: i32| match by {
            0 => at,
            by => at.wrapping_add_signed(by) & mask,
        };
        let x = moved(gather(self.bits >> 1), east);
        let y = moved(gather(self.bits), north);
        Cell {
            bits: spread(y) | spread(x) << 1,
            ..self
        }
    }

    /// The scores of the places in it: from the first to below the second.
    fn scores(self) -> (f64, f64) {
        let shift = 2 * (FINEST - self.steps);
        let scores = (self.bits << shift, (self.bits + 1) << shift);
        (scores.0 as f64, scores.1 as f64)
    }
}

/// The shape of the area that is searched; lengths in metres.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// All within a radius.
    Circle(f64),
    /// All within a rectangle along the coordinates.
    Box {
        /// From west to east.
        width: f64,
        /// From south to north.
        height: f64,
    },
}

/// An area that is searched.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// Its middle.
    pub centre: Place,
    /// Its shape, in a unit of the caller's.
    pub shape: Shape,
    /// That unit in metres.
    pub unit: f64,
}

impl Search {
    /// How far a place is from the middle, in metres, when it is in the area.
    pub fn distance(&self, place: Place) -> Option<f64> {
        let centre = self.centre;
        match self.shape {
            Shape::Circle(radius) => {
                let distance = centre.distance(place);
                (distance <= radius * self.unit).then_some(distance)
            }
            Shape::Box { width, height } => {
                let north = latitude_distance(place.latitude, centre.latitude);
                if north > height * self.unit / 2.0 {
                    return None;
                }
                let same_latitude = Place {
                    latitude: place.latitude,
                    ..centre
                };
                let east = place.distance(same_latitude);
                (east <= width * self.unit / 2.0).then(|| centre.distance(place))
            }
        }
    }

    /// The corners of a rectangle that holds the area: south-west and north-east.
    fn corners(&self) -> (Place, Place) {
        let (width, height) = match self.shape {
            Shape::Circle(radius) => (radius, radius),
            Shape::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let (width, height) = (self.unit * width, self.unit * height);
        let Place {
            longitude,
            latitude,
        } = self.centre;
        let north = degrees(height / EARTH_RADIUS);
        // The edge nearer to a pole spans more degrees.
        let edge = if latitude < 0.0 {
            latitude - north
        } else {
            latitude + north
        };
        let east = degrees(width / EARTH_RADIUS / radians(edge).cos());
        let corner = |east, north| Place {
            longitude: longitude + east,
            latitude: latitude + north,
        };
        (corner(-east, -north), corner(east, north))
    }

    /// How often to halve, so that nine cells hold the area in most cases.
    fn steps(&self) -> u32 {
        let mut metres = match self.shape {
            Shape::Circle(radius) => radius,
            Shape::Box { width, height } => {
                let (x, y) = (width / 2.0, height / 2.0);
                (x * x + y * y).sqrt()
            }
        } * self.unit;
        if metres == 0.0 {
            return FINEST;
        }
        let mut steps = 1;
        while metres < MERCATOR_MAX {
            metres *= 2.0;
            steps += 1;
        }
        steps -= 2;
        // Cells are narrower towards the poles.
        let latitude = self.centre.latitude.abs();
        if latitude > 66.0 {
            steps -= if latitude > 80.0 { 2 } else { 1 };
        }
        steps.clamp(1, FINEST as i32) as u32
    }

    /// The ranges of scores that hold the places of the area, in the order in which they are
    /// searched: each from its first to below its second.
    pub fn score_ranges(&self) -> Vec<(f64, f64)> {
        // Steps to the east and to the north, in the order of the search.
        const AROUND: [(i32, i32); 9] = [
            (0, 0),
            (0, 1),
            (0, -1),
            (1, 0),
            (-1, 0),
            (1, 1),
            (-1, 1),
            (1, -1),
            (-1, -1),
        ];
        let (south_west, north_east) = self.corners();
        let mut steps = self.steps();
        let mut cell = Cell::around(self.centre, steps);
        let too_small = cell.neighbour(0, 1).area().latitude.max < north_east.latitude
            || cell.neighbour(0, -1).area().latitude.min > south_west.latitude
            || cell.neighbour(1, 0).area().longitude.max < north_east.longitude
            || cell.neighbour(-1, 0).area().longitude.min > south_west.longitude;
        if steps > 1 && too_small {
            steps -= 1;
            cell = Cell::around(self.centre, steps);
        }
        let area = cell.area();
        let is_needed = |(east, north): (i32, i32)| {
            steps < 2
                || !((north < 0 && area.latitude.min < south_west.latitude)
                    || (north > 0 && area.latitude.max > north_east.latitude)
                    || (east < 0 && area.longitude.min < south_west.longitude)
                    || (east > 0 && area.longitude.max > north_east.longitude))
        };
        let mut cells: Vec<Cell> = Vec::new();
        for (index, (east, north)) in AROUND.into_iter().enumerate() {
            let next = cell.neighbour(east, north);
            // In a coarse grid neighbours can be the same. The server compares each with the one
            // before, unless that is the one in the middle.
            let repeats = cells.len() > 1 && cells.last() == Some(&next);
            if index == 0 || (is_needed((east, north)) && !repeats) {
                cells.push(next);
            }
        }
        cells.into_iter().map(Cell::scores).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_spread_and_gathered() {
        for n in [0, 1, 2, 0x1234_5678, u32::MAX] {
            assert_eq!(gather(spread(n)), n);
            assert_eq!(spread(n) & 0xaaaa_aaaa_aaaa_aaaa, 0);
        }
    }

    #[test]
    fn places_survive_their_integer() {
        let palermo = Place {
            longitude: 13.361_389,
            latitude: 38.115_556,
        };
        assert_eq!(palermo.to_bits(), 3_479_099_956_230_698);
        let back = Place::from_score(palermo.to_bits() as f64);
        assert!(palermo.distance(back) < 1.0);
        assert_eq!(&back.to_geohash(), b"sqc8b49rny0");
        for score in [-1.0, 1e18, 1e30, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Place::from_score(score).is_valid(), "{score}");
        }
    }

    #[test]
    fn every_place_in_an_area_is_in_its_ranges() {
        let mut rng = crate::rng::Rng::new(2);
        let mut place = |spread: f64| {
            let mut part = || rng.below(2_000_001) as f64 / 1e6 - 1.0;
            Place {
                longitude: part() * 180.0 * spread,
                latitude: part() * 80.0 * spread,
            }
        };
        for round in 0..300 {
            let search = Search {
                centre: place(0.9),
                shape: Shape::Circle(10_f64.powi(round % 7)),
                unit: 1.0,
            };
            for _ in 0..50 {
                let step = place(1e-3);
                let near = Place {
                    longitude: search.centre.longitude + step.longitude,
                    latitude: search.centre.latitude + step.latitude,
                };
                let score = near.to_bits() as f64;
                let ranges = search.score_ranges();
                let found = ranges
                    .iter()
                    .any(|(from, to)| *from <= score && score < *to);
                let there = Place::from_score(score);
                assert!(
                    found || search.distance(there).is_none(),
                    "{search:?} {near:?}"
                );
            }
        }
    }
}
