//! What rules there are, for `--list-rules` and `--explain`.

use std::io::{self, Write};

use evalua_check::{Outcome, rules};

/// Writes a line for each rule.
pub fn list(out: &mut Vec<u8>) -> io::Result<()> {
    let width = rules::ALL.iter().map(|rule| rule.name.len()).max();
    let width = width.unwrap_or_default();
    for rule in rules::ALL {
        writeln!(out, "{:width$}  {}", rule.name, rule.summary)?;
    }
    Ok(())
}

/// Writes all there is to say of a rule.
pub fn explain(name: &str, out: &mut Vec<u8>) -> io::Result<()> {
    let Some(rule) = rules::named(name) else {
        return Ok(());
    };
    writeln!(
        out,
        "{}: {}\n\n{}",
        rule.name, rule.summary, rule.explanation
    )?;
    for example in rule.failing {
        writeln!(out, "\nBreaks it:\n\n{}", indented(example.script))?;
        let outcome = match example.outcome {
            Outcome::Error(text) => format!("error: … {text} …"),
            Outcome::Reply(reply) => format!("reply: {}", reply.replace('\n', "\n       ")),
            Outcome::Endless => "never ends".to_owned(),
            Outcome::Later(why) => why.to_owned(),
        };
        writeln!(out, "    -- {}", outcome.replace('\n', "\n    -- "))?;
    }
    for script in rule.passing {
        writeln!(out, "\nDoes not:\n\n{}", indented(script))?;
    }
    Ok(())
}

fn indented(script: &str) -> String {
    let lines = script.lines().map(|line| format!("    {line}"));
    lines.collect::<Vec<_>>().join("\n")
}
