//! Random programs that end.
//!
//! Owns: a grammar of Lua over a stream of choices, which any bytes are. Shorter streams and smaller
//! choices make simpler programs, so that a failing one can be made smaller by changing its choices.
//! Every stream makes a valid program. What the programs call beside the libraries is in `prelude.lua`:
//! it bounds their work, and keeps addresses out of what they print. Must not know who runs them.

/// What every program finds: the functions that it calls beside the libraries, and `run`, which runs one.
pub const PRELUDE: &str = include_str!("prelude.lua");

/// A source that runs the program of each stream of choices, in order, with the [`PRELUDE`] before them.
/// Whatever a program does, the next one runs.
pub fn source<C: AsRef<[u8]>>(streams: &[C]) -> String {
    let mut source = PRELUDE.to_owned();
    for (number, choices) in streams.iter().enumerate() {
        let body = program(choices.as_ref());
        source += &format!("run({number}, function(...)\n{body}end)\n");
    }
    source
}

/// What an expression is wished to be. Most are what they are wished to be, so that programs get far;
/// some are anything, so that errors come up too.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Text,
    Table,
    Function,
    Any,
}

const KINDS: [Kind; 4] = [Kind::Number, Kind::Text, Kind::Table, Kind::Function];

/// Variables, by what they mostly hold.
const NUMBERS: [&str; 3] = ["i", "j", "k"];
const TEXTS: [&str; 2] = ["s", "t"];
const TABLES: [&str; 3] = ["a", "b", "c"];
const FUNCTIONS: [&str; 2] = ["f", "h"];
/// Fields, by what they mostly hold.
const NUMBER_FIELDS: [&str; 2] = ["x", "y"];
const TEXT_FIELDS: [&str; 2] = ["name", "key"];
const TABLE_FIELDS: [&str; 2] = ["next", "list"];
const FUNCTION_FIELDS: [&str; 2] = ["f", "each"];

const NUMBER_LITERALS: [&str; 17] = [
    "0", "1", "2", "3", "(-1)", "10", "0.5", "1e15", "2^53", "(-0)", "(1/0)", "(0/0)", "1e100",
    "255", "7", "1e-3", "3.7",
];
const TEXT_LITERALS: [&str; 9] = [
    "''", "'a'", "'b'", "'10'", "'0x10'", "'hello'", "'%d'", "'a b c'", "' 5 '",
];
const OTHER_LITERALS: [&str; 3] = ["nil", "true", "false"];
const ARITHMETIC: [&str; 6] = ["+", "-", "*", "/", "%", "^"];
const COMPARISON: [&str; 6] = ["==", "~=", "<", "<=", ">", ">="];
const EVENTS: [&str; 14] = [
    "__index",
    "__newindex",
    "__call",
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__pow",
    "__unm",
    "__concat",
    "__eq",
    "__lt",
    "__le",
];
/// Functions that take any arguments and whose results say nothing of addresses.
const LIBRARY: [&str; 44] = [
    "type",
    "tonumber",
    "text",
    "select",
    "rawequal",
    "rawget",
    "rawset",
    "next",
    "unpack",
    "pcall",
    "getmetatable",
    "assert",
    "error",
    "ipairs",
    "string.len",
    "string.sub",
    "string.byte",
    "string.char",
    "string.upper",
    "string.lower",
    "string.reverse",
    "string.find",
    "string.match",
    "string.format",
    "string.gsub",
    "insert",
    "table.remove",
    "table.concat",
    "table.sort",
    "table.maxn",
    "table.getn",
    "math.abs",
    "math.floor",
    "math.ceil",
    "math.max",
    "math.min",
    "math.fmod",
    "math.modf",
    "math.sqrt",
    "math.frexp",
    "math.ldexp",
    "xpcall",
    "setmetatable",
    "coroutine.wrap",
];
const FORMATS: [&str; 10] = [
    "'%d'", "'%5.2f'", "'%s'", "'%q'", "'%x'", "'%g'", "'%c'", "'%5s'", "'%e'", "'%i%%'",
];
const PATTERNS: [&str; 14] = [
    "'%a'",
    "'.'",
    "'a*'",
    "'(%w+)'",
    "'%d+'",
    "'l-'",
    "'^h'",
    "'o$'",
    "'%s'",
    "'()'",
    "'[a-c]'",
    "'%b()'",
    "'(a)(b)?'",
    "'%f[%w]'",
];

/// How deep statements and expressions nest.
const DEEPEST: u32 = 6;

/// The body of a program, made of a stream of choices. It needs the [`PRELUDE`].
pub fn program(choices: &[u8]) -> String {
    let mut generator = Generator {
        choices: choices.iter().copied(),
        text: String::new(),
        depth: 0,
        loops: 0,
        is_vararg: true,
    };
    generator.put(
        "local i, j, k, s, t, a, b, c, f, h = 3, 0.5, ..., 'hello', '10', {}, {3, 1, 2}, {x = 1, name = 'n'}, text, p\n",
    );
    while generator.choices.len() > 0 {
        if generator.choose(3) == 0 {
            generator.statement();
            continue;
        }
        // An error here ends no more than this statement.
        generator.put("p(pcall(function(...)\n");
        generator.statement();
        generator.put("end, 1, nil, 'x'))\n");
    }
    generator.put("p(i, j, k, s, t, a, b, c)\n");
    generator.text
}

struct Generator<'a> {
    choices: std::iter::Copied<std::slice::Iter<'a, u8>>,
    text: String,
    depth: u32,
    /// How many loops of the innermost function are open.
    loops: u32,
    /// Whether the innermost function takes extra arguments.
    is_vararg: bool,
}

impl Generator<'_> {
    /// A number below `n`; 0 when the choices have run out.
    fn choose(&mut self, n: usize) -> usize {
        usize::from(self.choices.next().unwrap_or(0)) % n
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn pick(&mut self, words: &[&str]) {
        let word = words[self.choose(words.len())];
        self.put(word);
    }

    fn kind(&mut self) -> Kind {
        KINDS[self.choose(KINDS.len())]
    }

    fn name(&mut self, kind: Kind) {
        match kind {
            Kind::Number => self.pick(&NUMBERS),
            Kind::Text => self.pick(&TEXTS),
            Kind::Table => self.pick(&TABLES),
            Kind::Function => self.pick(&FUNCTIONS),
            Kind::Any => {
                let kind = self.kind();
                self.name(kind);
            }
        }
    }

    fn field(&mut self, kind: Kind) {
        match kind {
            Kind::Number => self.pick(&NUMBER_FIELDS),
            Kind::Text => self.pick(&TEXT_FIELDS),
            Kind::Table => self.pick(&TABLE_FIELDS),
            Kind::Function => self.pick(&FUNCTION_FIELDS),
            Kind::Any => {
                let kind = self.kind();
                self.field(kind);
            }
        }
    }

    fn literal(&mut self, kind: Kind) {
        match kind {
            Kind::Number => self.pick(&NUMBER_LITERALS),
            Kind::Text => self.pick(&TEXT_LITERALS),
            Kind::Table => self.put("{}"),
            Kind::Function => self.pick(&LIBRARY),
            Kind::Any => self.pick(&OTHER_LITERALS),
        }
    }

    /// Statements. One that leaves the block is its last.
    fn block(&mut self) {
        self.depth += 1;
        let count = 1 + self.choose(5);
        for _ in 0..count {
            if self.choices.len() == 0 || self.statement() {
                break;
            }
        }
        self.depth -= 1;
    }

    /// Adds a statement, and tells whether it leaves the block.
    fn statement(&mut self) -> bool {
        let kind = if self.depth >= DEEPEST {
            self.choose(9)
        } else {
            self.choose(24)
        };
        match kind {
            0..=2 => {
                self.put("p(");
                self.list();
                self.put(")\n");
            }
            3 | 4 => {
                let kind = self.kind();
                self.put("local ");
                self.name(kind);
                self.put(" = ");
                self.expression(kind);
                self.put("\n");
            }
            5 | 6 => {
                let kind = self.kind();
                self.target(kind);
                self.put(" = ");
                self.expression(kind);
                self.put("\n");
            }
            7 => {
                let kinds = (self.kind(), self.kind());
                self.target(kinds.0);
                self.put(", ");
                self.target(kinds.1);
                self.put(" = ");
                self.expression(kinds.0);
                self.put(", ");
                self.expression(kinds.1);
                self.put("\n");
            }
            8 | 9 => {
                self.put("p(pcall(");
                self.function();
                self.put(", ");
                self.list();
                self.put("))\n");
            }
            10 | 11 => {
                self.put("if ");
                self.condition();
                self.put(" then\n");
                self.block();
                if self.choose(2) == 1 {
                    self.put("else\n");
                    self.block();
                }
                self.put("end\n");
            }
            12 | 13 => {
                self.put("for ");
                self.pick(&NUMBERS);
                self.put(" = ");
                self.expression(Kind::Number);
                self.put(", ");
                self.expression(Kind::Number);
                if self.choose(3) == 2 {
                    self.put(", ");
                    self.expression(Kind::Number);
                }
                self.put(" do take()\n");
                self.body_of_loop();
                self.put("end\n");
            }
            14 => {
                self.put("for ");
                self.pick(&NUMBERS);
                self.put(", ");
                self.name(Kind::Any);
                self.pick(&[" in pairs(", " in ipairs(", " in next, ("]);
                self.expression(Kind::Table);
                self.put(") do take()\n");
                self.body_of_loop();
                self.put("end\n");
            }
            15 => {
                self.put("while ");
                self.condition();
                self.put(" do take()\n");
                self.body_of_loop();
                self.put("end\n");
            }
            16 => {
                self.put("repeat take()\n");
                self.body_of_loop();
                self.put("until ");
                self.condition();
                self.put("\n");
            }
            17 => {
                self.put("do\n");
                self.block();
                self.put("end\n");
            }
            18 => {
                self.put("local function ");
                self.name(Kind::Function);
                self.parameters_and_body();
            }
            19 => {
                self.put("function ");
                self.name(Kind::Table);
                self.pick(&[".", ":"]);
                self.field(Kind::Function);
                self.parameters_and_body();
            }
            20 => {
                self.name(Kind::Table);
                self.put(" = setmetatable(");
                self.expression(Kind::Table);
                self.put(", {");
                for _ in 0..=self.choose(3) {
                    self.pick(&EVENTS);
                    self.put(" = ");
                    if self.choose(4) == 3 {
                        self.expression(Kind::Table);
                    } else {
                        self.function();
                    }
                    self.put(", ");
                }
                self.put("})\n");
            }
            21 => {
                self.put("for v in coroutine.wrap(");
                self.function();
                self.put(") do take() p(v)\n");
                self.body_of_loop();
                self.put("end\n");
            }
            22 if self.loops > 0 => {
                self.put("break\n");
                return true;
            }
            _ if self.depth > 0 => {
                self.put("return ");
                self.list();
                self.put("\n");
                return true;
            }
            _ => {
                self.put("p(");
                self.list();
                self.put(")\n");
            }
        }
        false
    }

    fn body_of_loop(&mut self) {
        self.loops += 1;
        self.block();
        self.loops -= 1;
    }

    fn function(&mut self) {
        self.put("function");
        self.parameters_and_body();
    }

    fn parameters_and_body(&mut self) {
        let outer = (self.loops, self.is_vararg);
        self.loops = 0;
        self.is_vararg = self.choose(3) == 2;
        let parameters = match (self.choose(3), self.is_vararg) {
            (0, false) => "()",
            (0, true) => "(...)",
            (1, false) => "(i)",
            (1, true) => "(s, ...)",
            (_, false) => "(b, c)",
            (_, true) => "(b, c, ...)",
        };
        self.put(parameters);
        self.put(" take()\n");
        self.block();
        self.put("end\n");
        (self.loops, self.is_vararg) = outer;
    }

    /// What can be assigned to.
    fn target(&mut self, kind: Kind) {
        match self.choose(4) {
            0 | 1 => self.name(kind),
            2 => {
                self.name(Kind::Table);
                self.put(".");
                self.field(kind);
            }
            _ => {
                self.name(Kind::Table);
                self.put("[key(");
                self.expression(Kind::Any);
                self.put(")]");
            }
        }
    }

    /// One to three expressions.
    fn list(&mut self) {
        self.expression(Kind::Any);
        for _ in 0..self.choose(4).saturating_sub(1) {
            self.put(", ");
            self.expression(Kind::Any);
        }
    }

    /// An expression to test.
    fn condition(&mut self) {
        let kind = self.kind();
        match self.choose(4) {
            0 => self.expression(kind),
            1 => {
                self.put("not ");
                self.expression(kind);
            }
            2 => {
                self.condition_operand(kind);
                self.put(" and ");
                self.condition_operand(Kind::Number);
            }
            _ => self.condition_operand(kind),
        }
    }

    fn condition_operand(&mut self, kind: Kind) {
        self.put("(");
        self.expression(kind);
        self.put(" ");
        self.pick(&COMPARISON);
        self.put(" ");
        self.expression(kind);
        self.put(")");
    }

    fn expression(&mut self, wish: Kind) {
        if self.choices.len() == 0 || self.depth >= DEEPEST {
            match self.choose(2) {
                0 => self.literal(wish),
                _ => self.name(wish),
            }
            return;
        }
        self.depth += 1;
        let kind = match self.choose(16) {
            15 => Kind::Any,
            _ => wish,
        };
        match self.choose(12) {
            0 | 1 => self.literal(kind),
            2..=4 => self.name(kind),
            5 => {
                self.name(Kind::Table);
                self.put(".");
                self.field(kind);
            }
            6 => {
                self.put("(");
                self.expression(kind);
                self.pick(&[" and ", " or "]);
                self.expression(kind);
                self.put(")");
            }
            7 => self.call(),
            _ => match kind {
                Kind::Number => self.number(),
                Kind::Text => self.text(),
                Kind::Table => self.constructor(),
                Kind::Function => self.function(),
                Kind::Any => self.anything(),
            },
        }
        self.depth -= 1;
    }

    fn number(&mut self) {
        match self.choose(8) {
            0..=3 => {
                self.put("(");
                self.expression(Kind::Number);
                self.put(" ");
                self.pick(&ARITHMETIC);
                self.put(" ");
                self.expression(Kind::Number);
                self.put(")");
            }
            4 => {
                self.put("(- ");
                self.expression(Kind::Number);
                self.put(")");
            }
            5 => {
                let kind = [Kind::Text, Kind::Table][self.choose(2)];
                self.put("(#");
                self.expression(kind);
                self.put(")");
            }
            6 => {
                self.name(Kind::Table);
                self.put("[");
                self.expression(Kind::Number);
                self.put("]");
            }
            _ => {
                self.pick(&[
                    "math.floor(",
                    "math.ceil(",
                    "math.abs(",
                    "math.sqrt(",
                    "math.max(1, ",
                    "math.min(2, ",
                    "math.fmod(7, ",
                    "math.modf(",
                    "math.frexp(",
                    "math.ldexp(1, ",
                ]);
                self.expression(Kind::Number);
                self.put(")");
            }
        }
    }

    fn text(&mut self) {
        match self.choose(7) {
            0 | 1 => {
                let kind = [Kind::Text, Kind::Number][self.choose(2)];
                self.put("cut(");
                self.expression(Kind::Text);
                self.put(" .. ");
                self.expression(kind);
                if self.choose(2) == 1 {
                    self.put(" .. ");
                    self.expression(Kind::Text);
                }
                self.put(")");
            }
            2 => {
                self.put("string.format(");
                self.pick(&FORMATS);
                self.put(", ");
                self.expression(Kind::Number);
                self.put(")");
            }
            3 => {
                self.put("cut(string.rep(");
                self.expression(Kind::Text);
                self.put(", ");
                self.pick(&["0", "1", "3", "'2'", "-1"]);
                self.put("))");
            }
            4 => {
                self.pick(&["string.match(", "string.find("]);
                self.expression(Kind::Text);
                self.put(", ");
                self.pick(&PATTERNS);
                self.put(")");
            }
            5 => {
                self.put("cut(string.gsub(");
                self.expression(Kind::Text);
                self.put(", ");
                self.pick(&PATTERNS);
                self.put(", ");
                let kind = [Kind::Text, Kind::Table, Kind::Function][self.choose(3)];
                self.expression(kind);
                self.put("))");
            }
            _ => {
                self.name(Kind::Text);
                self.pick(&[
                    ":sub(2)",
                    ":sub(-3, -2)",
                    ":upper()",
                    ":reverse()",
                    ":byte(1, 3)",
                    ":len()",
                    ":rep(2)",
                ]);
            }
        }
    }

    fn anything(&mut self) {
        match self.choose(8) {
            0 | 1 => {
                let kind = self.kind();
                self.condition_operand(kind);
            }
            2 if self.is_vararg => self.pick(&["...", "(...)", "select('#', ...)"]),
            2 | 3 => {
                self.put("coroutine.yield(");
                self.list();
                self.put(")");
            }
            4 => {
                self.put("select(2, pcall(coroutine.yield, ");
                self.expression(Kind::Any);
                self.put("))");
            }
            5 => {
                self.put("not ");
                self.expression(Kind::Any);
            }
            _ => {
                let kind = self.kind();
                self.expression(kind);
            }
        }
    }

    fn call(&mut self) {
        match self.choose(4) {
            0 => self.name(Kind::Function),
            1 => {
                self.name(Kind::Table);
                self.pick(&[".", ":"]);
                self.field(Kind::Function);
            }
            _ => self.pick(&LIBRARY),
        }
        self.put("(");
        self.list();
        self.put(")");
    }

    fn constructor(&mut self) {
        self.put("{");
        for _ in 0..self.choose(5) {
            match self.choose(4) {
                0 | 1 => self.expression(Kind::Number),
                2 => {
                    let kind = self.kind();
                    self.field(kind);
                    self.put(" = ");
                    self.expression(kind);
                }
                _ => {
                    self.put("[key(");
                    self.expression(Kind::Any);
                    self.put(")] = ");
                    self.expression(Kind::Any);
                }
            }
            self.put(", ");
        }
        self.put("}");
    }
}
