//! The tree, compared with the functions that `lua5.1` compiles: `string.dump` tells their
//! parameters, locals, upvalues and lines.

use crate::generate::valid_chunk;
use crate::oracle::{ask_oracle, source};
use crate::tree::{Node, walk};
use evalua_syntax::ast::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// What can be known of a function both from its tree and from its code.
#[derive(Debug, PartialEq, Default)]
struct Facts {
    line: u32,
    end_line: u32,
    params: u8,
    vararg: u8,
    locals: Vec<String>,
    upvalues: Vec<String>,
    /// For each inner function where its upvalues come from: `None` is a local.
    sources: Vec<Vec<Option<u8>>>,
    /// Lines of calls, method look-ups, loop steps, arithmetic; each sorted.
    call_lines: Vec<u32>,
    method_lines: Vec<u32>,
    loop_lines: Vec<u32>,
    arithmetic_lines: Vec<u32>,
    /// How often upvalues are closed before the end; not known where there is a `break`.
    closes: Option<usize>,
    /// The line of the last instruction.
    last_line: u32,
    inner: Vec<Facts>,
}

/// Reads the little-endian 64-bit format of `string.dump`.
struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    fn bytes(&mut self, count: usize) -> &'d [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.bytes(1)[0]
    }

    fn int(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes(4).try_into().expect("four bytes"))
    }

    fn string(&mut self) -> String {
        let size = u64::from_le_bytes(self.bytes(8).try_into().expect("eight bytes")) as usize;
        let bytes = self.bytes(size).strip_suffix(b"\0").unwrap_or_default();
        String::from_utf8_lossy(bytes).into_owned()
    }

    fn function(&mut self) -> Facts {
        self.string();
        let mut facts = Facts {
            line: self.int(),
            end_line: self.int(),
            ..Facts::default()
        };
        self.byte();
        facts.params = self.byte();
        facts.vararg = self.byte();
        self.byte();
        let code: Vec<u32> = (0..self.int()).map(|_| self.int()).collect();
        for _ in 0..self.int() {
            match self.byte() {
                0 => {}
                1 => drop(self.byte()),
                3 => drop(self.bytes(8)),
                _ => drop(self.string()),
            }
        }
        facts.inner = (0..self.int()).map(|_| self.function()).collect();
        let lines: Vec<u32> = (0..self.int()).map(|_| self.int()).collect();
        for _ in 0..self.int() {
            facts.locals.push(self.string());
            self.bytes(8);
        }
        facts.upvalues = (0..self.int()).map(|_| self.string()).collect();
        facts.last_line = *lines.last().expect("a return");
        let mut closes = 0;
        let mut at = 0;
        while at < code.len() {
            let line = lines[at];
            match code[at] & 63 {
                11 => facts.method_lines.push(line),
                12..=18 | 20 => facts.arithmetic_lines.push(line),
                28 | 29 => facts.call_lines.push(line),
                31 | 33 => facts.loop_lines.push(line),
                35 => closes += 1,
                36 => {
                    let inner = &facts.inner[(code[at] >> 14) as usize];
                    let count = inner.upvalues.len();
                    let sources = code[at + 1..=at + count].iter();
                    let sources =
                        sources.map(|&word| (word & 63 == 4).then_some((word >> 23) as u8));
                    facts.sources.push(sources.collect());
                    at += count;
                }
                _ => {}
            }
            at += 1;
        }
        facts.closes = Some(closes);
        facts.sort();
        facts
    }
}

fn facts_of_dump(dump: &[u8]) -> Facts {
    let mut reader = Reader(dump);
    reader.bytes(12);
    reader.function()
}

fn facts_of_tree(chunk: &Chunk, function: &Function) -> Facts {
    let name = |id: StrId| String::from_utf8_lossy(chunk.str(id)).into_owned();
    let main = function.vararg == Vararg::Main;
    let mut facts = Facts {
        line: function.line,
        end_line: if main { 0 } else { function.span.end_line },
        last_line: function.span.end_line,
        params: function.params,
        vararg: match function.vararg {
            Vararg::No => 0,
            Vararg::Main => 2,
            Vararg::Yes { needs_table: false } => 3,
            Vararg::Yes { needs_table: true } => 7,
        },
        locals: function
            .locals
            .iter()
            .map(|local| name(local.name))
            .collect(),
        upvalues: function
            .upvalues
            .iter()
            .map(|upvalue| name(upvalue.name))
            .collect(),
        ..Facts::default()
    };
    let mut closes = 0;
    let mut has_break = false;
    let inner = |facts: &mut Facts, function: FunctionId| {
        let function = chunk.arena().function(function);
        let sources = function
            .upvalues
            .iter()
            .map(|upvalue| match upvalue.source {
                UpvalueSource::ParentLocal(_) => None,
                UpvalueSource::ParentUpvalue(index) => Some(index),
            });
        facts.sources.push(sources.collect());
        facts.inner.push(facts_of_tree(chunk, function));
    };
    walk(chunk, function, &mut |node| match node {
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Call { line, .. } => facts.call_lines.push(*line),
            ExprKind::MethodCall {
                line, name_line, ..
            } => {
                facts.call_lines.push(*line);
                facts.method_lines.push(*name_line);
            }
            ExprKind::Unary {
                op: UnaryOp::Neg | UnaryOp::Len,
                ..
            }
            | ExprKind::Binary {
                op:
                    BinaryOp::Add
                    | BinaryOp::Sub
                    | BinaryOp::Mul
                    | BinaryOp::Div
                    | BinaryOp::Mod
                    | BinaryOp::Pow,
                ..
            } => facts.arithmetic_lines.push(expr.span.end_line),
            ExprKind::Function(function) => inner(&mut facts, *function),
            _ => {}
        },
        Node::Stat(stat) => match &stat.kind {
            StatKind::Do(body) | StatKind::While { body, .. } => {
                closes += usize::from(body.captures)
            }
            // Closed both when the loop ends and when it goes on.
            StatKind::Repeat { body, .. } => closes += 2 * usize::from(body.captures),
            StatKind::If { arms, otherwise } => {
                let blocks = arms.iter().map(|(_, block)| block).chain(otherwise);
                closes += blocks.filter(|block| block.captures).count();
            }
            StatKind::NumericFor {
                body,
                captures_var,
                for_line,
                ..
            }
            | StatKind::GenericFor {
                body,
                captures_var,
                for_line,
                ..
            } => {
                closes += usize::from(body.captures) + usize::from(*captures_var);
                facts.loop_lines.push(*for_line);
            }
            StatKind::Function { func, .. } | StatKind::LocalFunction { func, .. } => {
                inner(&mut facts, *func)
            }
            StatKind::Break => has_break = true,
            _ => {}
        },
    });
    facts.closes = (!has_break).then_some(closes);
    facts.sort();
    facts
}

impl Facts {
    fn sort(&mut self) {
        for lines in [
            &mut self.call_lines,
            &mut self.method_lines,
            &mut self.loop_lines,
            &mut self.arithmetic_lines,
        ] {
            lines.sort_unstable();
        }
    }

    /// Forgets what the other does not know.
    fn forget_closes(&mut self, other: &Facts) {
        self.closes = self.closes.filter(|_| other.closes.is_some());
        for (mine, others) in self.inner.iter_mut().zip(&other.inner) {
            mine.forget_closes(others);
        }
    }
}

fn check(texts: &[String]) -> Result<(), TestCaseError> {
    let sources: Vec<_> = texts.iter().map(source).collect();
    let Some(answers) = ask_oracle(&sources, "string.dump(f)") else {
        return Ok(());
    };
    for (text, answer) in texts.iter().zip(answers) {
        let dump = answer.map_err(|error| {
            TestCaseError::fail(format!("{}\n{text}", String::from_utf8_lossy(&error)))
        })?;
        let chunk = evalua_syntax::parse(text.as_bytes(), b"=x")
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let ours = facts_of_tree(&chunk, &chunk.main);
        let mut theirs = facts_of_dump(&dump);
        theirs.forget_closes(&ours);
        prop_assert_eq!(ours, theirs, "{}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn functions_are_those_of_puc(tapes in vec(vec(any::<u8>(), 1..400), 60)) {
        check(&tapes.iter().map(|tape| valid_chunk(tape)).collect::<Vec<_>>())?;
    }
}

/// Where the line of a token is not that of the token itself, or a table looks one token ahead.
#[test]
fn lines_of_odd_layouts() {
    let texts = [
        "x = {a\n.b}",
        "x = {a\n\n+b}",
        "x = {a\n(b)}",
        "x = {a\n'x'}",
        "x = {f\n(a)\n,\nb\n:\nm(\n)\n}",
        "x = {f\n{a\n.b\n+c\n}}",
        "f[[\n\n]]",
        "f([[\n]]\n)\n",
        "a.b.c\n.d:m[[\n]]",
        "local x\n=\nfunction\n(\n)\nend\n",
        "local function\nf\n(\n)\nend\n",
        "function\na\n.b\n:m(\n)\nend\n",
        "for\nk\nin\nf()\ndo\nend",
        "for\nk\n=\n1\n,2\ndo\nend",
        "return -\na\n+\n#\nb",
        "return ([[\n]]\n..a)\n:m\n'x\\\n'\n",
        "\n\n\n",
        "",
        "\n--[[\n]]",
        "return function\n(...) local function f() return arg end end",
        "return function(...) return function(...) return ... end end",
        "local a do local b function f() return a, b end end repeat local c until function() return c, a end",
    ];
    check(&texts.map(String::from)).expect("equal");
}
