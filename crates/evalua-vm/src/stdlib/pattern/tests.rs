//! The matcher against that of `lua5.1`.

use super::{Captured, Fault, MatchError, Matcher, find_plain, has_specials};
use crate::differential::{Comparison, Random, literal};
use crate::error::Throw;
use crate::limits::Fuel;

/// `string.find(subject, pattern)` with the results and captures as one text.
fn find(subject: &[u8], pattern: &[u8]) -> Vec<u8> {
    if !has_specials(pattern) {
        return match find_plain(subject, pattern) {
            Some(at) => format!("true {} {}", at + 1, at + pattern.len()).into_bytes(),
            None => b"true nil".to_vec(),
        };
    }
    match find_pattern(subject, pattern) {
        Ok(text) => text,
        Err(fault) => format!("false {}", fault.message()).into_bytes(),
    }
}

fn find_pattern(subject: &[u8], pattern: &[u8]) -> Result<Vec<u8>, Fault> {
    let (anchored, pattern) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut matcher = Matcher::new(subject, pattern);
    let mut fuel = Fuel::default();
    let last = if anchored { 0 } else { subject.len() };
    for start in 0..=last {
        let end = match matcher.match_at(&mut fuel, start) {
            Ok(end) => end,
            Err(MatchError::Pattern(fault)) => return Err(fault),
            Err(MatchError::Stopped(throw)) => unreachable!("no budget is set, yet {throw:?}"),
        };
        if let Some(end) = end {
            let mut text = format!("true {} {end}", start + 1).into_bytes();
            for index in 0..matcher.capture_count() {
                text.push(b' ');
                match matcher.capture(index, start..end)? {
                    Captured::Text(range) => text.extend_from_slice(&subject[range]),
                    Captured::Position(at) => {
                        text.extend_from_slice((at + 1).to_string().as_bytes())
                    }
                }
            }
            return Ok(text);
        }
    }
    Ok(b"true nil".to_vec())
}

fn compare(cases: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) {
    let mut comparison = Comparison::default();
    for (subject, pattern) in cases {
        let expression = format!(
            "(function(...) local t = {{...}} for i = 1, select('#', ...) do t[i] = tostring(t[i]) end \
             return table.concat(t, ' ') end)(pcall(string.find, {}, {}))",
            literal(&subject),
            literal(&pattern)
        );
        comparison.row(expression, find(&subject, &pattern));
    }
    comparison.check();
}

#[test]
fn items_and_faults() {
    let cases: [(&[u8], &[u8]); 76] = [
        (b"hello world", b"o w"),
        (b"hello world", b"(o)(%s)(w)"),
        (b"hello", b"^h.-o$"),
        (b"hello", b"^ello"),
        (b"hello", b"l+"),
        (b"hello", b"l*"),
        (b"hello", b"xl-o"),
        (b"hello", b"h?ello?"),
        (b"aaa", b"a-"),
        (b"aaa", b"^a-$"),
        (b"key=value", b"^(%w+)=(%w+)$"),
        (b"2024-01-02", b"(%d+)-(%d+)-(%d+)"),
        (b"f(a(b)c)d", b"%b()"),
        (b"((", b"%b()"),
        (b"THE (quick) fox", b"%f[%a]%a+%f[%A]"),
        (b"THE", b"%f[%z]"),
        (b"abcabc", b"(abc)%1"),
        (b"abcab", b"(abc)%1"),
        (b"hello", b"()ll()"),
        (b"hello", b"(()h)"),
        (b"aXb", b"%u"),
        (b"a.b", b"%."),
        (b"a%b", b"%%"),
        (b"a$", b"$"),
        (b"a$b", b"$b"),
        (b"a^b", b"a^b"),
        (b"]", b"[]]"),
        (b"^", b"[%^]"),
        (b"a", b"[^^]"),
        (b"-", b"[a-]"),
        (b"-", b"[-a]"),
        (b"b", b"[a-c]"),
        (b"-", b"[%a-z]"),
        (b"z", b"[%a-z]"),
        (b"]", b"[^]]"),
        (b"\xe9", b"%a"),
        (b"\xe9", b"[\xe0-\xff]"),
        (b"a\0b", b"%z"),
        (b"a\0b", b"a\0b"),
        (b"a\0b", b"a\0*"),
        (b"a\0b", b"a.b"),
        (b"a\0b", b"[%z]b"),
        (b"a", b"[a\0]"),
        (b"x", b"\0"),
        (b"x", b".\0y"),
        (b"a", b"["),
        (b"a", b"[a"),
        (b"a", b"[^"),
        (b"a", b"[]"),
        (b"a", b"[%"),
        (b"a", b"[%]"),
        (b"a", b"[a-%]x]"),
        (b"a", b"[a-%"),
        (b"a", b"%"),
        (b"a", b"a%"),
        (b"b", b"a%"),
        (b"a", b"(a"),
        (b"a", b".)"),
        (b"a", b"%1"),
        (b"a", b"(%1)"),
        (b"a", b"()%1"),
        (b"a", b"%0"),
        (b"a", b"(a)%2"),
        (b"a", b"%b"),
        (b"a", b"%bx"),
        (b"a", b"%f"),
        (b"a", b"%fa"),
        (b"a", b"%f[a"),
        (b"a", b"(.).)"),
        (b"ab", b"(a*(.)%w(%s*))"),
        (b"", b""),
        (b"", b"^$"),
        (b"", b".-"),
        (b"abc", b""),
        (b"%d", b"%d"),
        (b"a*", b"%*$"),
    ];
    compare(cases.map(|(subject, pattern)| (subject.to_vec(), pattern.to_vec())));
    compare([
        (b"a".to_vec(), b"()".repeat(32)),
        (b"a".to_vec(), b"()".repeat(33)),
    ]);
}

#[test]
fn every_class_on_every_byte() {
    let classes = b"acdlpsuwxzACDLPSUWXZqQ.-%!_\xe4";
    let mut comparison = Comparison::default();
    for &class in classes {
        for subject in 0..=255u8 {
            let pattern = [b'[', b'%', class, b']'];
            comparison.row(
                format!(
                    "tostring(({}):find({}))",
                    literal(&[subject]),
                    literal(&pattern)
                ),
                match find_pattern(&[subject], &pattern) {
                    Ok(text) if text == b"true 1 1" => "1",
                    _ => "nil",
                },
            );
        }
    }
    comparison.check();
}

#[test]
fn random_patterns() {
    let mut random = Random(5);
    let pieces: [&[u8]; 34] = [
        b"a", b"b", b"ab", b".", b"%a", b"%d", b"%s", b"[ab]", b"[^a]", b"[a-b1]", b"%w", b"%W",
        b"1", b" ", b"*", b"+", b"-", b"?", b"*", b"-", b"(", b")", b"(", b")", b"()", b"%1",
        b"%2", b"%b()", b"%bab", b"%f[%a]", b"%f[^b]", b"$", b"^", b"%",
    ];
    compare((0..12_000).map(|_| {
        let subject = (0..random.below(14))
            .map(|_| random.of(b"aaabbb1 ()\0"))
            .collect();
        let pattern = (0..1 + random.below(7))
            .flat_map(|_| random.of(&pieces).to_vec())
            .collect();
        (subject, pattern)
    }));
}

#[test]
fn a_budget_stops_an_exponential_pattern() {
    let subject = [b'a'; 60];
    let pattern = [&b"a?".repeat(60)[..], &b"a*".repeat(20), b"b"].concat();
    let mut fuel = Fuel::default();
    fuel.set(Some(1_000_000));
    assert_eq!(
        Matcher::new(&subject, &pattern).match_at(&mut fuel, 0),
        Err(MatchError::Stopped(Throw::Budget))
    );
}

#[test]
fn a_long_pattern_needs_no_stack() {
    let mut fuel = Fuel::default();
    let subject = vec![b'a'; 50_000];
    let pattern = b"a?".repeat(50_000);
    assert_eq!(
        Matcher::new(&subject, &pattern).match_at(&mut fuel, 0),
        Ok(Some(50_000))
    );
    let pattern = b"a-".repeat(200_000);
    assert_eq!(
        Matcher::new(&subject, &pattern).match_at(&mut fuel, 0),
        Err(MatchError::Pattern(Fault::TooComplex))
    );
}
