//! The syntax tree of a chunk, with names already resolved.
//!
//! Owns: the shape of the tree. It must not know how it is made (`parser`) or what is made of it.
//!
//! The parser resolves every name to a local, an upvalue or a global, because Lua 5.1's limits
//! (200 locals, 60 upvalues) are syntax errors. Lines are kept beside byte offsets, because the line
//! of a run-time error follows from the last token consumed when an instruction is emitted.

use std::sync::Arc;

/// A stretch of source text: byte offsets and the lines (from 1) of its first and last token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Byte offset of the first byte.
    pub start: u32,
    /// Byte offset just past the last byte.
    pub end: u32,
    /// Line of the first token.
    pub line: u32,
    /// Line that PUC holds for the last token when it has consumed it: where that token ends; where the
    /// token behind it ends if that was read already, as after a name that starts a table item.
    pub end_line: u32,
}

/// Index of an interned byte string (a name or a string literal) in [`Chunk::strings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StrId(pub u32);

/// Index of a local variable in [`Function::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LocalId(pub u32);

/// Index of an expression in [`Tree::exprs`]. Expressions live in one arena: chains such as
/// `1+1+1+…` or `f()()()…` nest without limit in Lua, and an arena is dropped without recursion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExprId(pub u32);

/// Index of a function in [`Tree::functions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FunctionId(pub u32);

/// A list of expressions: a stretch of [`Tree::lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// Where it starts.
    pub start: u32,
    /// How many there are.
    pub count: u32,
}

impl List {
    /// No expressions.
    pub const EMPTY: List = List { start: 0, count: 0 };
}

/// The items of a table constructor: a stretch of [`Tree::items`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Items {
    /// Where they start.
    pub start: u32,
    /// How many there are.
    pub count: u32,
}

/// Where the nodes of a tree are. They name each other by number, so that they are as small as can be, are
/// made without an allocation for each, and go all at once.
#[derive(Debug, Default)]
pub struct Tree {
    /// Every expression; a child stands before its parent.
    pub exprs: Vec<Expr>,
    /// The expressions of lists, each list in a row.
    pub lists: Vec<ExprId>,
    /// The items of table constructors, those of one in a row.
    pub items: Vec<TableItem>,
    /// Every function but the main function; those inside another stand before it.
    pub functions: Vec<Function>,
}

/// A parsed chunk.
#[derive(Debug)]
pub struct Chunk {
    /// What statements and expressions name by number.
    pub tree: Tree,
    /// The main function: vararg, no parameters, no upvalues.
    pub main: Function,
    /// Every name and string literal, each once; whoever needs one for longer shares it.
    pub strings: Vec<Arc<[u8]>>,
}

impl Chunk {
    /// The bytes of an interned string.
    pub fn str(&self, id: StrId) -> &[u8] {
        &self.strings[id.0 as usize]
    }

    /// What the numbers in the tree stand for.
    pub fn arena(&self) -> Arena<'_> {
        Arena {
            tree: &self.tree,
            strings: &self.strings,
        }
    }
}

impl std::ops::Index<ExprId> for Chunk {
    type Output = Expr;

    fn index(&self, id: ExprId) -> &Expr {
        self.arena().expr(id)
    }
}

/// What the numbers in a tree stand for.
#[derive(Clone, Copy, Debug)]
pub struct Arena<'a> {
    /// The nodes.
    pub tree: &'a Tree,
    /// As [`Chunk::strings`].
    pub strings: &'a [Arc<[u8]>],
}

impl<'a> Arena<'a> {
    /// The bytes of an interned string.
    pub fn str(self, id: StrId) -> &'a [u8] {
        &self.strings[id.0 as usize]
    }

    /// An interned string, to be kept.
    pub fn shared(self, id: StrId) -> Arc<[u8]> {
        self.strings[id.0 as usize].clone()
    }

    /// An expression.
    #[inline]
    pub fn expr(self, id: ExprId) -> &'a Expr {
        &self.tree.exprs[id.0 as usize]
    }

    /// The expressions of a list.
    #[inline]
    pub fn list(self, list: List) -> &'a [ExprId] {
        &self.tree.lists[list.start as usize..][..list.count as usize]
    }

    /// The items of a table constructor.
    #[inline]
    pub fn items(self, items: Items) -> &'a [TableItem] {
        &self.tree.items[items.start as usize..][..items.count as usize]
    }

    /// A function.
    #[inline]
    pub fn function(self, id: FunctionId) -> &'a Function {
        &self.tree.functions[id.0 as usize]
    }
}

/// How a function takes extra arguments (manual 2.5.9, and the `arg` table kept for 5.0 code).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vararg {
    /// A fixed number of parameters.
    No,
    /// The main function of a chunk: `...`, and no implicit `arg`.
    Main,
    /// `function (...)`: the local after the parameters is `arg`. `needs_table` is true while the
    /// body does not mention `...`; only then is the table made at each call, else `arg` is nil.
    Yes {
        /// Whether a call fills `arg`.
        needs_table: bool,
    },
}

/// A function body.
#[derive(Debug)]
pub struct Function {
    /// From `function` to `end`. For the main function the whole text, with the line of its last token.
    pub span: Span,
    /// The line where PUC says it is defined: of the keyword in a `function` statement, of the opening
    /// parenthesis in an expression or a `local function`, 0 for the main function.
    pub line: u32,
    /// Number of named parameters: the first locals. With [`Vararg::Yes`], local number `params` is `arg`.
    pub params: u8,
    /// Extra arguments.
    pub vararg: Vararg,
    /// All locals in order of declaration, with the hidden ones of loops ("(for index)" …).
    pub locals: Vec<LocalVar>,
    /// Upvalues in order of first use.
    pub upvalues: Vec<Upvalue>,
    /// The statements.
    pub body: Block,
}

/// A local variable.
#[derive(Debug, Clone, Copy)]
pub struct LocalVar {
    /// Its name.
    pub name: StrId,
    /// Where it is declared.
    pub span: Span,
    /// Whether an inner function uses it as an upvalue.
    pub captured: bool,
}

/// An upvalue of a function.
#[derive(Debug, Clone, Copy)]
pub struct Upvalue {
    /// Its name.
    pub name: StrId,
    /// Where the closure finds it when it is made.
    pub source: UpvalueSource,
}

/// Where an upvalue comes from, seen from the enclosing function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpvalueSource {
    /// A local of the enclosing function.
    ParentLocal(LocalId),
    /// An upvalue of the enclosing function.
    ParentUpvalue(u8),
}

/// A sequence of statements that is a scope.
#[derive(Debug, Default)]
pub struct Block {
    /// The statements.
    pub stats: Vec<Stat>,
    /// Whether a local declared directly in this block is captured, so that leaving it closes upvalues.
    pub captures: bool,
}

/// A statement and where it stands.
#[derive(Debug)]
pub struct Stat {
    /// From its first to its last token (without a `;`).
    pub span: Span,
    /// What it is.
    pub kind: StatKind,
}

/// The kinds of statements.
#[derive(Debug)]
pub enum StatKind {
    /// A call as a statement.
    Call(ExprId),
    /// `local a, b = …`: `count` locals from `first`.
    Local {
        /// The first of the new locals.
        first: LocalId,
        /// How many.
        count: u32,
        /// The initialisers.
        values: List,
    },
    /// `a, b.c = …`
    Assign {
        /// Local, upvalue, global or index expressions.
        targets: List,
        /// The right side.
        values: List,
    },
    /// `do … end`
    Do(Block),
    /// `while cond do … end`
    While {
        /// The condition.
        cond: ExprId,
        /// The body.
        body: Block,
    },
    /// `repeat … until cond`; the condition sees the body's locals.
    Repeat {
        /// The body.
        body: Block,
        /// The condition.
        cond: ExprId,
    },
    /// `if … elseif … else … end`
    If {
        /// Condition and block of `if` and of each `elseif`.
        arms: Vec<(ExprId, Block)>,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `for v = start, limit, step do … end`: locals `index`, +1, +2 are the hidden ones, `var` the visible.
    NumericFor {
        /// "(for index)"; "(for limit)" and "(for step)" follow.
        index: LocalId,
        /// The loop variable.
        var: LocalId,
        /// First value.
        start: ExprId,
        /// Last value.
        limit: ExprId,
        /// Step, 1 when absent.
        step: Option<ExprId>,
        /// The body; the loop variable is declared in its scope.
        body: Block,
        /// Whether the loop variable is captured (then each turn closes it).
        captures_var: bool,
        /// Line of the `for`.
        for_line: u32,
    },
    /// `for a, b in … do … end`: hidden locals `generator`, +1, +2, then `count` locals from `first`.
    GenericFor {
        /// "(for generator)"; "(for state)" and "(for control)" follow.
        generator: LocalId,
        /// The first visible variable.
        first: LocalId,
        /// How many.
        count: u32,
        /// The expression list.
        exprs: List,
        /// The body; the loop variables are declared in its scope.
        body: Block,
        /// Whether a loop variable is captured (then each turn closes them).
        captures_var: bool,
        /// Line of the token behind `in`: the line of the loop's call.
        for_line: u32,
    },
    /// `function a.b.c:m () … end`; for a method the body's first parameter is `self`.
    Function {
        /// Where it is stored: a local, upvalue, global or index expression.
        target: ExprId,
        /// Whether it was written with a colon.
        method: bool,
        /// The body.
        func: FunctionId,
    },
    /// `local function f () … end`
    LocalFunction {
        /// The local, visible in the body.
        local: LocalId,
        /// The body.
        func: FunctionId,
    },
    /// `return …`
    Return(List),
    /// `break`
    Break,
}

/// An expression and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Expr {
    /// From its first to its last token.
    pub span: Span,
    /// The line of the token that follows. What is done with a value after a comma is done there.
    pub next_line: u32,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expressions.
#[derive(Clone, Copy, Debug)]
pub enum ExprKind {
    /// `nil`
    Nil,
    /// `true`
    True,
    /// `false`
    False,
    /// A number literal.
    Number(f64),
    /// A string literal.
    String(StrId),
    /// `...`
    Vararg,
    /// `function … end`
    Function(FunctionId),
    /// A local variable of this function.
    Local(LocalId),
    /// An upvalue of this function.
    Upvalue(u8),
    /// A global variable.
    Global(StrId),
    /// `object[key]`, or `object.name` with a string as key.
    Index {
        /// The indexed expression.
        object: ExprId,
        /// The key.
        key: ExprId,
        /// Whether it was written with a dot.
        dot: bool,
    },
    /// `callee(args)`
    Call {
        /// What is called.
        callee: ExprId,
        /// The arguments.
        args: List,
        /// Line of the token that opens the arguments: the line of the call instruction.
        line: u32,
    },
    /// `object:name(args)`
    MethodCall {
        /// The receiver.
        object: ExprId,
        /// The method.
        name: StrId,
        /// The arguments without the receiver.
        args: List,
        /// Line of the token that opens the arguments: the line of the call instruction.
        line: u32,
        /// Line of the name.
        name_line: u32,
    },
    /// `op operand`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: ExprId,
    },
    /// `left op right`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Line of the operator.
        op_line: u32,
        /// Left operand.
        left: ExprId,
        /// Right operand.
        right: ExprId,
    },
    /// `(inner)`: cuts a call or `...` to one value.
    Paren(ExprId),
    /// A table constructor.
    Table(Items),
}

/// An item of a table constructor.
#[derive(Clone, Copy, Debug)]
pub enum TableItem {
    /// `value`
    Positional(ExprId),
    /// `name = value` or `[key] = value`
    Keyed {
        /// The key.
        key: ExprId,
        /// The value.
        value: ExprId,
        /// Whether it was written `name = value`.
        named: bool,
    },
}

/// Unary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `not`
    Not,
    /// `#`
    Len,
}

/// Binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its operator")]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Concat,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    And,
    Or,
}
