//! Random programs.
//!
//! Owns: a grammar of Lua over a stream of choices. It must not know what a program is tested for.

use proptest::prelude::*;

/// The text of a program.
pub struct Program(pub String);

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\n{}\n", self.0)
    }
}

/// Programs that are right but for what a scope may hold, with line ends strewn in.
pub fn programs() -> impl Strategy<Value = Program> {
    prop::collection::vec(any::<u8>(), 0..600).prop_map(|choices| Program(program(&choices)))
}

/// Makes a program of a stream of choices: shorter or smaller choices make simpler programs.
fn program(choices: &[u8]) -> String {
    let mut generator = Generator {
        choices: choices.iter().copied(),
        text: String::new(),
        depth: 0,
        loops: 0,
        varargs: true,
    };
    generator.put("local a , b = { } , 1");
    generator.block();
    generator.text
}

struct Generator<'a> {
    choices: std::iter::Copied<std::slice::Iter<'a, u8>>,
    text: String,
    depth: u32,
    /// How many loops of the innermost function are open.
    loops: u32,
    /// Whether the innermost function takes extra arguments.
    varargs: bool,
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "g", "h"];
const FIELDS: [&str; 3] = ["x", "y", "print"];
const CONSTANTS: [&str; 14] = [
    "1", "2", "0", "3.5", "1e300", "65536", "100000", "'s'", "'10'", "nil", "true", "false",
    "\"\"", "0x10",
];
const BINARY: [&str; 15] = [
    "+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or",
];
const UNARY: [&str; 3] = ["-", "not", "#"];
const DEEPEST: u32 = 5;

impl Generator<'_> {
    /// A number below `n`; 0 when the choices have run out.
    fn choose(&mut self, n: usize) -> usize {
        usize::from(self.choices.next().unwrap_or(0)) % n
    }

    fn chance(&mut self, n: usize) -> bool {
        self.choose(n) == n - 1
    }

    /// Adds tokens that are separated by blanks.
    fn put(&mut self, tokens: &str) {
        for token in tokens.split(' ') {
            self.text.push_str(token);
            let separator = if self.chance(6) { '\n' } else { ' ' };
            self.text.push(separator);
        }
    }

    fn name(&mut self) {
        let name = self.choose(NAMES.len());
        self.put(NAMES[name]);
    }

    fn field(&mut self) {
        let name = self.choose(FIELDS.len());
        self.put(FIELDS[name]);
    }

    fn block(&mut self) {
        self.depth += 1;
        if self.depth < DEEPEST {
            for _ in 0..self.choose(5) {
                self.statement();
            }
            match self.choose(8) {
                6 if self.loops > 0 => self.put("break"),
                7 => {
                    self.put("return");
                    if self.chance(2) {
                        self.list();
                    }
                }
                _ => {}
            }
        }
        self.depth -= 1;
    }

    fn loop_body(&mut self) {
        self.loops += 1;
        self.block();
        self.loops -= 1;
    }

    fn list(&mut self) {
        self.expr();
        for _ in 0..self.choose(4) {
            self.put(",");
            self.expr();
        }
    }

    fn names(&mut self) {
        self.name();
        for _ in 0..self.choose(3) {
            self.put(",");
            self.name();
        }
    }

    fn statement(&mut self) {
        match self.choose(16) {
            0 | 1 => {
                self.put("local");
                self.names();
                if self.chance(2) {
                    self.put("=");
                    self.list();
                }
            }
            2..=4 => {
                self.target();
                for _ in 0..self.choose(3) {
                    self.put(",");
                    self.target();
                }
                self.put("=");
                self.list();
            }
            5 => {
                self.call();
                self.put(";");
            }
            6 => {
                self.put("do");
                self.block();
                self.put("end");
            }
            7 => {
                self.put("while");
                self.expr();
                self.put("do");
                self.loop_body();
                self.put("end");
            }
            8 => {
                self.put("repeat");
                self.loop_body();
                self.put("until");
                self.expr();
            }
            9 => {
                self.put("if");
                self.expr();
                self.put("then");
                self.block();
                for _ in 0..self.choose(3) {
                    self.put("elseif");
                    self.expr();
                    self.put("then");
                    self.block();
                }
                if self.chance(2) {
                    self.put("else");
                    self.block();
                }
                self.put("end");
            }
            10 => {
                self.put("for");
                self.name();
                self.put("=");
                self.expr();
                self.put(",");
                self.expr();
                if self.chance(2) {
                    self.put(",");
                    self.expr();
                }
                self.put("do");
                self.loop_body();
                self.put("end");
            }
            11 => {
                self.put("for");
                self.names();
                self.put("in");
                self.list();
                self.put("do");
                self.loop_body();
                self.put("end");
            }
            12 => {
                self.put("try ( function");
                self.function();
                for _ in 0..self.choose(3) {
                    self.put(",");
                    self.expr();
                }
                self.put(") ;");
            }
            13 => {
                self.put("report (");
                self.list();
                self.put(") ;");
            }
            14 => {
                self.put("function");
                self.name();
                for _ in 0..self.choose(3) {
                    self.put(".");
                    self.field();
                }
                if self.chance(3) {
                    self.put(":");
                    self.field();
                }
                self.function();
            }
            _ => {
                self.put("local function");
                self.name();
                self.function();
            }
        }
    }

    /// From the parameters on.
    fn function(&mut self) {
        let outside = (self.loops, self.varargs);
        self.loops = 0;
        self.put("(");
        match self.choose(4) {
            0 => self.varargs = false,
            1 => {
                self.names();
                self.varargs = false;
            }
            2 => {
                self.put("...");
                self.varargs = true;
            }
            _ => {
                self.names();
                self.put(", ...");
                self.varargs = true;
            }
        }
        self.put(")");
        self.block();
        self.put("end");
        (self.loops, self.varargs) = outside;
    }

    fn target(&mut self) {
        self.name();
        for _ in 0..self.choose(3) {
            self.suffix();
            self.index();
        }
    }

    fn index(&mut self) {
        if self.chance(2) {
            self.put("[");
            self.expr();
            self.put("]");
        } else {
            self.put(".");
            self.field();
        }
    }

    fn call(&mut self) {
        self.name();
        for _ in 0..self.choose(3) {
            self.suffix();
        }
        self.arguments();
    }

    /// Nothing, an index or a call.
    fn suffix(&mut self) {
        match self.choose(5) {
            1 | 2 => self.index(),
            3 => self.arguments(),
            4 => {
                self.put(":");
                self.field();
                self.arguments();
            }
            _ => {}
        }
    }

    fn arguments(&mut self) {
        // No line end before the parenthesis: that is ambiguous.
        if self.text.ends_with('\n') {
            self.text.pop();
            self.text.push(' ');
        }
        match self.choose(5) {
            0 => self.put("( )"),
            1 => self.put("'arg'"),
            2 => self.table(),
            _ => {
                self.put("(");
                self.list();
                self.put(")");
            }
        }
    }

    fn table(&mut self) {
        self.put("{");
        for _ in 0..self.choose(5) {
            match self.choose(4) {
                0 | 1 => self.expr(),
                2 => {
                    self.field();
                    self.put("=");
                    self.expr();
                }
                _ => {
                    self.put("[");
                    self.expr();
                    self.put("] =");
                    self.expr();
                }
            }
            let separator = self.choose(2);
            self.put([",", ";"][separator]);
        }
        self.put("}");
    }

    fn expr(&mut self) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.name();
        } else {
            match self.choose(16) {
                0 | 1 => self.name(),
                2..=4 => {
                    let constant = self.choose(CONSTANTS.len());
                    self.put(CONSTANTS[constant]);
                }
                5..=8 => {
                    self.expr();
                    let operator = self.choose(BINARY.len());
                    self.put(BINARY[operator]);
                    self.expr();
                }
                9 => {
                    let operator = self.choose(UNARY.len());
                    self.put(UNARY[operator]);
                    self.expr();
                }
                10 => {
                    self.put("(");
                    self.expr();
                    self.put(")");
                    self.suffix();
                }
                11 => self.call(),
                12 => self.target(),
                13 => self.table(),
                14 => {
                    self.put("function");
                    self.function();
                }
                _ if self.varargs => self.put("..."),
                _ => self.name(),
            }
        }
        self.depth -= 1;
    }
}
