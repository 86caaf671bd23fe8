//! The verifier takes what the compiler makes, and nothing that would lead the interpreter astray.

use crate::compiled;
use crate::generator::programs;
use evalua_vm::bytecode::instr::Instr;
use evalua_vm::bytecode::op::Op;
use evalua_vm::bytecode::proto::{Capture, Constant, LocalInfo, Prototype, VarargKind};
use evalua_vm::bytecode::verify::verify;
use proptest::prelude::*;

proptest! {
    #[test]
    fn accepts_compiled_programs(program in programs()) {
        if let Ok(proto) = compiled(program.0.as_bytes()) {
            prop_assert_eq!(verify(&proto), Ok(()));
        }
    }

    /// Whatever a changed instruction is refused for, nothing overflows on the way.
    #[test]
    fn survives_any_instruction(
        program in programs(),
        at in any::<prop::sample::Index>(),
        bytes in any::<[u8; 8]>(),
    ) {
        if let Ok(mut proto) = compiled(program.0.as_bytes()) {
            let at = at.index(proto.code.len());
            proto.code[at] = raw(bytes);
            let _ = verify(&proto);
        }
    }
}

/// An instruction of which only the opcode is one of the instruction set's.
fn raw(bytes: [u8; 8]) -> Instr {
    let op = Op::from_u8(bytes[0] % 64).unwrap_or(Op::Move);
    let b = u16::from_le_bytes([bytes[2], bytes[3]]);
    let kx = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    Instr::abx(op, bytes[1], b, kx)
}

const A: fn(Op, u8) -> Instr = |op, a| Instr::abc(op, a, 0, 0);
const AB: fn(Op, u8, u16) -> Instr = |op, a, b| Instr::abc(op, a, b, 0);
const ABC: fn(Op, u8, u16, u16) -> Instr = Instr::abc;
const JUMP: fn(Op, i32) -> Instr = |op, j| Instr::abj(op, 0, 0, j);

/// Four registers (0 to 3), one upvalue, one inner function, constants nil, 1 and "s".
fn function(code: &[Instr]) -> Prototype {
    let shell = |code: Vec<Instr>| Prototype {
        lines: vec![1; code.len()],
        code,
        constants: vec![
            Constant::Nil,
            Constant::Number(1.0),
            Constant::String((*b"s").into()),
        ],
        protos: Vec::new(),
        captures: Vec::new(),
        upvalue_names: Vec::new(),
        params: 0,
        vararg: VarargKind::Yes,
        registers: 4,
        locals: Vec::new(),
        line_defined: 0,
        points: Vec::new(),
        last_line_defined: 0,
    };
    let mut tested = shell(code.to_vec());
    tested.captures = vec![Capture::Register(0)];
    tested.upvalue_names = vec![(*b"u").into()];
    tested.protos = vec![shell(vec![A(Op::Return0, 0)])];
    let mut main = shell(vec![A(Op::Return0, 0)]);
    main.protos = vec![tested];
    main
}

/// What is said of a function with these instructions and a return.
fn refusal(code: &[Instr]) -> Option<&'static str> {
    let code = [code, &[A(Op::Return0, 0)]].concat();
    verify(&function(&code)).err().map(|error| error.what)
}

#[test]
fn accepts_operands_at_the_limit() {
    for code in [
        vec![ABC(Op::Move, 3, 3, 0)],
        vec![Instr::abx(Op::LoadK, 3, 0, 2)],
        vec![AB(Op::LoadNil, 0, 3)],
        vec![AB(Op::GetUpval, 3, 0)],
        vec![Instr::ag(Op::GetGlobal, 3, 2)],
        vec![ABC(Op::SelfField, 2, 0, 2)],
        vec![ABC(Op::Concat, 0, 2, 3)],
        vec![ABC(Op::Call, 0, 4, 5)],
        vec![ABC(Op::Call, 1, 1, 0), ABC(Op::Call, 0, 0, 1)],
        vec![AB(Op::VarArg, 0, 0), AB(Op::Return, 0, 0)],
        vec![AB(Op::VarArg, 1, 0), AB(Op::SetList, 0, 0)],
        vec![
            AB(Op::VarArg, 1, 0),
            AB(Op::TailCall, 0, 0),
            AB(Op::Return, 0, 0),
        ],
        vec![AB(Op::Return, 3, 2)],
        vec![AB(Op::SetList, 0, 3)],
        vec![Instr::abx(Op::Closure, 3, 0, 0)],
        vec![JUMP(Op::Jump, 0)],
        vec![JUMP(Op::LoopBack, -1)],
        vec![JUMP(Op::ForPrep, 1), JUMP(Op::ForLoop, -1)],
        vec![A(Op::LoadFalseSkip, 0), A(Op::LoadTrue, 0)],
        vec![ABC(Op::AddK, 0, 0, 1).with_d(1)],
    ] {
        assert_eq!(refusal(&code), None, "{code:?}");
    }
}

#[test]
fn refuses_operands_out_of_range() {
    let register = "register out of range";
    let constant = "constant out of range";
    let wrong = "constant of the wrong type";
    for (instr, what) in [
        (ABC(Op::Move, 4, 0, 0), register),
        (ABC(Op::Move, 0, 4, 0), register),
        (ABC(Op::Move, 0, 256, 0), register),
        (ABC(Op::GetTable, 0, 0, 4), register),
        (AB(Op::LoadNil, 0, 4), register),
        (AB(Op::LoadNil, 1, 0), "empty range"),
        (Instr::abx(Op::LoadK, 0, 0, 3), constant),
        (Instr::abx(Op::LoadK, 0, 0, u32::MAX), constant),
        (ABC(Op::GetField, 0, 0, 3), constant),
        (ABC(Op::GetField, 0, 0, 1), wrong),
        (ABC(Op::SetField, 0, 0, 0), wrong),
        (ABC(Op::SetFieldK, 0, 2, 3), constant),
        (ABC(Op::SetTableK, 0, 0, 3), constant),
        (Instr::ag(Op::GetGlobal, 0, 1), wrong),
        (Instr::ag(Op::SetGlobal, 0, 3), constant),
        (ABC(Op::AddK, 0, 0, 2), wrong),
        (ABC(Op::AddK, 0, 0, 1).with_d(2), "flag neither 0 nor 1"),
        (ABC(Op::AddA, 0, 4, 0), register),
        (ABC(Op::AddA, 0, 0, 4), register),
        (ABC(Op::GetField, 0, 0, 2).with_d(1), "slot hint not 0"),
        (Instr::ag(Op::GetGlobal, 0, 2).with_d(1), "slot hint not 0"),
        (Instr::abj(Op::JumpLtK, 0, 2, 0), wrong),
        (Instr::abj(Op::JumpEqK, 0, 3, 0), constant),
        (Instr::abj(Op::JumpIfSet, 255, 0, 0), register),
        (AB(Op::GetUpval, 0, 1), "upvalue out of range"),
        (AB(Op::SetUpval, 0, 1), "upvalue out of range"),
        (Instr::abx(Op::Closure, 0, 0, 1), "function out of range"),
        (A(Op::Close, 4), register),
    ] {
        assert_eq!(refusal(&[instr]), Some(what), "{instr:?}");
    }
}

#[test]
fn refuses_counts_beyond_the_registers() {
    let register = "register out of range";
    for (instr, what) in [
        (ABC(Op::SelfField, 3, 0, 2), register),
        (ABC(Op::Concat, 0, 3, 4), register),
        (ABC(Op::Concat, 0, 2, 2), "empty range"),
        (ABC(Op::Call, 0, 5, 1), register),
        (ABC(Op::Call, 0, 1, 6), register),
        (ABC(Op::Call, 0, u16::MAX, 1), register),
        (AB(Op::TailCall, 0, 5), register),
        (AB(Op::Return, 0, 6), register),
        (AB(Op::VarArg, 0, 6), register),
        (AB(Op::SetList, 0, 4), register),
        (Instr::abx(Op::SetList, 0, 1, u32::MAX), "too many items"),
        (Instr::abj(Op::ForPrep, 1, 0, 0), register),
        (Instr::abj(Op::ForLoop, 1, 0, 0), register),
        (Instr::abj(Op::ForLoopUp, 1, 0, 0), register),
        (ABC(Op::TForCall, 0, 0, 1), register),
        (ABC(Op::TForCall, 0, 0, 0), "no loop variable"),
    ] {
        assert_eq!(refusal(&[instr]), Some(what), "{instr:?}");
    }
}

#[test]
fn refuses_jumps_out_of_the_code() {
    for op in [
        Op::Jump,
        Op::LoopBack,
        Op::JumpIf,
        Op::JumpEq,
        Op::ForPrep,
        Op::ForLoop,
    ] {
        for distance in [-2, 1, i32::MAX, i32::MIN] {
            let what = refusal(&[JUMP(op, distance)]);
            assert_eq!(what, Some("jump out of the code"), "{op:?} {distance}");
        }
    }
    assert_eq!(
        refusal(&[A(Op::LoadFalseSkip, 0)]),
        Some("jump out of the code")
    );
}

#[test]
fn refuses_a_top_that_may_not_be_set() {
    let open_call = ABC(Op::Call, 1, 1, 0);
    let taker = ABC(Op::Call, 0, 0, 1);
    for taker in [
        taker,
        AB(Op::TailCall, 0, 0),
        AB(Op::Return, 0, 0),
        AB(Op::SetList, 0, 0),
    ] {
        assert_eq!(refusal(&[taker]), Some("no top"), "{taker:?}");
        let between = [open_call, A(Op::LoadTrue, 0), taker];
        assert_eq!(refusal(&between), Some("open results that nothing takes"));
        // Right but for the jump: a tail call sets the top for the return behind it.
        let behind: &[Instr] = match taker.op() {
            Op::TailCall => &[AB(Op::Return, 0, 0)],
            _ => &[],
        };
        let right = [&[open_call, taker], behind].concat();
        assert_eq!(refusal(&right), None, "{taker:?}");
        let jumped_to = [&[JUMP(Op::JumpIf, 1)], &right[..]].concat();
        assert_eq!(
            refusal(&jumped_to),
            Some("a jump to an instruction that needs the one before")
        );
        let skipped_to = [&[A(Op::LoadFalseSkip, 0)], &right[..]].concat();
        assert_eq!(
            refusal(&skipped_to),
            Some("a jump to an instruction that needs the one before")
        );
    }
    assert_eq!(
        refusal(&[open_call]),
        Some("open results that nothing takes")
    );
    assert_eq!(
        refusal(&[AB(Op::VarArg, 0, 0)]),
        Some("open results that nothing takes")
    );
    // The values would start below the register that the instruction counts from.
    assert_eq!(refusal(&[ABC(Op::Call, 0, 1, 0), taker]), Some("no top"));
    let return_above = [AB(Op::VarArg, 0, 0), AB(Op::Return, 1, 0)];
    assert_eq!(refusal(&return_above), Some("no top"));
}

#[test]
fn refuses_an_accumulator_that_may_hold_something_else() {
    let taker = ABC(Op::SubFromA, 0, 2, 1);
    for before in [ABC(Op::Add, 2, 0, 1), ABC(Op::ModK, 2, 0, 1)] {
        let right = [before, taker, ABC(Op::MulKA, 3, 0, 1)];
        assert_eq!(refusal(&right), None, "{before:?}");
        for prefix in [JUMP(Op::JumpIf, 1), A(Op::LoadFalseSkip, 0)] {
            let jumped_to = [&[prefix], &right[..]].concat();
            assert_eq!(
                refusal(&jumped_to),
                Some("a jump to an instruction that needs the one before")
            );
        }
        let back = [&right[..], &[JUMP(Op::LoopBack, -3)]].concat();
        assert_eq!(
            refusal(&back),
            Some("a jump to an instruction that needs the one before")
        );
    }
    let nothing = Some("no such result in the accumulator");
    assert_eq!(refusal(&[taker]), nothing);
    for before in [
        ABC(Op::Add, 3, 0, 1),
        ABC(Op::Move, 2, 0, 0),
        ABC(Op::Pow, 2, 0, 1),
        ABC(Op::Neg, 2, 0, 0),
    ] {
        assert_eq!(refusal(&[before, taker]), nothing, "{before:?}");
    }
    let between = [ABC(Op::Add, 2, 0, 1), A(Op::LoadTrue, 0), taker];
    assert_eq!(refusal(&between), nothing);
}

#[test]
fn refuses_half_a_generic_for() {
    let wide = |code: &[Instr]| {
        let mut main = function(&[code, &[A(Op::Return0, 0)]].concat());
        main.protos[0].registers = 10;
        verify(&main).err().map(|error| error.what)
    };
    let call = ABC(Op::TForCall, 0, 0, 1);
    assert_eq!(wide(&[call, JUMP(Op::TForLoop, -2)]), None);
    assert_eq!(wide(&[call]), Some("TForCall without TForLoop"));
    let other = [call, Instr::abj(Op::TForLoop, 1, 0, -2)];
    assert_eq!(wide(&other), Some("TForCall without TForLoop"));
    assert_eq!(
        wide(&[JUMP(Op::TForLoop, 0)]),
        Some("TForLoop without TForCall")
    );
}

#[test]
fn refuses_malformed_functions() {
    let good = || function(&[A(Op::Return0, 0)]);
    let with = |change: fn(&mut Prototype)| {
        let mut main = good();
        change(&mut main.protos[0]);
        verify(&main).err().map(|error| error.what)
    };
    assert_eq!(verify(&good()), Ok(()));
    assert_eq!(with(|f| f.registers = 1), Some("bad number of registers"));
    assert_eq!(with(|f| f.registers = 250), Some("bad number of registers"));
    assert_eq!(
        with(|f| f.params = 5),
        Some("more parameters than registers")
    );
    let arg = with(|f| (f.params, f.vararg) = (4, VarargKind::ArgNil));
    assert_eq!(arg, Some("more parameters than registers"));
    assert_eq!(
        with(|f| f.upvalue_names.clear()),
        Some("an upvalue without a name")
    );
    assert_eq!(
        with(|f| f.lines.clear()),
        Some("an instruction without a line")
    );
    let end = Some("the code does not end with a return");
    assert_eq!(with(|f| f.code[0] = A(Op::LoadTrue, 0)), end);
    let empty = with(|f| {
        f.code.clear();
        f.lines.clear();
    });
    assert_eq!(empty, end);
    let local = with(|f| {
        let name = (*b"x").into();
        f.locals.push(LocalInfo {
            name,
            start: 0,
            end: 2,
        });
    });
    assert_eq!(local, Some("a local outside the code"));
    let register = with(|f| f.captures = vec![Capture::Register(4)]);
    assert_eq!(register, Some("captured register out of range"));
    let upvalue = with(|f| f.captures = vec![Capture::Upvalue(0)]);
    assert_eq!(upvalue, Some("captured upvalue out of range"));
    let mut main = good();
    main.captures = vec![Capture::Register(0)];
    main.upvalue_names = vec![(*b"u").into()];
    let what = verify(&main).err().map(|error| error.what);
    assert_eq!(what, Some("a main function has no upvalues"));
    let no_varargs = with(|f| {
        f.vararg = VarargKind::No;
        f.code.insert(0, AB(Op::VarArg, 0, 2));
        f.lines.push(1);
    });
    assert_eq!(no_varargs, Some("no extra arguments"));
}
