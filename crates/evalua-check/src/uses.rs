//! How the locals of a script are used, counted before it is walked.
//!
//! What is decided by the order of statements is `flow`'s; here are facts that hold for the whole script.

use evalua_syntax::ast::{
    BinaryOp, Block, Chunk, ExprId, ExprKind, Function, List, LocalId, Stat, StatKind, TableItem,
    UnaryOp, UpvalueSource,
};

/// A local of a function, which is named by its place in the tree; the main function comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) function: usize,
    pub(crate) local: LocalId,
}

/// How a local is used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Use {
    /// How often it is read.
    pub(crate) reads: u32,
    /// How often its value is returned as it is.
    pub(crate) returns: u32,
    /// Whether it is assigned to after its declaration.
    pub(crate) is_written: bool,
    /// Whether an inner function assigns to it.
    pub(crate) is_written_inside: bool,
    /// Whether a condition may depend on whether it is nil or false.
    pub(crate) is_tested: bool,
    /// Whether it is compared with `false`.
    pub(crate) is_compared_to_false: bool,
    /// Whether its length is compared with something.
    pub(crate) is_measured: bool,
    /// Whether a field of it is read.
    pub(crate) has_read_fields: bool,
    /// Whether a field is added to it that a reply does not have.
    pub(crate) has_plain_fields: bool,
    /// Whether a field is added to it by which a reply is known, or items may be.
    pub(crate) has_items: bool,
    /// Whether the value is known by another name too, or to code that may change it.
    pub(crate) escapes: bool,
}

impl Use {
    /// Whether a table in it may have been changed since it was made.
    pub(crate) fn is_altered(self) -> bool {
        self.has_plain_fields || self.has_items || self.escapes
    }
}

/// How all locals are used.
#[derive(Debug)]
pub(crate) struct Uses {
    functions: Vec<Vec<Use>>,
    /// Whether the script changes KEYS or ARGV.
    pub(crate) alters_arguments: bool,
    /// Whether the script may ask for replies of RESP3.
    pub(crate) speaks_resp3: bool,
}

impl Uses {
    pub(crate) fn of(chunk: &Chunk) -> Uses {
        let main = std::iter::once(&chunk.main);
        let functions = chunk.tree.functions.iter().chain(main);
        let functions = functions.map(|function| vec![Use::default(); function.locals.len()]);
        let mut counter = Counter {
            chunk,
            uses: Uses {
                functions: functions.collect(),
                alters_arguments: false,
                speaks_resp3: chunk.strings.iter().any(|text| **text == *b"setresp"),
            },
            around: Vec::new(),
            aliases: Vec::new(),
        };
        counter.function(chunk.tree.functions.len(), &chunk.main);
        counter.uses
    }

    /// How a local is used.
    pub(crate) fn of_variable(&self, variable: Variable) -> Use {
        let locals = &self.functions[variable.function];
        locals[variable.local.0 as usize]
    }
}

/// The local that an upvalue of the innermost of these functions is.
pub(crate) fn resolve<'f>(
    around: impl DoubleEndedIterator<Item = (usize, &'f Function)>,
    upvalue: u8,
) -> Option<Variable> {
    let mut upvalue = upvalue;
    let mut outwards = around.rev();
    let (_, mut function) = outwards.next()?;
    loop {
        let source = function.upvalues.get(usize::from(upvalue))?.source;
        let (index, outer) = outwards.next()?;
        match source {
            UpvalueSource::ParentLocal(local) => {
                return Some(Variable {
                    function: index,
                    local,
                });
            }
            UpvalueSource::ParentUpvalue(next) => {
                upvalue = next;
                function = outer;
            }
        }
    }
}

/// What is done with a value.
#[derive(Clone, Copy, Default)]
struct Purpose {
    tests: bool,
    escapes: bool,
    returns: bool,
}

const PLAIN: Purpose = Purpose {
    tests: false,
    escapes: false,
    returns: false,
};
const TEST: Purpose = Purpose {
    tests: true,
    ..PLAIN
};
const ESCAPE: Purpose = Purpose {
    tests: true,
    escapes: true,
    ..PLAIN
};
const RETURN: Purpose = Purpose {
    returns: true,
    ..PLAIN
};

/// Fields by which the server knows what a returned table is.
pub(crate) const REPLY_FIELDS: &[&[u8]] = &[
    b"err",
    b"ok",
    b"double",
    b"big_number",
    b"verbatim_string",
    b"map",
    b"set",
];

struct Counter<'a> {
    chunk: &'a Chunk,
    uses: Uses,
    /// The functions around the place, the main function first.
    around: Vec<(usize, &'a Function)>,
    /// Locals that are `redis.call` or the like.
    aliases: Vec<Variable>,
}

impl<'a> Counter<'a> {
    fn function(&mut self, index: usize, function: &'a Function) {
        self.around.push((index, function));
        self.block(&function.body);
        self.around.pop();
    }

    fn block(&mut self, block: &'a Block) {
        for stat in &block.stats {
            self.stat(stat);
        }
    }

    fn stat(&mut self, stat: &'a Stat) {
        match &stat.kind {
            StatKind::Call(call) => self.expr(*call, PLAIN),
            StatKind::Local {
                first,
                count,
                values,
            } => {
                let list = self.chunk.arena().list(*values);
                if let ([value], 1) = (list, count)
                    && self.is_library_function(*value)
                    && let Some((function, _)) = self.around.last()
                {
                    let function = *function;
                    self.aliases.push(Variable {
                        function,
                        local: *first,
                    });
                }
                self.list(*values, ESCAPE);
            }
            StatKind::Assign { targets, values } => {
                for &target in self.chunk.arena().list(*targets) {
                    self.target(target);
                }
                self.list(*values, ESCAPE);
            }
            StatKind::Do(body) => self.block(body),
            StatKind::While { cond, body } | StatKind::Repeat { body, cond } => {
                self.expr(*cond, TEST);
                self.block(body);
            }
            StatKind::If { arms, otherwise } => {
                for (cond, body) in arms {
                    self.expr(*cond, TEST);
                    self.block(body);
                }
                if let Some(body) = otherwise {
                    self.block(body);
                }
            }
            StatKind::NumericFor {
                start,
                limit,
                step,
                body,
                ..
            } => {
                for expr in [Some(*start), Some(*limit), *step].into_iter().flatten() {
                    self.expr(expr, PLAIN);
                }
                self.block(body);
            }
            StatKind::GenericFor { exprs, body, .. } => {
                self.list(*exprs, PLAIN);
                self.block(body);
            }
            StatKind::Function { target, func, .. } => {
                self.target(*target);
                self.inner_function(*func);
            }
            StatKind::LocalFunction { func, .. } => self.inner_function(*func),
            StatKind::Return(values) => self.list(*values, RETURN),
            StatKind::Break => {}
        }
    }

    fn inner_function(&mut self, id: evalua_syntax::ast::FunctionId) {
        let chunk = self.chunk;
        self.function(id.0 as usize, chunk.arena().function(id));
    }

    fn list(&mut self, list: List, purpose: Purpose) {
        for &expr in self.chunk.arena().list(list) {
            self.expr(expr, purpose);
        }
    }

    /// What is assigned to.
    fn target(&mut self, target: ExprId) {
        match self.chunk[target].kind {
            ExprKind::Index { object, key, .. } => {
                self.alter(object, key);
                self.expr(object, PLAIN);
                self.expr(key, PLAIN);
            }
            kind => {
                let is_inside = matches!(kind, ExprKind::Upvalue(_));
                if let Some(used) = self.variable(kind) {
                    used.is_written = true;
                    used.is_written_inside |= is_inside;
                }
            }
        }
    }

    /// Notes that a field of a table is assigned to.
    fn alter(&mut self, object: ExprId, key: ExprId) {
        let chunk = self.chunk;
        let field = match chunk[key].kind {
            ExprKind::String(text) => Some(chunk.str(text)),
            _ => None,
        };
        let kind = chunk[object].kind;
        if self.is_argument_table(kind) {
            self.uses.alters_arguments = true;
        }
        if let Some(used) = self.variable(kind) {
            match field {
                Some(name) if !REPLY_FIELDS.contains(&name) => used.has_plain_fields = true,
                _ => used.has_items = true,
            }
        }
    }

    /// Whether an expression is KEYS or ARGV.
    fn is_argument_table(&self, kind: ExprKind) -> bool {
        match kind {
            ExprKind::Global(name) => matches!(self.chunk.str(name), b"KEYS" | b"ARGV"),
            _ => false,
        }
    }

    /// The use of the local that an expression is.
    fn variable(&mut self, kind: ExprKind) -> Option<&mut Use> {
        let variable = self.variable_of(kind)?;
        let locals = self.uses.functions.get_mut(variable.function)?;
        locals.get_mut(variable.local.0 as usize)
    }

    fn variable_of(&self, kind: ExprKind) -> Option<Variable> {
        match kind {
            ExprKind::Local(local) => {
                let function = self.around.last()?.0;
                Some(Variable { function, local })
            }
            ExprKind::Upvalue(upvalue) => resolve(self.around.iter().copied(), upvalue),
            _ => None,
        }
    }

    /// Notes the uses in an expression. Chains of operators and calls nest without limit, so there is a list of
    /// what is still to be looked at.
    fn expr(&mut self, expr: ExprId, purpose: Purpose) {
        let mut open = vec![(expr, purpose)];
        while let Some((expr, purpose)) = open.pop() {
            self.one(expr, purpose, &mut open);
        }
    }

    fn one(&mut self, expr: ExprId, purpose: Purpose, open: &mut Vec<(ExprId, Purpose)>) {
        let chunk = self.chunk;
        let arena = chunk.arena();
        match chunk[expr].kind {
            kind @ (ExprKind::Local(_) | ExprKind::Upvalue(_)) => {
                if let Some(used) = self.variable(kind) {
                    used.reads += 1;
                    used.returns += u32::from(purpose.returns);
                    used.is_tested |= purpose.tests;
                    used.escapes |= purpose.escapes;
                }
            }
            ExprKind::Function(id) => self.inner_function(id),
            ExprKind::Index { object, key, .. } => {
                if matches!(chunk[key].kind, ExprKind::String(_))
                    && let Some(used) = self.variable(chunk[object].kind)
                {
                    used.has_read_fields = true;
                }
                open.push((
                    object,
                    Purpose {
                        tests: purpose.tests,
                        ..PLAIN
                    },
                ));
                open.push((key, PLAIN));
            }
            ExprKind::Call { callee, args, .. } => {
                open.push((callee, PLAIN));
                let inner = match self.callee(callee) {
                    Callee::Reader => Purpose {
                        tests: purpose.tests,
                        ..PLAIN
                    },
                    Callee::Tester => TEST,
                    Callee::Unknown => ESCAPE,
                    Callee::Changer => {
                        if let Some(&table) = arena.list(args).first() {
                            let kind = chunk[table].kind;
                            self.uses.alters_arguments |= self.is_argument_table(kind);
                            if let Some(used) = self.variable(kind) {
                                used.has_items = true;
                            }
                        }
                        ESCAPE
                    }
                };
                open.extend(arena.list(args).iter().map(|&arg| (arg, inner)));
            }
            ExprKind::MethodCall { object, args, .. } => {
                let is_local = self.variable_of(chunk[object].kind).is_some();
                open.push((object, if is_local { ESCAPE } else { PLAIN }));
                open.extend(arena.list(args).iter().map(|&arg| (arg, ESCAPE)));
            }
            ExprKind::Unary { op, operand } => {
                let inner = if op == UnaryOp::Not { TEST } else { PLAIN };
                open.push((operand, inner));
            }
            ExprKind::Binary {
                op, left, right, ..
            } => {
                let (first, second) = match op {
                    BinaryOp::And | BinaryOp::Or => (TEST, purpose),
                    BinaryOp::Eq | BinaryOp::Ne => (TEST, TEST),
                    _ => (PLAIN, PLAIN),
                };
                if matches!(
                    op,
                    BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge
                ) {
                    self.measure(left);
                    self.measure(right);
                }
                if matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
                    for (this, other) in [(left, right), (right, left)] {
                        if matches!(chunk[other].kind, ExprKind::False)
                            && let Some(used) = self.variable(chunk[this].kind)
                        {
                            used.is_compared_to_false = true;
                        }
                    }
                }
                open.push((left, first));
                open.push((right, second));
            }
            ExprKind::Paren(inner) => open.push((inner, purpose)),
            ExprKind::Table(items) => {
                for item in arena.items(items) {
                    match *item {
                        TableItem::Positional(value) => open.push((value, ESCAPE)),
                        TableItem::Keyed { key, value, .. } => {
                            open.push((key, PLAIN));
                            open.push((value, ESCAPE));
                        }
                    }
                }
            }
            ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Vararg
            | ExprKind::Global(_) => {}
        }
    }

    /// Notes the length in a comparison.
    fn measure(&mut self, side: ExprId) {
        let chunk = self.chunk;
        if let ExprKind::Unary {
            op: UnaryOp::Len,
            operand,
        } = chunk[side].kind
            && let Some(used) = self.variable(chunk[operand].kind)
        {
            used.is_measured = true;
        }
    }

    /// Whether an expression is a function of a library of the sandbox.
    fn is_library_function(&self, expr: ExprId) -> bool {
        matches!(self.chunk[expr].kind, ExprKind::Index { object, .. }
            if matches!(self.chunk[object].kind, ExprKind::Global(_)))
    }

    /// What a function does to its arguments.
    fn callee(&self, callee: ExprId) -> Callee {
        let chunk = self.chunk;
        match chunk[callee].kind {
            ExprKind::Global(name) => match chunk.str(name) {
                b"assert" | b"error" | b"type" | b"next" => Callee::Tester,
                b"rawset" => Callee::Changer,
                b"ipairs" | b"pairs" | b"rawequal" | b"rawget" | b"select" | b"tonumber"
                | b"tostring" | b"unpack" => Callee::Reader,
                _ => Callee::Unknown,
            },
            ExprKind::Index { object, key, .. } => {
                let (ExprKind::Global(library), ExprKind::String(name)) =
                    (chunk[object].kind, chunk[key].kind)
                else {
                    return Callee::Unknown;
                };
                match (chunk.str(library), chunk.str(name)) {
                    (b"table", b"concat" | b"getn" | b"maxn") => Callee::Reader,
                    (b"table", _) => Callee::Changer,
                    _ => Callee::Reader,
                }
            }
            kind => match self.variable_of(kind) {
                Some(variable) if self.aliases.contains(&variable) => Callee::Reader,
                _ => Callee::Unknown,
            },
        }
    }
}

/// What a function does to its arguments.
enum Callee {
    /// It reads them.
    Reader,
    /// Its result tells whether they are nil.
    Tester,
    /// It changes the first of them.
    Changer,
    /// Anything.
    Unknown,
}
