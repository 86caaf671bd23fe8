//! The instruction set: one row an opcode.
//!
//! Owns: opcodes, their operand kinds and their meaning. The disassembler and the verifier are driven
//! by these rows; the interpreter loop has one arm a row.
//!
//! An instruction is 64 bits: opcode in bits 0..8, `a` in 8..16, `b` in 16..32, `c` in 32..48, `d` in
//! 48..64. `j` (a signed jump distance, counted from the next instruction) and `kx` (a wide index)
//! both take bits 32..64; `g` (index of a global's name) takes 16..48, so that `d` stays free.
//! `d` is the slot hint of constant-key access: the node where the key was last found. It starts as 0
//! and is the only part of an instruction that changes while it runs.
//!
//! The accumulator `acc` is the result of the arithmetic instruction before. It is in its register as well, from
//! where the next instruction would have it only some seven cycles later; so only forms that follow it directly
//! look at it, and it is nothing that a hook, an error or a frame could see.

/// What an operand field holds; the verifier checks each against the prototype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Register in `a`.
    RA,
    /// Register in `b`.
    RB,
    /// Register in `c`.
    RC,
    /// Constant of any type in `b`.
    KB,
    /// Constant of any type in `c`.
    KC,
    /// Number constant in `b`.
    NB,
    /// Number constant in `c`.
    NC,
    /// String constant in `b`.
    SB,
    /// String constant in `c`.
    SC,
    /// String constant in `g` (bits 16..48).
    SG,
    /// Constant of any type in `kx` (bits 32..64).
    KX,
    /// Upvalue index in `b`.
    UB,
    /// Inner prototype in `kx`.
    PX,
    /// Jump distance in `j`.
    J,
    /// Plain count in `b`.
    IB,
    /// Plain count in `c`.
    IC,
    /// Plain count in `kx`.
    IX,
    /// Slot hint in `d`.
    Hint,
    /// Flag in `d`: the operands stand in reverse order in the source.
    Swap,
    /// Register in `b` that the arithmetic instruction before has set: the accumulator holds it, too.
    AB,
}

/// The row of an opcode.
#[derive(Debug)]
pub struct OpInfo {
    /// Name as the disassembler prints it.
    pub name: &'static str,
    /// Operand fields in use.
    pub operands: &'static [Operand],
    /// One line of pseudo-code.
    pub pseudo: &'static str,
}

macro_rules! opcodes {
    ($($(#[$doc:meta])* $name:ident [$($operand:ident)*] $pseudo:literal;)*) => {
        /// An opcode. The pseudo-code of each is its documentation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* #[doc = concat!("`", $pseudo, "`")] $name,)* }

        /// The rows, indexed by opcode.
        pub const OPS: &[OpInfo] = &[$(OpInfo {
            name: stringify!($name),
            operands: &[$(Operand::$operand),*],
            pseudo: $pseudo,
        },)*];

        /// The opcodes, each at its number.
        pub(super) const ALL: &[Op] = &[$(Op::$name),*];

        /// The operands of each opcode as bits: a set that is asked with one test.
        static OPERANDS: &[u32] = &[$(0 $(| 1 << Operand::$operand as u32)*),*];
    };
}

opcodes! {
    Move [RA RB] "R[a] := R[b]";
    LoadK [RA KX] "R[a] := K[kx]";
    LoadNil [RA RB] "R[a..=b] := nil";
    LoadFalse [RA] "R[a] := false";
    LoadTrue [RA] "R[a] := true";
    LoadFalseSkip [RA] "R[a] := false; pc += 1";

    GetUpval [RA UB] "R[a] := U[b]";
    SetUpval [RA UB] "U[b] := R[a]";
    GetGlobal [RA SG Hint] "R[a] := Env[K[g]]";
    SetGlobal [RA SG Hint] "Env[K[g]] := R[a]";

    GetTable [RA RB RC] "R[a] := R[b][R[c]]";
    GetField [RA RB SC Hint] "R[a] := R[b][K[c]]";
    GetInt [RA RB IC] "R[a] := R[b][c]";
    SetTable [RA RB RC] "R[a][R[b]] := R[c]";
    SetTableK [RA RB KC] "R[a][R[b]] := K[c]";
    SetField [RA SB RC Hint] "R[a][K[b]] := R[c]";
    SetFieldK [RA SB KC Hint] "R[a][K[b]] := K[c]";
    SetInt [RA IB RC] "R[a][b] := R[c]";
    /// `b` and `c` are PUC's "floating point bytes" of the sizes (see `compile::table`).
    NewTable [RA IB IC] "R[a] := {} (array size b, hash size c)";
    /// The method of a call.
    SelfField [RA RB SC Hint] "R[a+1] := R[b]; R[a] := R[b][K[c]]";

    Add [RA RB RC] "R[a] := R[b] + R[c]";
    Sub [RA RB RC] "R[a] := R[b] - R[c]";
    Mul [RA RB RC] "R[a] := R[b] * R[c]";
    Div [RA RB RC] "R[a] := R[b] / R[c]";
    Mod [RA RB RC] "R[a] := R[b] % R[c]";
    Pow [RA RB RC] "R[a] := R[b] ^ R[c]";
    AddK [RA RB NC Swap] "R[a] := R[b] + K[c]";
    SubK [RA RB NC] "R[a] := R[b] - K[c]";
    MulK [RA RB NC Swap] "R[a] := R[b] * K[c]";
    DivK [RA RB NC] "R[a] := R[b] / K[c]";
    ModK [RA RB NC] "R[a] := R[b] % K[c]";
    PowK [RA RB NC] "R[a] := R[b] ^ K[c]";
    SubFromK [RA RB NC] "R[a] := K[c] - R[b]";
    DivFromK [RA RB NC] "R[a] := K[c] / R[b]";
    /// This and those below come right after the arithmetic whose result they take (`acc`).
    AddA [RA AB RC Swap] "R[a] := acc + R[c]";
    SubA [RA AB RC] "R[a] := acc - R[c]";
    MulA [RA AB RC Swap] "R[a] := acc * R[c]";
    DivA [RA AB RC] "R[a] := acc / R[c]";
    ModA [RA AB RC] "R[a] := acc % R[c]";
    AddKA [RA AB NC Swap] "R[a] := acc + K[c]";
    SubKA [RA AB NC] "R[a] := acc - K[c]";
    MulKA [RA AB NC Swap] "R[a] := acc * K[c]";
    DivKA [RA AB NC] "R[a] := acc / K[c]";
    ModKA [RA AB NC] "R[a] := acc % K[c]";
    SubFromA [RA AB RC] "R[a] := R[c] - acc";
    DivFromA [RA AB RC] "R[a] := R[c] / acc";
    SubFromKA [RA AB NC] "R[a] := K[c] - acc";
    DivFromKA [RA AB NC] "R[a] := K[c] / acc";
    Neg [RA RB] "R[a] := -R[b]";
    Not [RA RB] "R[a] := not R[b]";
    Len [RA RB] "R[a] := #R[b]";
    Concat [RA RB RC] "R[a] := R[b] .. … .. R[c]";

    Jump [J] "pc += j";
    /// A jump back: counts against the instruction budget.
    LoopBack [J] "pc += j";
    JumpIf [RA J] "if R[a] then pc += j";
    JumpIfNot [RA J] "if not R[a] then pc += j";
    JumpIfSet [RA RB J] "if R[b] then R[a] := R[b]; pc += j";
    JumpIfNotSet [RA RB J] "if not R[b] then R[a] := R[b]; pc += j";
    JumpEq [RA RB J] "if R[a] == R[b] then pc += j";
    JumpNe [RA RB J] "if R[a] ~= R[b] then pc += j";
    JumpLt [RA RB J] "if R[a] < R[b] then pc += j";
    JumpNotLt [RA RB J] "if not (R[a] < R[b]) then pc += j";
    JumpLe [RA RB J] "if R[a] <= R[b] then pc += j";
    JumpNotLe [RA RB J] "if not (R[a] <= R[b]) then pc += j";
    JumpEqK [RA KB J] "if R[a] == K[b] then pc += j";
    JumpNeK [RA KB J] "if R[a] ~= K[b] then pc += j";
    JumpLtK [RA NB J] "if R[a] < K[b] then pc += j";
    JumpNotLtK [RA NB J] "if not (R[a] < K[b]) then pc += j";
    JumpLeK [RA NB J] "if R[a] <= K[b] then pc += j";
    JumpNotLeK [RA NB J] "if not (R[a] <= K[b]) then pc += j";
    JumpGtK [RA NB J] "if K[b] < R[a] then pc += j";
    JumpNotGtK [RA NB J] "if not (K[b] < R[a]) then pc += j";
    JumpGeK [RA NB J] "if K[b] <= R[a] then pc += j";
    JumpNotGeK [RA NB J] "if not (K[b] <= R[a]) then pc += j";

    /// `b` - 1 arguments, or up to the top when `b` is 0; `c` - 1 results, or all, setting the top, when `c` is 0.
    Call [RA IB IC] "R[a..] := R[a](R[a+1 ..= a+b-1])";
    /// Always followed by a Return of what is above `a`, for a native function, which is called in place.
    TailCall [RA IB] "return R[a](R[a+1 ..= a+b-1])";
    /// `b` - 1 values, or up to the top when `b` is 0.
    Return [RA IB] "return R[a ..= a+b-2]";
    Return0 [] "return";
    Return1 [RA] "return R[a]";

    /// `R[a]` index, `R[a+1]` limit, `R[a+2]` step, `R[a+3]` loop variable. Jumps past the loop if it does not run.
    ForPrep [RA J] "check numbers; if the loop runs then R[a+3] := R[a] else pc += j";
    ForLoop [RA J] "R[a] += R[a+2]; if within the limit then R[a+3] := R[a]; pc += j";
    /// Only where the step is a positive constant.
    ForLoopUp [RA J] "R[a] += R[a+2]; if R[a] <= R[a+1] then R[a+3] := R[a]; pc += j";
    /// `R[a]` generator, `R[a+1]` state, `R[a+2]` control. Always followed by a TForLoop with the same `a`.
    TForCall [RA IC] "R[a+3 ..= a+2+c] := R[a](R[a+1], R[a+2])";
    TForLoop [RA J] "if R[a+3] ~= nil then R[a+2] := R[a+3]; pc += j";

    /// `b` values, or up to the top when `b` is 0.
    SetList [RA IB IX] "R[a][kx + i] := R[a+i] for i in 1..=b";
    Close [RA] "close upvalues at and above R[a]";
    Closure [RA PX] "R[a] := closure of P[kx]";
    /// `b` - 1 values, or all, setting the top, when `b` is 0.
    VarArg [RA IB] "R[a ..= a+b-2] := ...";
}

impl Op {
    /// The row of this opcode.
    pub const fn info(self) -> &'static OpInfo {
        &OPS[self as usize]
    }

    /// The opcode with this number.
    pub fn from_u8(n: u8) -> Option<Op> {
        ALL.get(usize::from(n)).copied()
    }

    /// Whether the row has this operand.
    pub fn has(self, operand: Operand) -> bool {
        OPERANDS[self as usize] & 1 << operand as u32 != 0
    }
    /// Whether it leaves its result in the accumulator: arithmetic on two operands other than powers.
    pub fn sets_accumulator(self) -> bool {
        self.has(Operand::AB) || self.left_from_accumulator().is_some()
    }

    /// The form that takes its left operand from the accumulator, or the only one that is in a register.
    pub fn left_from_accumulator(self) -> Option<Op> {
        Some(match self {
            Op::Add => Op::AddA,
            Op::Sub => Op::SubA,
            Op::Mul => Op::MulA,
            Op::Div => Op::DivA,
            Op::Mod => Op::ModA,
            Op::AddK => Op::AddKA,
            Op::SubK => Op::SubKA,
            Op::MulK => Op::MulKA,
            Op::DivK => Op::DivKA,
            Op::ModK => Op::ModKA,
            Op::SubFromK => Op::SubFromKA,
            Op::DivFromK => Op::DivFromKA,
            _ => return None,
        })
    }

    /// The form that takes its right operand from the accumulator.
    pub fn right_from_accumulator(self) -> Option<Op> {
        Some(match self {
            Op::Add => Op::AddA,
            Op::Sub => Op::SubFromA,
            Op::Mul => Op::MulA,
            Op::Div => Op::DivFromA,
            _ => return None,
        })
    }
}
