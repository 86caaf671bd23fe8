//! The code is, instruction for instruction, that of `luac5.1` wherever the two sets have the same
//! instructions: same order, lines, registers, locals and upvalues.
//!
//! Left out are the instructions that differ by design: loads of constants, which this set sometimes
//! needs where PUC has an operand, and jumps, which it joins with their tests.

use crate::compiled;
use crate::generator::programs;
use evalua_conformance::lua;
use evalua_vm::bytecode::instr::Instr;
use evalua_vm::bytecode::op::Op;
use evalua_vm::bytecode::proto::{Capture, Constant, Prototype};
use proptest::prelude::*;
use std::iter::Peekable;
use std::str::Lines;

/// What both compilers emit, one line each.
type Events = Vec<String>;

/// A function as far as the two have it in common.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    lines: (u32, u32),
    events: Events,
    /// Name, and how many events come before its start and end.
    locals: Vec<(String, usize, usize)>,
    captures: Vec<Capture>,
    /// The first 256, with numbers only called so.
    constants: Vec<String>,
}

/// How many constants are compared: those that fit PUC's operands.
const CONSTANTS: usize = 256;

fn ours(proto: &Prototype, functions: &mut Vec<Function>) {
    let mut before = vec![0];
    let mut events = Events::new();
    for (instr, line) in proto.code.iter().zip(&proto.lines) {
        if let Some(event) = event(*instr) {
            events.push(with_line(event, &format!("[{line}]")));
        }
        before.push(events.len());
    }
    let name = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    functions.push(Function {
        lines: (proto.line_defined, proto.last_line_defined),
        events,
        locals: proto
            .locals
            .iter()
            .map(|local| {
                let (start, end) = (before[local.start as usize], before[local.end as usize]);
                (name(&local.name), start, end)
            })
            .collect(),
        captures: proto.captures.clone(),
        constants: proto
            .constants
            .iter()
            .take(CONSTANTS)
            .map(|constant| match constant {
                Constant::Nil => "nil".to_owned(),
                Constant::Bool(value) => value.to_string(),
                Constant::Number(_) => "number".to_owned(),
                Constant::String(bytes) => quoted(bytes),
            })
            .collect(),
    });
    for inner in &proto.protos {
        ours(inner, functions);
    }
}

/// Instructions that cannot fail show no line to anybody. PUC has it easier with them.
fn with_line(event: String, line: &str) -> String {
    if ["NEWTABLE", "VARARG", "CLOSURE"]
        .iter()
        .any(|name| event.starts_with(name))
    {
        event
    } else {
        format!("{event} {line}")
    }
}

fn event(instr: Instr) -> Option<String> {
    let (a, b, c) = (instr.a(), instr.b(), instr.c());
    Some(match instr.op() {
        Op::Move => format!("MOVE {a} {b}"),
        Op::GetUpval => format!("GETUPVAL {a} {b}"),
        Op::SetUpval => format!("SETUPVAL {a} {b}"),
        Op::GetGlobal => format!("GETGLOBAL {a}"),
        Op::SetGlobal => format!("SETGLOBAL {a}"),
        Op::GetTable | Op::GetField | Op::GetInt => format!("GETTABLE {a} {b}"),
        Op::SetTable | Op::SetTableK | Op::SetField | Op::SetFieldK | Op::SetInt => {
            format!("SETTABLE {a}")
        }
        Op::NewTable => format!("NEWTABLE {a} {b} {c}"),
        Op::SelfField => format!("SELF {a} {b}"),
        Op::Add | Op::AddK | Op::AddA | Op::AddKA => format!("ADD {a}"),
        Op::Sub | Op::SubK | Op::SubFromK => format!("SUB {a}"),
        Op::SubA | Op::SubKA | Op::SubFromA | Op::SubFromKA => format!("SUB {a}"),
        Op::Mul | Op::MulK | Op::MulA | Op::MulKA => format!("MUL {a}"),
        Op::Div | Op::DivK | Op::DivFromK => format!("DIV {a}"),
        Op::DivA | Op::DivKA | Op::DivFromA | Op::DivFromKA => format!("DIV {a}"),
        Op::Mod | Op::ModK | Op::ModA | Op::ModKA => format!("MOD {a}"),
        Op::Pow | Op::PowK => format!("POW {a}"),
        Op::Neg => format!("UNM {a}"),
        Op::Not => format!("NOT {a} {b}"),
        Op::Len => format!("LEN {a}"),
        Op::Concat => format!("CONCAT {a} {b} {c}"),
        Op::JumpEq | Op::JumpNe | Op::JumpEqK | Op::JumpNeK => "EQ".to_owned(),
        Op::JumpLt | Op::JumpNotLt => "LT".to_owned(),
        Op::JumpLtK | Op::JumpNotLtK | Op::JumpGtK | Op::JumpNotGtK => "LT".to_owned(),
        Op::JumpLe | Op::JumpNotLe => "LE".to_owned(),
        Op::JumpLeK | Op::JumpNotLeK | Op::JumpGeK | Op::JumpNotGeK => "LE".to_owned(),
        Op::Call => format!("CALL {a} {b} {c}"),
        Op::TailCall => format!("TAILCALL {a} {b}"),
        Op::Return => format!("RETURN {a} {b}"),
        Op::Return0 => "RETURN 0 1".to_owned(),
        Op::Return1 => format!("RETURN {a} 2"),
        Op::ForPrep => format!("FORPREP {a}"),
        Op::ForLoop | Op::ForLoopUp => format!("FORLOOP {a}"),
        Op::TForCall => format!("TFORLOOP {a} {c}"),
        Op::SetList => format!("SETLIST {a} {b} {}", instr.kx() / 50 + 1),
        Op::Closure => format!("CLOSURE {a} {}", instr.kx()),
        Op::VarArg => format!("VARARG {a} {b}"),
        _ => return None,
    })
}

/// A string as `luac5.1` writes it.
fn quoted(bytes: &[u8]) -> String {
    let escaped = bytes.iter().map(|&byte| match byte {
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0x07 => "\\a".to_owned(),
        0x08 => "\\b".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'\n' => "\\n".to_owned(),
        0x0b => "\\v".to_owned(),
        0x0c => "\\f".to_owned(),
        b'\r' => "\\r".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A function in the listing of `luac5.1 -l -l`.
struct Listed<'a> {
    lines: (u32, u32),
    upvalues: usize,
    code: Vec<&'a str>,
    constants: Vec<&'a str>,
    locals: Vec<&'a str>,
    inner: Vec<Listed<'a>>,
}

fn read_listing<'a>(lines: &mut Peekable<Lines<'a>>) -> Listed<'a> {
    // `function <script.lua:1,2> (3 instructions, …)`, after an empty line.
    lines.next();
    let head = lines.next().expect("a head line");
    let range = head.split([':', '>']).nth(1).expect("a range of lines");
    let (first, last) = range.split_once(',').expect("two lines");
    let counts = lines.next().expect("a line of counts");
    let count = |what: &str| {
        let field = counts.split(", ").find(|field| field.contains(what));
        number(field.and_then(|field| field.split(' ').next()))
    };
    let mut rows = || -> Vec<&'a str> {
        std::iter::from_fn(|| lines.next_if(|line| line.starts_with('\t'))).collect()
    };
    let code = rows();
    let mut table = || {
        lines.next();
        let mut rows = || lines.next_if(|line| line.starts_with('\t'));
        std::iter::from_fn(&mut rows).collect()
    };
    let (constants, locals): (_, Vec<_>) = (table(), table());
    let _upvalues: Vec<_> = table();
    Listed {
        lines: (number(Some(first)), number(Some(last))),
        upvalues: count(" upvalue"),
        code,
        constants,
        locals,
        inner: (0..count(" function"))
            .map(|_| read_listing(lines))
            .collect(),
    }
}

fn number<N: std::str::FromStr>(text: Option<&str>) -> N {
    let number = text.and_then(|text| text.parse().ok());
    number.expect("a number")
}

fn theirs(listed: &Listed<'_>, captures: Vec<Capture>, functions: &mut Vec<Function>) {
    let mut before = vec![0];
    let mut events = Events::new();
    let mut inner_captures: Vec<Vec<Capture>> = vec![Vec::new(); listed.inner.len()];
    let mut capturing = (0, 0);
    for row in &listed.code {
        // Number, line, name, operands.
        let fields: Vec<&str> = row.split('\t').skip(2).collect();
        let (line, name) = (fields[0], fields[1].trim_end());
        let args: Vec<&str> = fields[2].split(' ').collect();
        if let (inner, 1..) = capturing {
            let place = number(Some(args[1]));
            inner_captures[inner].push(match name {
                "MOVE" => Capture::Register(place),
                _ => Capture::Upvalue(place),
            });
            capturing.1 -= 1;
        } else if let Some(count) = common_operands(name) {
            let event = [&[name], &args[..count]].concat().join(" ");
            events.push(with_line(event, line));
            if name == "CLOSURE" {
                let inner: usize = number(Some(args[1]));
                capturing = (inner, listed.inner[inner].upvalues);
            }
        }
        before.push(events.len());
    }
    let locals = listed.locals.iter().map(|row| {
        let fields: Vec<&str> = row.split('\t').collect();
        let pc = |field: &str| before[number::<usize>(Some(field)) - 1];
        (fields[2].to_owned(), pc(fields[3]), pc(fields[4]))
    });
    let constants = listed.constants.iter().take(CONSTANTS).map(|row| {
        let value = row.split('\t').nth(2).unwrap_or_default();
        let is_number = value.parse::<f64>().is_ok();
        if is_number { "number" } else { value }.to_owned()
    });
    functions.push(Function {
        lines: listed.lines,
        constants: constants.collect(),
        locals: locals.collect(),
        events,
        captures,
    });
    for (inner, captures) in listed.inner.iter().zip(inner_captures) {
        theirs(inner, captures, functions);
    }
}

/// How many operands of PUC's instruction have the same meaning here, if it is an instruction that
/// is compared.
fn common_operands(name: &str) -> Option<usize> {
    Some(match name {
        "LOADK" | "LOADBOOL" | "LOADNIL" | "JMP" | "TEST" | "TESTSET" | "CLOSE" => return None,
        "EQ" | "LT" | "LE" => 0,
        "GETGLOBAL" | "SETGLOBAL" | "SETTABLE" | "UNM" | "LEN" | "FORPREP" | "FORLOOP" => 1,
        "ADD" | "SUB" | "MUL" | "DIV" | "MOD" | "POW" => 1,
        "CALL" | "NEWTABLE" | "CONCAT" | "SETLIST" => 3,
        _ => 2,
    })
}

/// Compares a source, if there is something to compare with.
pub fn check(source: &[u8]) {
    let Some(outcome) = lua::listing(source) else {
        return;
    };
    let compiled = compiled(source);
    if outcome.status != Some(0) {
        let expected = String::from_utf8_lossy(&outcome.stderr);
        let error = compiled.expect_err("luac5.1 refuses it");
        assert_eq!(format!("luac5.1: {error}\n"), expected);
        return;
    }
    let proto = compiled.expect("luac5.1 takes it");
    let listing = String::from_utf8_lossy(&outcome.stdout);
    let mut expected = Vec::new();
    theirs(
        &read_listing(&mut listing.lines().peekable()),
        Vec::new(),
        &mut expected,
    );
    let mut actual = Vec::new();
    ours(&proto, &mut actual);
    for (actual, expected) in actual.iter().zip(&expected) {
        let same = actual.events.iter().zip(&expected.events);
        let same = same
            .take_while(|(actual, expected)| actual == expected)
            .count();
        let differs = (actual.events.get(same), expected.events.get(same));
        assert_eq!(
            differs.0, differs.1,
            "event {same} of lines {:?}",
            expected.lines
        );
        assert_eq!(actual.constants, expected.constants);
        assert_eq!(actual, expected);
    }
    assert_eq!(actual.len(), expected.len());
}

proptest! {
    #[test]
    fn random_programs(program in programs()) {
        check(program.0.as_bytes());
    }
}
