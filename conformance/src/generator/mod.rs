//! Random programs that end.
//!
//! Owns: a grammar of Lua over a stream of choices, which any bytes are. Shorter streams and smaller
//! choices make simpler programs, so that a failing one can be made smaller by changing its choices.
//! Every stream makes a valid program. What the programs call beside the libraries is in `prelude.lua`:
//! it bounds their work, and keeps addresses out of what they print. Must not know who runs them.

mod words;

use words::*;

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

/// How deep statements and expressions nest.
const DEEPEST: u32 = 6;

/// Choices of a program at most.
const CHOICES: usize = 800;

/// The stream of choices number `number`, the same everywhere: splitmix64.
pub fn choices(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x2545_f491_4f6c_dd1d);
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    };
    let length = 20 + next() as usize % (CHOICES - 20);
    (0..length).map(|_| next() as u8).collect()
}

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
        "local i, j, k, s, t, a, b, c, f, h, co = 3, 0.5, ..., 'hello', '10', {}, {3, 1, 2}, {x = 1, name = 'n'}, text, p, coroutine.create(text)\n",
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
            self.choose(36)
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
            24 | 25 => {
                self.put("p(pcall(coroutine.resume, co, ");
                self.list();
                self.put("))\n");
            }
            26 => {
                self.put("co = coroutine.create(");
                self.function();
                self.put(")\np(coroutine.resume(co, ");
                self.list();
                self.put("))\n");
            }
            27 => {
                self.put("p(coroutine.status(co), pcall(error, ");
                self.expression(Kind::Any);
                self.pick(&[", 0))\n", ", 1))\n", ", 2))\n", "))\n"]);
            }
            28 => {
                self.put("p(xpcall(");
                self.function();
                self.put(", ");
                self.function();
                self.put("))\n");
            }
            29 => {
                self.put("p(pcall(setfenv(");
                self.function();
                self.put(", ");
                self.pick(&["env()", "env(a)", "setmetatable({}, {})"]);
                self.put("), ");
                self.list();
                self.put("))\n");
            }
            30 | 31 => {
                self.put("p(");
                self.pick(&TABLE_CALLS);
                self.name(Kind::Table);
                match self.choose(4) {
                    0 => {}
                    1 => {
                        self.put(", ");
                        self.expression(Kind::Number);
                    }
                    2 => {
                        self.put(", ");
                        self.expression(Kind::Text);
                    }
                    _ => {
                        self.put(", ");
                        self.function();
                    }
                }
                self.put("))\n");
            }
            32 => {
                self.put("local function ");
                self.name(Kind::Function);
                self.put("(...) take()\nlocal ");
                self.name(Kind::Number);
                self.put(" = ...\nreturn ");
                self.function();
                self.put(", ...\nend\n");
            }
            33 if self.is_vararg => {
                self.put("for ");
                self.pick(&NUMBERS);
                self.put(" = 1, select('#', ...) do take() p((select(");
                self.pick(&NUMBERS);
                self.put(", ...)))\n");
                self.body_of_loop();
                self.put("end\n");
            }
            34 => {
                self.put("for ");
                self.pick(&TEXTS);
                self.put(" in string.gmatch(");
                self.expression(Kind::Text);
                self.put(", ");
                self.pick(&PATTERNS);
                self.put(") do take()\n");
                self.body_of_loop();
                self.put("end\n");
            }
            35 => {
                self.put("error(");
                self.expression(Kind::Any);
                self.pick(&[")\n", ", 0)\n", ", 2)\n", ", 3)\n"]);
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
                self.pick(&METHODS);
            }
        }
    }

    fn anything(&mut self) {
        match self.choose(8) {
            0 | 1 => {
                let kind = self.kind();
                self.condition_operand(kind);
            }
            2 if self.is_vararg => self.pick(&VARARGS),
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
