//! Chunks to test with, made from a tape of random bytes.

/// Makes a valid chunk: each byte of the tape decides something, and when it has run out the
/// shortest alternatives are taken.
pub fn valid_chunk(tape: &[u8]) -> String {
    let mut generator = Generator {
        tape,
        text: String::new(),
        vararg: vec![true],
        loops: vec![0],
        depth: 0,
    };
    while !generator.tape.is_empty() {
        generator.statement();
    }
    generator.text
}

struct Generator<'t> {
    tape: &'t [u8],
    text: String,
    /// For each open function whether it has `...`.
    vararg: Vec<bool>,
    /// For each open function how many loops are open.
    loops: Vec<u32>,
    depth: u32,
}

const NAMES: [&str; 6] = ["a", "b", "c", "d", "arg", "self"];
/// Operators whose instruction is emitted where the operands end.
const OPERATORS: [&str; 15] = [
    "+", "-", "*", "/", "%", "^", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or",
];

impl Generator<'_> {
    /// A number below `limit`, 0 when the tape has run out.
    fn choose(&mut self, limit: u8) -> u8 {
        match self.tape.split_first() {
            Some((&byte, rest)) => {
                self.tape = rest;
                byte % limit
            }
            None => 0,
        }
    }

    /// Adds tokens with random white space between them.
    fn put(&mut self, tokens: &str) {
        for token in tokens.split(' ') {
            let space =
                [" ", " ", " ", "\n", "\r\n", " --[[\n]] ", " --x\n"][usize::from(self.choose(7))];
            self.text.push_str(space);
            self.text.push_str(token);
        }
    }

    /// Adds a token that must stand on the line of the one before.
    fn put_close(&mut self, token: &str) {
        self.text.push_str(token);
    }

    fn name(&mut self) {
        let name = NAMES[usize::from(self.choose(6))];
        self.put(name);
    }

    fn names(&mut self) {
        self.name();
        while self.choose(3) == 2 {
            self.put(",");
            self.name();
        }
    }

    fn block(&mut self) {
        self.depth += 1;
        let count = if self.depth > 6 { 0 } else { self.choose(5) };
        for _ in 0..count {
            self.statement();
        }
        match self.choose(8) {
            5 if self.loops.last() != Some(&0) => self.put("break"),
            6 => self.put("return"),
            7 => {
                self.put("return");
                self.expr_list();
            }
            _ => {}
        }
        self.depth -= 1;
    }

    fn loop_block(&mut self) {
        *self.loops.last_mut().expect("a function is open") += 1;
        self.block();
        *self.loops.last_mut().expect("a function is open") -= 1;
    }

    fn statement(&mut self) {
        match self.choose(13) {
            0 => {
                self.name();
                self.arguments();
            }
            1 | 2 => {
                self.put("local");
                self.names();
                if self.choose(2) == 1 {
                    self.put("=");
                    self.expr_list();
                }
            }
            3 => {
                self.name();
                while self.choose(3) == 2 {
                    self.put(",");
                    self.name();
                    self.suffix();
                }
                self.put("=");
                self.expr_list();
            }
            4 => {
                self.put("do");
                self.block();
                self.put("end");
            }
            5 => {
                self.put("while");
                self.expr();
                self.put("do");
                self.loop_block();
                self.put("end");
            }
            6 => {
                self.put("repeat");
                self.loop_block();
                self.put("until");
                self.expr();
            }
            7 => {
                self.put("if");
                self.expr();
                self.put("then");
                self.block();
                while self.choose(3) == 2 {
                    self.put("elseif");
                    self.expr();
                    self.put("then");
                    self.block();
                }
                if self.choose(2) == 1 {
                    self.put("else");
                    self.block();
                }
                self.put("end");
            }
            8 => {
                self.put("for");
                self.name();
                self.put("=");
                self.expr();
                self.put(",");
                self.expr();
                if self.choose(2) == 1 {
                    self.put(",");
                    self.expr();
                }
                self.put("do");
                self.loop_block();
                self.put("end");
            }
            9 => {
                self.put("for");
                self.names();
                self.put("in");
                self.expr_list();
                self.put("do");
                self.loop_block();
                self.put("end");
            }
            10 => {
                self.put("function");
                self.name();
                while self.choose(3) == 2 {
                    self.put(". d");
                }
                if self.choose(3) == 2 {
                    self.put(": m");
                }
                self.function_body();
            }
            11 => {
                self.put("local function");
                self.name();
                self.function_body();
            }
            _ => {
                self.name();
                self.put(": m");
                self.arguments();
            }
        }
        if self.choose(2) == 1 {
            self.put(";");
        }
    }

    fn function_body(&mut self) {
        self.put("(");
        let vararg = match self.choose(4) {
            0 => false,
            1 => {
                self.names();
                false
            }
            2 => {
                self.put("...");
                true
            }
            _ => {
                self.names();
                self.put(", ...");
                true
            }
        };
        self.put(")");
        self.vararg.push(vararg);
        self.loops.push(0);
        self.block();
        self.vararg.pop();
        self.loops.pop();
        self.put("end");
    }

    fn expr_list(&mut self) {
        self.expr();
        while self.choose(3) == 2 {
            self.put(",");
            self.expr();
        }
    }

    fn expr(&mut self) {
        self.depth += 1;
        let choice = if self.depth > 6 { 0 } else { self.choose(12) };
        match choice {
            0 | 1 => self.operand(),
            2 => self.put("12"),
            3 => self.put("nil"),
            4 => self.put("true"),
            5 if self.vararg.last() == Some(&true) => self.put("..."),
            6 => {
                self.put("function");
                self.function_body();
            }
            7 => self.table(),
            8 => self.put("[[x\ny]]"),
            _ => {
                self.operand();
                while self.choose(3) == 2 {
                    let operator = OPERATORS[usize::from(self.choose(15))];
                    self.put(operator);
                    self.operand();
                }
            }
        }
        self.depth -= 1;
    }

    /// An operand that is no constant, so that nothing is folded.
    fn operand(&mut self) {
        match self.choose(8) {
            4 if self.depth < 6 => {
                self.put("(");
                self.depth += 1;
                self.operand();
                let operator = OPERATORS[usize::from(self.choose(15))];
                self.put(operator);
                self.operand();
                self.depth -= 1;
                self.put(")");
                self.suffix();
            }
            5 => {
                self.put("-");
                self.operand();
            }
            6 => {
                self.put("#");
                self.operand();
            }
            7 => {
                self.put("not");
                self.operand();
            }
            _ => {
                self.name();
                if self.choose(3) == 2 {
                    self.suffix();
                    if self.choose(3) == 2 {
                        self.arguments();
                    }
                }
            }
        }
    }

    /// An index.
    fn suffix(&mut self) {
        if self.choose(2) == 0 {
            self.put(". b");
        } else {
            self.put("[");
            self.expr();
            self.put("]");
        }
    }

    fn arguments(&mut self) {
        match self.choose(5) {
            0 => self.put_close("()"),
            1 => self.put("'s'"),
            2 => self.put("[[long\n]]"),
            3 => self.table(),
            _ => {
                self.put_close("(");
                self.expr_list();
                self.put(")");
            }
        }
    }

    fn table(&mut self) {
        self.put("{");
        while self.choose(3) == 2 {
            match self.choose(3) {
                0 => self.expr(),
                1 => {
                    self.put("k =");
                    self.expr();
                }
                _ => {
                    self.put("[");
                    self.expr();
                    self.put("] =");
                    self.expr();
                }
            }
            let separator = if self.choose(2) == 0 { "," } else { ";" };
            self.put(separator);
        }
        self.put("}");
    }
}

/// Damages a chunk: each group of bytes of the tape removes, repeats or inserts something.
pub fn damage(text: &str, tape: &[u8]) -> Vec<u8> {
    const INSERTIONS: [&str; 16] = [
        "end", "(", ")", "=", "{", "}", "'", "[[", ",", "...", "break", "until", "\n", "--",
        "local", "x",
    ];
    let mut text = text.as_bytes().to_vec();
    for edit in tape.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % (text.len() + 1);
        let end = (at + usize::from(edit[2] % 8)).min(text.len());
        match edit[3] % 4 {
            0 => drop(text.drain(at..end)),
            1 => drop(text.splice(at..at, text[at..end].to_vec())),
            _ => {
                let word = INSERTIONS[usize::from(edit[3] / 4 % 16)];
                drop(text.splice(at..end.min(at + 1), format!(" {word} ").into_bytes()));
            }
        }
    }
    text
}
