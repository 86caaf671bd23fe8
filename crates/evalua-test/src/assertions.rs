//! `assert` and what it can say, in the words of luassert: `assert.equal`, `assert.is_not_nil`, `assert.are.same`.
//!
//! Owns the table of assertions, their names, and what is said where one does not hold. A name is words with `_` or
//! `.` between them; `is`, `are` and their like mean nothing, `not` and `no` mean the contrary.

use std::rc::Rc;

use evalua_redis::Difference;
use evalua_vm::{
    Error, Function, Lua, MetaMethod, Result, Table, UserData, UserDataMethods, Value, Variadic,
};

use crate::bench::Bench;
use crate::failure::Raised;
use crate::show::show;

/// Words that only make a sentence.
const FILLERS: [&str; 11] = [
    "is", "are", "was", "were", "has", "have", "does", "be", "a", "an", "to",
];

/// Words that turn an assertion round.
const NEGATIONS: [&str; 2] = ["not", "no"];

/// An assertion.
struct Assertion {
    /// Its names; the first is its own.
    names: &'static [&'static str],
    /// How many values it looks at; a message may follow them.
    values: usize,
    /// What it says: `expected … to …`, for people.
    claim: &'static str,
    /// Whether it holds.
    check: fn(&Lua, &[Value]) -> Result<Verdict>,
}

/// What comes of a function that does not fail.
const NO_ERROR: &str = "no error";

/// What a check has found.
struct Verdict {
    holds: bool,
    /// What to show where it does not: the two sides, or what came alone.
    expected: Option<String>,
    actual: String,
}

/// The table of assertions.
const ASSERTIONS: &[Assertion] = &[
    Assertion {
        names: &["equal", "equals"],
        values: 2,
        claim: "be equal",
        check: |_, values| compare(values, values[0] == values[1]),
    },
    Assertion {
        names: &["same"],
        values: 2,
        claim: "be the same",
        check: |_, values| compare(values, same(&values[0], &values[1], 0)?),
    },
    Assertion {
        names: &["near"],
        values: 3,
        claim: "be near one another",
        check: near,
    },
    Assertion {
        names: &["true"],
        values: 1,
        claim: "be true",
        check: |_, values| one(values, values[0] == Value::Boolean(true)),
    },
    Assertion {
        names: &["false"],
        values: 1,
        claim: "be false",
        check: |_, values| one(values, values[0] == Value::Boolean(false)),
    },
    Assertion {
        names: &["nil"],
        values: 1,
        claim: "be nil",
        check: |_, values| one(values, values[0].is_nil()),
    },
    Assertion {
        names: &["truthy"],
        values: 1,
        claim: "be neither false nor nil",
        check: |_, values| one(values, is_truthy(&values[0])),
    },
    Assertion {
        names: &["falsy"],
        values: 1,
        claim: "be false or nil",
        check: |_, values| one(values, !is_truthy(&values[0])),
    },
    Assertion {
        names: &["number"],
        values: 1,
        claim: "be a number",
        check: |_, values| one(values, values[0].type_name() == "number"),
    },
    Assertion {
        names: &["string"],
        values: 1,
        claim: "be a string",
        check: |_, values| one(values, values[0].type_name() == "string"),
    },
    Assertion {
        names: &["table"],
        values: 1,
        claim: "be a table",
        check: |_, values| one(values, values[0].type_name() == "table"),
    },
    Assertion {
        names: &["boolean"],
        values: 1,
        claim: "be a boolean",
        check: |_, values| one(values, values[0].type_name() == "boolean"),
    },
    Assertion {
        names: &["function"],
        values: 1,
        claim: "be a function",
        check: |_, values| one(values, values[0].type_name() == "function"),
    },
    Assertion {
        names: &["matches", "match"],
        values: 2,
        claim: "match",
        check: |lua, values| compare(values, matches(lua, &values[0], &values[1])?),
    },
    Assertion {
        names: &["error_matches", "error_match"],
        values: 2,
        claim: "fail with an error that matches",
        check: |lua, values| match error_of(lua, &values[0])? {
            None => no_error(&values[1]),
            Some(error) => {
                let holds = matches(lua, &values[1], &error)?;
                compare(&[values[1].clone(), error], holds)
            }
        },
    },
    Assertion {
        names: &["error", "errors"],
        values: 1,
        claim: "fail",
        check: |lua, values| match (error_of(lua, &values[0])?, values.get(1)) {
            (None, None | Some(Value::Nil)) => Ok(Verdict {
                holds: false,
                expected: None,
                actual: NO_ERROR.to_owned(),
            }),
            (None, Some(wanted)) => no_error(wanted),
            (Some(error), None | Some(Value::Nil)) => one(&[error], true),
            (Some(error), Some(wanted)) => {
                let holds = same(wanted, &error, 0)?;
                compare(&[wanted.clone(), error], holds)
            }
        },
    },
];

/// What has been said of an assertion so far: `assert.is_not` is one, and `assert` itself.
#[derive(Clone)]
struct Sentence {
    bench: Rc<Bench>,
    words: Vec<String>,
    is_negated: bool,
}

impl Sentence {
    /// With more words.
    fn and(&self, more: &str) -> Sentence {
        let mut sentence = self.clone();
        for word in more.split('_') {
            if NEGATIONS.contains(&word) {
                sentence.is_negated = !sentence.is_negated;
            } else if !FILLERS.contains(&word) {
                sentence.words.push(word.to_owned());
            }
        }
        sentence
    }

    fn assertion(&self) -> Result<&'static Assertion> {
        let name = self.words.join("_");
        let is_meant = |row: &&Assertion| row.names.contains(&&*name);
        ASSERTIONS.iter().find(is_meant).ok_or_else(|| {
            let names: Vec<_> = ASSERTIONS.iter().map(|row| row.names[0]).collect();
            Error::runtime(format_args!(
                "there is no assertion '{name}'; there are {}",
                names.join(", ")
            ))
        })
    }

    /// Makes the assertion.
    fn apply(&self, lua: &Lua, values: &[Value]) -> Result<()> {
        let row = self.assertion()?;
        let name = row.names[0];
        if values.len() < row.values {
            let plural = if row.values == 1 { "" } else { "s" };
            return Err(Error::runtime(format_args!(
                "assert.{name} needs {} value{plural}, and has {}",
                row.values,
                values.len()
            )));
        }
        // It may call a function of the spec.
        let verdict = self.bench.nested(|| (row.check)(lua, values))?;
        if verdict.holds != self.is_negated {
            return Ok(());
        }
        // What follows the values is a message, but for assert.error, whose second value is the error.
        let first = row.values + usize::from(name == "error");
        let not = if self.is_negated { "not to " } else { "to " };
        let sentence = match &verdict.expected {
            // Of a part of it, or a pattern, one might have thought as well.
            Some(_) if name == "error" => {
                format!(
                    "expected these {not}fail with exactly this error; error_matches takes a pattern"
                )
            }
            Some(_) => format!("expected these {not}{}", row.claim),
            None => format!("expected this {not}{}", row.claim),
        };
        let message = match values.get(first) {
            None | Some(Value::Nil) => sentence,
            Some(message) => format!("{}\n{sentence}", message.to_string()?),
        };
        Err(match verdict.expected {
            Some(expected) => Raised::Unmet {
                message,
                difference: Some(Difference {
                    expected,
                    actual: verdict.actual,
                }),
            },
            None => Raised::Unmet {
                message: format!("{message}: {}", verdict.actual),
                difference: None,
            },
        }
        .into())
    }
}

impl UserData for Sentence {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_meta_method(MetaMethod::Index, |_, sentence, word: String| {
            let said = sentence.and(&word);
            // What is no beginning of a name is told at once.
            let name = said.words.join("_");
            let begins = |row: &Assertion| row.names.iter().any(|full| full.starts_with(&name));
            if !ASSERTIONS.iter().any(begins) {
                said.assertion()?;
            }
            Ok(said)
        });
        methods.add_meta_method(
            MetaMethod::Call,
            |lua, sentence, values: Variadic<Value>| {
                if !sentence.words.is_empty() {
                    sentence.apply(lua, &values)?;
                    return Ok(values);
                }
                // assert(value, message), as in Lua.
                match values.first() {
                    None => Err(Error::runtime("assert needs a value")),
                    Some(value) if is_truthy(value) => Ok(values),
                    Some(_) => {
                        let message = match values.get(1) {
                            None | Some(Value::Nil) => "assertion failed!".to_owned(),
                            Some(message) => message.to_string()?,
                        };
                        Err(Raised::Unmet {
                            message,
                            difference: None,
                        }
                        .into())
                    }
                }
            },
        );
    }
}

/// Gives a Lua state its `assert`.
pub fn install(lua: &Lua, bench: &Rc<Bench>) -> Result<()> {
    let assert = Sentence {
        bench: bench.clone(),
        words: Vec::new(),
        is_negated: false,
    };
    lua.globals().raw_set("assert", assert)
}

fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Nil | Value::Boolean(false))
}

fn compare(values: &[Value], holds: bool) -> Result<Verdict> {
    Ok(Verdict {
        holds,
        expected: Some(show(&values[0])?),
        actual: show(&values[1])?,
    })
}

fn one(values: &[Value], holds: bool) -> Result<Verdict> {
    Ok(Verdict {
        holds,
        expected: None,
        actual: show(&values[0])?,
    })
}

fn no_error(wanted: &Value) -> Result<Verdict> {
    Ok(Verdict {
        holds: false,
        expected: Some(show(wanted)?),
        actual: NO_ERROR.to_owned(),
    })
}

fn near(_: &Lua, values: &[Value]) -> Result<Verdict> {
    let numbers: Option<Vec<f64>> = values[..3].iter().map(Value::as_number).collect();
    let Some([expected, actual, tolerance]) = numbers.as_deref().and_then(<[f64]>::first_chunk)
    else {
        return compare(values, false);
    };
    compare(values, (expected - actual).abs() <= *tolerance)
}

/// Whether two values are equal, tables by what is in them.
fn same(a: &Value, b: &Value, depth: usize) -> Result<bool> {
    /// So deep tables are compared; deeper ones must be the very same.
    const MAX_DEPTH: usize = 100;
    let (Value::Table(left), Value::Table(right)) = (a, b) else {
        return Ok(a == b);
    };
    if a == b {
        return Ok(true);
    }
    if depth == MAX_DEPTH {
        return Ok(false);
    }
    let mut count = 0;
    for pair in left.pairs::<Value, Value>() {
        let (key, value) = pair?;
        count += 1;
        if !same(&value, &right.raw_get(key)?, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(count == entries(right)?)
}

fn entries(table: &Table) -> Result<usize> {
    let entries = table.pairs::<Value, Value>();
    entries
        .map(|pair| pair.map(|_| ()))
        .collect::<Result<Vec<_>>>()
        .map(|all| all.len())
}

/// Whether a text has a part that matches a pattern of Lua's.
fn matches(lua: &Lua, pattern: &Value, text: &Value) -> Result<bool> {
    let (Value::String(_), Value::String(_) | Value::Number(_)) = (pattern, text) else {
        return Ok(false);
    };
    let find: Function = lua.globals().get::<Table>("string")?.get("find")?;
    let at: Value = find.call((text.clone(), pattern.clone()))?;
    Ok(!at.is_nil())
}

/// The value that a function raises; none if it does not.
fn error_of(lua: &Lua, function: &Value) -> Result<Option<Value>> {
    let outcome = match function {
        Value::Function(function) => function.call::<()>(()),
        other => {
            return Err(Error::runtime(format_args!(
                "a function is needed that is to fail, and this is a {} value",
                other.type_name()
            )));
        }
    };
    match outcome {
        Ok(()) => Ok(None),
        Err(error) => match lua.error_value(&error) {
            Some(value) => Ok(Some(value)),
            // What no Lua code can catch, no assertion can.
            None => Err(error),
        },
    }
}
