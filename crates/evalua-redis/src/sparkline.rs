//! A graph of numbers in rows of text, as LATENCY GRAPH shows it.

/// How many rows the bars have.
const ROWS: usize = 4;

/// What the top of a bar looks like, by how much of its row it fills.
const TOPS: [char; 3] = ['_', 'o', '#'];

/// Bars for values from the least to the greatest of them, one column each, and below each its label, from
/// top to bottom.
pub(crate) fn graph(bars: &[(i64, String)]) -> String {
    let values = bars.iter().map(|(value, _)| *value);
    let least = values.clone().min().unwrap_or(0);
    let range = (values.max().unwrap_or(0) - least).max(1) as f64;
    let steps = ROWS * TOPS.len();
    let height = |value: i64| {
        let step = ((value - least) as f64 * steps as f64 / range) as usize;
        step.min(steps - 1)
    };
    let mut text = String::new();
    for row in (0..ROWS).rev() {
        let floor = row * TOPS.len();
        text.extend(bars.iter().map(|(value, _)| match height(*value) {
            step if step < floor => ' ',
            step => TOPS.get(step - floor).copied().unwrap_or('|'),
        }));
        text.push('\n');
    }
    let lines = bars.iter().map(|(_, label)| label.chars().count()).max();
    // A line of blanks stands between bars and labels.
    for line in 0..=lines.unwrap_or(0) {
        let letter = |label: &str| match line {
            0 => ' ',
            line => label.chars().nth(line - 1).unwrap_or(' '),
        };
        text.extend(bars.iter().map(|(_, label)| letter(label)));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::graph;

    #[test]
    fn bars_reach_from_the_least_to_the_greatest() {
        let bars = [(2, "65s"), (7, "6s"), (4, "3s"), (5, "1s")];
        let bars = bars.map(|(value, label)| (value, label.to_owned()));
        assert_eq!(
            graph(&bars),
            " #  \n | o\n |o|\n_|||\n    \n6631\n5sss\ns   \n"
        );
        assert_eq!(graph(&[(3, "0s".to_owned())]), " \n \n \n_\n \n0\ns\n");
    }
}
