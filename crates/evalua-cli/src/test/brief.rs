//! What of long differences and commands is shown to those who have not asked for all of it.

/// So many lines that are the same are shown before a change, and after it.
const CONTEXT: usize = 3;

/// So many lines with one sign are shown in a row: the first, and the last of them.
const FIRST: usize = 30;
const LAST: usize = 5;

/// So many lines are shown of the value of a key that was not there before, or is not there any more.
const VALUE: usize = 4;

/// So many characters of a command with its reply are shown: of its beginning, and of its end.
const BEGINNING: usize = 140;
const END: usize = 60;

/// A line of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// With its sign.
    Shown(char, &'a str),
    /// So many with that sign are left out.
    LeftOut(char, usize),
}

/// All lines of a difference.
pub fn whole(lines: &[(char, String)]) -> Vec<Line<'_>> {
    let shown = lines.iter().map(|(sign, line)| Line::Shown(*sign, line));
    shown.collect()
}

/// The lines of a difference that change something, and those around them. What is left out keeps the name of the key
/// that the next lines are about.
pub fn brief(lines: &[(char, String)]) -> Vec<Line<'_>> {
    let mut shown = Vec::new();
    let mut begin = 0;
    for run in lines.chunk_by(|a, b| a.0 == b.0) {
        let sign = run[0].0;
        let end = begin + run.len();
        let (first, last) = match sign {
            ' ' => (
                if begin == 0 { 0 } else { CONTEXT },
                if end == lines.len() { 0 } else { CONTEXT },
            ),
            _ => (FIRST, LAST),
        };
        begin = end;
        if sign != ' ' && is_key(&run[0]) {
            for key in run.chunk_by(|_, line| !is_key(line)) {
                abridge(&mut shown, key, 1 + VALUE, 0);
            }
        } else {
            abridge(&mut shown, run, first, last);
        }
    }
    shown
}

/// Appends the first and the last lines of a run with one sign.
fn abridge<'a>(shown: &mut Vec<Line<'a>>, run: &'a [(char, String)], first: usize, last: usize) {
    // A line that says that one is left out is no shorter.
    if run.len() <= first + last + 1 {
        return shown.extend(whole(run));
    }
    let (head, rest) = run.split_at(first);
    let (middle, tail) = rest.split_at(rest.len() - last);
    let sign = run[0].0;
    shown.extend(whole(head));
    match middle.iter().rposition(is_key) {
        Some(key) => {
            leave_out(shown, sign, key);
            shown.push(Line::Shown(sign, &middle[key].1));
            leave_out(shown, sign, middle.len() - key - 1);
        }
        None => leave_out(shown, sign, middle.len()),
    }
    shown.extend(whole(tail));
}

/// Whether a line of a keyspace names a key; those of its value are indented.
fn is_key((_, line): &(char, String)) -> bool {
    line.starts_with(['"', 'd'])
}

fn leave_out(shown: &mut Vec<Line<'_>>, sign: char, count: usize) {
    if count > 0 {
        shown.push(Line::LeftOut(sign, count));
    }
}

/// The beginning and the end of a long command.
pub fn cut(text: &str) -> String {
    let count = text.chars().count();
    if count <= BEGINNING + END + 3 {
        return text.to_owned();
    }
    let beginning = text.chars().take(BEGINNING);
    let end = text.chars().skip(count - END);
    beginning.chain(" … ".chars()).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `=3 -1 =12 +40` as lines.
    fn lines(runs: &[(char, usize)]) -> Vec<(char, String)> {
        let run = |&(sign, count): &(char, usize)| {
            (0..count).map(move |index| (sign, format!("  {index}")))
        };
        runs.iter().flat_map(run).collect()
    }

    /// The signs of what is shown, and the numbers of what is left out.
    fn signs(shown: &[Line<'_>]) -> String {
        let sign = |line: &Line<'_>| match line {
            Line::Shown(sign, _) => sign.to_string(),
            Line::LeftOut(sign, count) => format!("{sign}{count}"),
        };
        shown.iter().map(sign).collect()
    }

    #[test]
    fn what_is_the_same_is_left_out_but_around_changes() {
        let short = lines(&[(' ', 4), ('-', 1), (' ', 7), ('+', 1), (' ', 4)]);
        assert_eq!(brief(&short), whole(&short));
        let long = lines(&[(' ', 5), ('-', 1), (' ', 8), ('+', 1), (' ', 5)]);
        assert_eq!(signs(&brief(&long)), " 2   -    2   +    2");
        let nothing = lines(&[(' ', 5)]);
        assert_eq!(signs(&brief(&nothing)), " 5");
        assert_eq!(brief(&[]), []);
    }

    #[test]
    fn of_many_changes_the_first_and_the_last_are_shown() {
        let fits = lines(&[('+', 36)]);
        assert_eq!(brief(&fits), whole(&fits));
        let many = lines(&[('+', 37)]);
        let expected = format!("{}+2{}", "+".repeat(30), "+".repeat(5));
        assert_eq!(signs(&brief(&many)), expected);
    }

    #[test]
    fn the_key_is_shown_whose_value_has_changed() {
        let mut long = lines(&[('-', 1), (' ', 20), ('+', 1)]);
        long[10].1 = "\"key\" (list)".to_owned();
        let shown = brief(&long);
        assert_eq!(signs(&shown), "-    6  7   +");
        assert!(shown.contains(&Line::Shown(' ', "\"key\" (list)")));
    }

    #[test]
    fn of_the_values_of_new_keys_the_beginning_is_shown() {
        let mut long = lines(&[('+', 14)]);
        for key in [0, 6] {
            long[key].1 = "\"key\" (list)".to_owned();
        }
        // The first fits.
        let expected = format!("{}+3", "+".repeat(6 + 5));
        assert_eq!(signs(&brief(&long)), expected);
    }

    #[test]
    fn long_commands_are_cut_in_the_middle() {
        let fits = "é".repeat(203);
        assert_eq!(cut(&fits), fits);
        let long = format!("{}{}", "a".repeat(150), "z".repeat(54));
        let expected = format!("{} … {}{}", "a".repeat(140), "a".repeat(6), "z".repeat(54));
        assert_eq!(cut(&long), expected);
    }
}
