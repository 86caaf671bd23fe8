//! [`Launch`]: what an editor wants to be run, as a person writes it into launch.json.

use serde_json::Value;

/// What is to be run, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Launch {
    /// The path of the script or library.
    pub program: String,
    /// KEYS.
    pub keys: Vec<String>,
    /// ARGV.
    pub args: Vec<String>,
    /// The function to call, where the program is a library.
    pub function: Option<String>,
    /// Files of Redis commands to run first.
    pub setup: Vec<String>,
    /// The server to be like.
    pub profile: Option<String>,
    /// Where the clock stands, milliseconds since 1970.
    pub clock: Option<String>,
    /// The seed of random replies.
    pub seed: Option<String>,
    /// How many calls and turns of loops the script may make.
    pub max_instructions: Option<String>,
    /// How many bytes it may use.
    pub max_memory: Option<String>,
    /// Whether it stops before its first line.
    pub stop_on_entry: bool,
    /// Whether it is only to be run.
    pub no_debug: bool,
}

impl Launch {
    /// Reads the arguments of a launch request; what it does not know is the editor's own.
    pub(super) fn read(arguments: &Value) -> Result<Launch, String> {
        let field = |name: &'static str| Field {
            name,
            value: &arguments[name],
        };
        Ok(Launch {
            program: (field("program").word()?).ok_or("launch: 'program' is missing")?,
            keys: field("keys").words()?,
            args: field("args").words()?,
            function: field("function").word()?,
            setup: field("setup").words()?,
            profile: field("profile").word()?,
            clock: field("clock").word()?,
            seed: field("seed").word()?,
            max_instructions: field("maxInstructions").word()?,
            max_memory: field("maxMemory").word()?,
            stop_on_entry: field("stopOnEntry").flag()?,
            no_debug: field("noDebug").flag()?,
        })
    }
}

struct Field<'a> {
    name: &'static str,
    value: &'a Value,
}

impl Field<'_> {
    fn wrong<T>(&self, what: &str) -> Result<T, String> {
        Err(format!(
            "launch: '{}' is no {what}: {}",
            self.name, self.value
        ))
    }

    /// A text, or a number as it is written.
    fn word(&self) -> Result<Option<String>, String> {
        match self.value {
            Value::Null => Ok(None),
            value => match text(value) {
                Some(text) => Ok(Some(text)),
                None => self.wrong("text"),
            },
        }
    }

    /// A list of them, or one alone.
    fn words(&self) -> Result<Vec<String>, String> {
        let words = match self.value {
            Value::Null => Some(Vec::new()),
            Value::Array(items) => items.iter().map(text).collect(),
            value => text(value).map(|text| vec![text]),
        };
        match words {
            Some(words) => Ok(words),
            None => self.wrong("list of texts"),
        }
    }

    fn flag(&self) -> Result<bool, String> {
        match self.value {
            Value::Null => Ok(false),
            Value::Bool(yes) => Ok(*yes),
            _ => self.wrong("boolean"),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
