//! `os.date` and `os.time`: calendar time, as C's `strftime` and `mktime` have it in the C locale.

use super::clock;
use crate::error::Throw;
use crate::heap::object::{Gc, Table};
use crate::native::Call;
use crate::value::Value;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment, broken down as C's `struct tm`.
struct Broken {
    unix: i64,
    year: i64,
    /// From 1.
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// From 0, Sunday.
    weekday: i64,
    /// From 1.
    year_day: i64,
    is_summer: bool,
    zone: String,
    /// Seconds east of Greenwich.
    offset: i64,
}

impl Broken {
    /// `None` where the calendar ends.
    fn new(unix: i64, zone: &TimeZone) -> Option<Broken> {
        let moment = Timestamp::from_second(unix).ok()?;
        let info = zone.to_offset_info(moment);
        let local = info.offset().to_datetime(moment);
        Some(Broken {
            unix,
            year: local.year().into(),
            month: local.month().into(),
            day: local.day().into(),
            hour: local.hour().into(),
            minute: local.minute().into(),
            second: local.second().into(),
            weekday: local.weekday().to_sunday_zero_offset().into(),
            year_day: local.day_of_year().into(),
            is_summer: info.dst().is_dst(),
            zone: info.abbreviation().to_owned(),
            offset: info.offset().seconds().into(),
        })
    }

    /// One conversion of `strftime`; `false` if there is none by that letter.
    fn format(&self, conversion: u8, out: &mut String) -> bool {
        use std::fmt::Write;
        let twelve = (self.hour + 11) % 12 + 1;
        let day_name = DAYS[self.weekday as usize % 7];
        let month_name = MONTHS[(self.month - 1) as usize % 12];
        let (iso_year, iso_week) = self.iso_week();
        let mut all = |conversions: &str| {
            for part in conversions.split_inclusive(|c: char| c.is_ascii_alphabetic()) {
                let (text, letter) = part.split_at(part.len() - 1);
                out.push_str(text);
                self.format(letter.as_bytes()[0], out);
            }
        };
        // Writing to a string cannot fail.
        let _ = match conversion {
            b'a' => out.write_str(&day_name[..3]),
            b'A' => out.write_str(day_name),
            b'b' | b'h' => out.write_str(&month_name[..3]),
            b'B' => out.write_str(month_name),
            b'c' => {
                all("a b e T Y");
                Ok(())
            }
            b'C' => write!(out, "{:02}", self.year.div_euclid(100)),
            b'd' => write!(out, "{:02}", self.day),
            b'D' | b'x' => {
                all("m/d/y");
                Ok(())
            }
            b'e' => write!(out, "{:2}", self.day),
            b'F' => {
                all("Y-m-d");
                Ok(())
            }
            b'g' => write!(out, "{:02}", iso_year.rem_euclid(100)),
            b'G' => write!(out, "{iso_year}"),
            b'H' => write!(out, "{:02}", self.hour),
            b'I' => write!(out, "{twelve:02}"),
            b'j' => write!(out, "{:03}", self.year_day),
            b'k' => write!(out, "{:2}", self.hour),
            b'l' => write!(out, "{twelve:2}"),
            b'm' => write!(out, "{:02}", self.month),
            b'M' => write!(out, "{:02}", self.minute),
            b'n' => out.write_str("\n"),
            b'p' => out.write_str(if self.hour < 12 { "AM" } else { "PM" }),
            b'P' => out.write_str(if self.hour < 12 { "am" } else { "pm" }),
            b'r' => {
                all("I:M:S p");
                Ok(())
            }
            b'R' => {
                all("H:M");
                Ok(())
            }
            b's' => write!(out, "{}", self.unix),
            b'S' => write!(out, "{:02}", self.second),
            b't' => out.write_str("\t"),
            b'T' | b'X' => {
                all("H:M:S");
                Ok(())
            }
            b'u' => write!(out, "{}", (self.weekday + 6) % 7 + 1),
            b'U' => write!(out, "{:02}", (self.year_day + 6 - self.weekday) / 7),
            b'V' => write!(out, "{iso_week:02}"),
            b'w' => write!(out, "{}", self.weekday),
            b'W' => write!(
                out,
                "{:02}",
                (self.year_day + 6 - (self.weekday + 6) % 7) / 7
            ),
            b'y' => write!(out, "{:02}", self.year.rem_euclid(100)),
            b'Y' => write!(out, "{}", self.year),
            b'z' => {
                let minutes = self.offset.abs() / 60;
                let sign = if self.offset < 0 { '-' } else { '+' };
                write!(out, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
            }
            b'Z' => out.write_str(&self.zone),
            b'%' => out.write_str("%"),
            _ => return false,
        };
        true
    }

    /// Year and week of ISO 8601.
    fn iso_week(&self) -> (i64, i64) {
        let date = civil::Date::new(self.year as i16, self.month as i8, self.day as i8);
        match date {
            Ok(date) => {
                let iso = date.iso_week_date();
                (iso.year().into(), iso.week().into())
            }
            Err(_) => (self.year, 0),
        }
    }
}

fn local_zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

pub(super) fn date(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let format = match cx.opt_str(1)? {
        Some(format) => super::super::c_string(format.bytes()).to_vec(),
        None => b"%c".to_vec(),
    };
    let unix = match cx.arg(2).is_nil() {
        true => clock::unix_seconds(),
        false => cx.check_int(2)?,
    };
    let is_utc = format.starts_with(b"!");
    let (zone, format) = match is_utc {
        true => (TimeZone::UTC, &format[1..]),
        false => (local_zone(), &format[..]),
    };
    let Some(mut broken) = Broken::new(unix, &zone) else {
        return cx.ret(Value::NIL);
    };
    if is_utc {
        // As C calls it.
        "GMT".clone_into(&mut broken.zone);
    }
    if format == b"*t" {
        return ret_fields(cx, &broken);
    }
    let mut text = Vec::new();
    let mut rest = format.iter();
    while let Some(&byte) = rest.next() {
        let conversion = match byte {
            b'%' => rest.next(),
            _ => None,
        };
        let mut converted = String::new();
        match conversion {
            Some(&letter) if broken.format(letter, &mut converted) => {
                text.extend_from_slice(converted.as_bytes());
            }
            Some(&letter) => text.extend_from_slice(&[b'%', letter]),
            None => text.push(byte),
        }
    }
    cx.ret_str(&text)
}

/// The table of `os.date("*t")`, its fields set in PUC's order.
fn ret_fields(cx: &mut Call<'_>, broken: &Broken) -> Result<u32, Throw> {
    let t = cx.vm.heap.table_sized(0, 9)?;
    for (name, value) in [
        ("sec", broken.second),
        ("min", broken.minute),
        ("hour", broken.hour),
        ("day", broken.day),
        ("month", broken.month),
        ("year", broken.year),
        ("wday", broken.weekday + 1),
        ("yday", broken.year_day),
    ] {
        cx.vm.set_field(t, name, Value::num(value as f64))?;
    }
    cx.vm.set_field(t, "isdst", Value::bool(broken.is_summer))?;
    cx.ret(t)
}

pub(super) fn time(cx: &mut Call<'_>) -> Result<u32, Throw> {
    if cx.arg(1).is_nil() {
        return cx.ret(clock::unix_seconds() as f64);
    }
    let t = cx.check_table(1)?;
    let second = field(cx, t, "sec", Some(0))?;
    let minute = field(cx, t, "min", Some(0))?;
    let hour = field(cx, t, "hour", Some(12))?;
    let day = field(cx, t, "day", None)?;
    let month = field(cx, t, "month", None)?;
    let year = field(cx, t, "year", None)?;
    let key = cx.vm.heap.str(b"isdst")?;
    let isdst = cx.vm.get(Value::from(t).into(), key.into())?;
    let asked_summer = (!isdst.is_nil()).then(|| isdst.is_truthy());
    // Fields may lie outside their ranges, and carry over.
    let months = year * 12 + month - 1;
    let first = civil_days(months.div_euclid(12), months.rem_euclid(12) + 1);
    let local = ((first + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    let unix = Timestamp::from_second(local).ok().and_then(|as_if_utc| {
        let local = TimeZone::UTC.to_datetime(as_if_utc);
        let zone = local_zone();
        let moment = zone.to_ambiguous_timestamp(local).compatible().ok()?;
        let is_summer = zone.to_offset_info(moment).dst().is_dst();
        // A clock that is said to be an hour ahead, or not, where it is otherwise.
        let ahead = match asked_summer {
            Some(asked) => i64::from(asked) - i64::from(is_summer),
            None => 0,
        };
        Some(moment.as_second() - ahead * 3600)
    });
    match unix {
        Some(-1) | None => cx.ret(Value::NIL),
        Some(unix) => cx.ret(unix as f64),
    }
}

/// A number in a date table.
fn field(cx: &mut Call<'_>, t: Gc<Table>, name: &str, default: Option<i64>) -> Result<i64, Throw> {
    let key = cx.vm.heap.str(name.as_bytes())?;
    let value = cx.vm.get(Value::from(t).into(), key.into())?;
    match (cx.vm.read_number(value)?, default) {
        // As a C int, which cannot overflow what follows.
        (Some(number), _) => Ok(i64::from(crate::number::cast::to_i64(number) as i32)),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(cx.error(&format!("field '{name}' missing in date table"))),
    }
}

/// Days from 1970 to the first of a month, in the calendar of today.
fn civil_days(year: i64, month: i64) -> i64 {
    // Years that begin in March have their leap day at their end.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_the_calendar() {
        for (year, month) in [
            (1970, 1),
            (1969, 12),
            (2000, 2),
            (2000, 3),
            (1900, 3),
            (2100, 12),
            (1, 1),
        ] {
            let date = civil::date(year as i16, month as i8, 1);
            let seconds = date.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
            assert_eq!(
                civil_days(year, month) * 86_400,
                seconds.timestamp().as_second(),
                "{year}-{month}"
            );
        }
    }
}
