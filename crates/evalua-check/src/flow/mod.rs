//! The walk through a script, with what is known of each local on the way.
//!
//! Owns the order: statements here, expressions in `expr`, what conditions tell in `narrow`. What is wrong
//! with what is met is for the rules to say, which stand in `rules` as further methods of [`Walker`].
//!
//! A loop is walked once: before it, all that it assigns to is forgotten. An inner function is walked where
//! it is made, and knows only those locals around it that are never assigned to.

mod builtins;
pub(crate) mod command;
mod env;
mod expr;
mod narrow;

use std::ops::Range;
use std::sync::Arc;

use evalua_redis::Profile;
use evalua_redis::script::Kind;
use evalua_syntax::ast::{
    Arena, Block, Chunk, ExprId, ExprKind, Function, FunctionId, List, LocalId, Span, Stat,
    StatKind, Vararg,
};

use crate::allow;
use crate::environment::Environment;
use crate::finding::Report;
use crate::rules::Rule;
use crate::shebang::Source;
use crate::uses::{Use, Uses, Variable, resolve};
use crate::value::{self, Number, Origin, Types, Value};
use env::Env;

/// Walks a script and reports what the rules find.
pub(crate) fn walk(
    source: &Source<'_>,
    chunk: &Chunk,
    profile: &'static Profile,
    report: &mut Report,
) {
    let is_library = source.kind == Kind::Library;
    let mut walker = Walker {
        code: source.code,
        offset: source.offset,
        kind: source.kind,
        arena: chunk.arena(),
        profile,
        environment: Environment::of(profile, is_library),
        uses: Uses::of(chunk),
        is_part: is_part(source.code, chunk),
        report,
        frames: Vec::new(),
        values: vec![Value::ANY; chunk.tree.exprs.len()],
        depth: 0,
        named_keys: Vec::new(),
        first_slot: None,
        tables_with_holes: Vec::new(),
    };
    walker.function(chunk.tree.functions.len(), &chunk.main);
}

/// Whether a source is a part of scripts: it names others to be included, or does nothing but define
/// functions. What it needs may be elsewhere, and what it has may be used there.
fn is_part(code: &[u8], chunk: &Chunk) -> bool {
    let does_nothing = |&value: &ExprId| {
        use ExprKind::{False, Function, Nil, Number, String, True};
        let kind = chunk[value].kind;
        matches!(
            kind,
            Function(_) | Nil | True | False | Number(_) | String(_)
        )
    };
    let defines = |stat: &Stat| match stat.kind {
        StatKind::LocalFunction { .. } => true,
        StatKind::Local { values, .. } => chunk.arena().list(values).iter().all(does_nothing),
        _ => false,
    };
    if !chunk.tree.functions.is_empty() && chunk.main.body.stats.iter().all(defines) {
        return true;
    }
    evalua_syntax::comments(code)
        .into_iter()
        .any(|comment| allow::said(&code[comment]).starts_with(b"@include"))
}

/// How deep expressions are followed; what is deeper is not known.
const MAX_DEPTH: u32 = 150;

/// The state of the walk.
pub(crate) struct Walker<'a, 'r> {
    pub(crate) code: &'a [u8],
    /// Bytes of the source before the code.
    offset: usize,
    pub(crate) kind: Kind,
    pub(crate) arena: Arena<'a>,
    pub(crate) profile: &'static Profile,
    pub(crate) environment: Arc<Environment>,
    pub(crate) uses: Uses,
    /// Whether other sources belong to the script.
    pub(crate) is_part: bool,
    report: &'r mut Report,
    frames: Vec<Frame<'a>>,
    /// What was known of each expression when it was walked.
    values: Vec<Value>,
    depth: u32,
    /// The keys that commands have named so far: by their place in KEYS, or as they are written.
    pub(crate) named_keys: Vec<Vec<u8>>,
    /// The slot of the first key of which it is known.
    pub(crate) first_slot: Option<u16>,
    /// Table constructors with a nil before another item.
    pub(crate) tables_with_holes: Vec<u32>,
}

/// A function that is walked.
struct Frame<'a> {
    index: usize,
    function: &'a Function,
    env: Env,
    /// Where the loops around the place start in the source, but for those that count to a number in the script.
    loops: Vec<u32>,
}

impl<'a, 'r> Walker<'a, 'r> {
    /// Reports something.
    pub(crate) fn find(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) {
        let span = self.range(span);
        self.report.add(rule, span, message.into());
    }

    fn range(&self, span: Span) -> Range<usize> {
        self.offset + span.start as usize..self.offset + span.end as usize
    }

    /// The source of something.
    pub(crate) fn text(&self, span: Span) -> &'a [u8] {
        &self.code[span.start as usize..span.end as usize]
    }

    /// Whether the place is in the main function of a script: what that returns is the reply.
    pub(crate) fn returns_reply(&self) -> bool {
        self.frames.len() == 1 && self.kind != Kind::Library
    }

    /// Whether the place is in the main function.
    pub(crate) fn is_outermost(&self) -> bool {
        self.frames.len() == 1
    }

    fn frame(&mut self) -> &mut Frame<'a> {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn env(&mut self) -> &mut Env {
        &mut self.frame().env
    }

    /// The innermost function.
    pub(crate) fn current(&self) -> &'a Function {
        self.frames[self.frames.len() - 1].function
    }

    /// Where the loops of the function around the place start in the source, the outermost first, but for
    /// those that count to a number in the script.
    pub(crate) fn loops(&self) -> &[u32] {
        &self.frames[self.frames.len() - 1].loops
    }

    /// The local that an expression is.
    pub(crate) fn variable(&self, expr: ExprId) -> Option<Variable> {
        match self.arena.expr(expr).kind {
            ExprKind::Local(local) => {
                let function = self.frames[self.frames.len() - 1].index;
                Some(Variable { function, local })
            }
            ExprKind::Upvalue(upvalue) => {
                let around = self
                    .frames
                    .iter()
                    .map(|frame| (frame.index, frame.function));
                resolve(around, upvalue)
            }
            ExprKind::Paren(inner) => self.variable(inner),
            _ => None,
        }
    }

    /// How the local that an expression is is used.
    pub(crate) fn use_of(&self, expr: ExprId) -> Option<Use> {
        let variable = self.variable(expr)?;
        Some(self.uses.of_variable(variable))
    }

    /// How a local of the innermost function is used.
    pub(crate) fn use_of_local(&self, local: LocalId) -> Use {
        let function = self.frames[self.frames.len() - 1].index;
        self.uses.of_variable(Variable { function, local })
    }

    fn function(&mut self, index: usize, function: &'a Function) {
        self.frames.push(Frame {
            index,
            function,
            env: Env::default(),
            loops: Vec::new(),
        });
        let hidden = u32::from(matches!(function.vararg, Vararg::Yes { .. }));
        for local in 0..u32::from(function.params) + hidden {
            self.env().declare(LocalId(local), Value::ANY);
        }
        self.block(&function.body);
        self.frames.pop();
    }

    pub(super) fn inner_function(&mut self, id: FunctionId) {
        self.function(id.0 as usize, self.arena.function(id));
    }

    /// Walks a block that is a scope of its own.
    fn block(&mut self, block: &'a Block) {
        let height = self.env().height();
        self.statements(block);
        self.env().truncate(height);
    }

    fn statements(&mut self, block: &'a Block) {
        for stat in &block.stats {
            if self.env().is_dead {
                self.check_unreachable(stat);
                return;
            }
            self.stat(stat);
        }
    }

    fn stat(&mut self, stat: &'a Stat) {
        match &stat.kind {
            StatKind::Call(call) => {
                self.check_dropped(*call);
                self.eval(*call);
                self.env().is_dead |= self.is_error(*call);
            }
            StatKind::Local {
                first,
                count,
                values,
            } => self.local(*first, *count, *values),
            StatKind::Assign { targets, values } => self.assign(*targets, *values),
            StatKind::Do(body) => self.block(body),
            StatKind::While { cond, body } => {
                self.check_endless(stat.span, *cond, body);
                self.forget_assigned(body);
                self.condition(*cond);
                let mut after = self.env().clone();
                self.narrow(*cond, true);
                self.turn(stat.span, body);
                std::mem::swap(self.env(), &mut after);
                if !breaks(body) {
                    self.narrow(*cond, false);
                    self.env().is_dead = self.is_true(*cond);
                }
            }
            StatKind::Repeat { body, cond } => {
                self.forget_assigned(body);
                let mut after = self.env().clone();
                let height = self.env().height();
                self.frame().loops.push(stat.span.start);
                self.statements(body);
                self.frame().loops.pop();
                if !self.env().is_dead {
                    self.condition(*cond);
                    self.narrow(*cond, true);
                }
                self.env().truncate(height);
                if breaks(body) {
                    std::mem::swap(self.env(), &mut after);
                }
            }
            StatKind::If { arms, otherwise } => self.branches(arms, otherwise.as_ref()),
            StatKind::NumericFor {
                index,
                var,
                start,
                limit,
                step,
                body,
                ..
            } => {
                let first = self.eval(*start);
                self.eval(*limit);
                let by = step.map(|step| self.eval(step));
                let is_whole = |value: Value| value.number == Number::Whole;
                let counts = is_whole(first) && by.is_none_or(is_whole);
                let number = if counts {
                    Number::Whole
                } else {
                    Number::Unknown
                };
                self.forget_assigned(body);
                let mut after = self.env().clone();
                for hidden in index.0..index.0 + 3 {
                    self.env().declare(LocalId(hidden), Value::ANY);
                }
                self.env().declare(*var, Value::number(number));
                if matches!(self.arena.expr(*limit).kind, ExprKind::Number(_)) {
                    self.block(body);
                } else {
                    self.turn(stat.span, body);
                }
                std::mem::swap(self.env(), &mut after);
            }
            StatKind::GenericFor {
                generator,
                first,
                count,
                exprs,
                body,
                ..
            } => {
                self.list(*exprs);
                let item = self.item_of_iterator(*exprs);
                self.forget_assigned(body);
                let mut after = self.env().clone();
                for hidden in generator.0..generator.0 + 3 {
                    self.env().declare(LocalId(hidden), Value::ANY);
                }
                for local in 0..*count {
                    let value = if local == 1 { item } else { Value::ANY };
                    self.env().declare(LocalId(first.0 + local), value);
                }
                self.turn(stat.span, body);
                std::mem::swap(self.env(), &mut after);
            }
            StatKind::Function { target, func, .. } => {
                self.target(*target);
                self.set(*target, Value::of(Types::FUNCTION));
                self.inner_function(*func);
            }
            StatKind::LocalFunction { local, func } => {
                self.check_unused(*local, "function");
                self.env().declare(*local, Value::of(Types::FUNCTION));
                self.inner_function(*func);
            }
            StatKind::Return(values) => {
                let list = self.arena.list(*values);
                let known = self.list(*values);
                if self.returns_reply()
                    && let (Some(&expr), Some(&value)) = (list.first(), known.first())
                {
                    self.check_reply(expr, value);
                }
                self.env().is_dead = true;
            }
            StatKind::Break => self.env().is_dead = true,
        }
    }

    /// Walks the body of a loop.
    fn turn(&mut self, span: Span, body: &'a Block) {
        self.frame().loops.push(span.start);
        self.block(body);
        self.frame().loops.pop();
    }

    fn branches(&mut self, arms: &'a [(ExprId, Block)], otherwise: Option<&'a Block>) {
        let mut end = Env::dead();
        for (cond, body) in arms {
            self.condition(*cond);
            let mut other = self.env().clone();
            self.narrow(*cond, true);
            self.block(body);
            std::mem::swap(self.env(), &mut other);
            end.join(other);
            self.narrow(*cond, false);
        }
        if let Some(body) = otherwise {
            self.block(body);
        }
        self.env().join(end);
    }

    fn local(&mut self, first: LocalId, count: u32, values: List) {
        let exprs = self.arena.list(values);
        let known = self.list(values);
        for at in 0..count {
            let local = LocalId(first.0 + at);
            let (expr, value) = self.value_at(exprs, &known, at as usize);
            if count == 1 || exprs.len() >= count as usize {
                self.check_unused(local, "local");
            }
            if let Some(expr) = expr {
                self.check_protected(local, expr, value);
            }
            self.env().declare(local, value);
        }
    }

    fn assign(&mut self, targets: List, values: List) {
        let targets = self.arena.list(targets);
        let exprs = self.arena.list(values);
        for &target in targets {
            self.target(target);
        }
        let known = self.list(values);
        if let (&[target], &[value]) = (targets, exprs) {
            self.check_growing(target, value);
        }
        for (at, &target) in targets.iter().enumerate() {
            let (_, value) = self.value_at(exprs, &known, at);
            self.set(target, value);
        }
    }

    /// The expression that the variable at a place of a list gets, if it is only its, and what that is.
    fn value_at(&self, exprs: &[ExprId], known: &[Value], at: usize) -> (Option<ExprId>, Value) {
        match (exprs.get(at), exprs.last()) {
            (Some(&expr), _) => (Some(expr), self.copied(expr, known[at])),
            (None, Some(&last)) if self.is_open(last) => (None, Value::ANY),
            (None, _) => (None, Value::of(Types::NIL)),
        }
    }

    /// What a copy of a value is known to be. What is found out about one of two names is not known of the
    /// other, so the copy does not count as the reply that it is.
    fn copied(&self, expr: ExprId, value: Value) -> Value {
        let is_copy = self.variable(expr).is_some();
        match value.source {
            value::Source::Reply(_) | value::Source::Item(_) | value::Source::Converted(_)
                if is_copy =>
            {
                value.with_source(value::Source::Unknown)
            }
            // What is found out about one item may tell that another is there.
            value::Source::Item(reply) => value.with_source(value::Source::Item(expected(reply))),
            value::Source::Converted(reply) if reply.shape.is_list() => {
                value.with_source(value::Source::Converted(expected(reply)))
            }
            _ => value,
        }
    }

    /// Looks at what is assigned to.
    fn target(&mut self, target: ExprId) {
        match self.arena.expr(target).kind {
            ExprKind::Global(_) => self.check_global_write(target),
            ExprKind::Index { object, key, .. } => {
                self.eval(object);
                self.eval(key);
            }
            _ => {}
        }
    }

    fn set(&mut self, target: ExprId, value: Value) {
        if let ExprKind::Local(local) = self.arena.expr(target).kind {
            self.env().set(local, value);
        }
    }

    /// Forgets what is known of the locals that a block assigns to.
    fn forget_assigned(&mut self, block: &'a Block) {
        each_statement(block, &mut |stat| {
            let targets = match &stat.kind {
                StatKind::Assign { targets, .. } => self.arena.list(*targets),
                StatKind::Function { target, .. } => std::slice::from_ref(target),
                _ => &[],
            };
            for &target in targets {
                self.set(target, Value::ANY);
            }
        });
    }

    /// What `ipairs` or `pairs` gives as the second variable.
    fn item_of_iterator(&self, exprs: List) -> Value {
        let &[call] = self.arena.list(exprs) else {
            return Value::ANY;
        };
        let ExprKind::Call { callee, args, .. } = self.arena.expr(call).kind else {
            return Value::ANY;
        };
        let is_iterator = matches!(self.arena.expr(callee).kind, ExprKind::Global(name)
            if matches!(self.arena.str(name), b"ipairs" | b"pairs"));
        let &[table] = self.arena.list(args) else {
            return Value::ANY;
        };
        if !is_iterator {
            return Value::ANY;
        }
        match self.known(table).source {
            value::Source::Keys => text_from(Origin::KEY),
            value::Source::Arguments => text_from(Origin::ARGUMENT),
            value::Source::Reply(reply) if !reply.is_protected => Value {
                types: reply.shape.item_types(),
                origin: Origin::REPLY,
                ..Value::ANY
            },
            _ => Value::ANY,
        }
    }
}

/// The reply, which may be known to be there.
fn expected(reply: value::Reply) -> value::Reply {
    value::Reply {
        is_expected: true,
        ..reply
    }
}

/// A string from there.
fn text_from(origin: Origin) -> Value {
    Value {
        origin,
        ..Value::of(Types::STRING)
    }
}

/// Calls `visit` for each statement of a block and of those in it, but not of functions.
pub(crate) fn each_statement<'a>(block: &'a Block, visit: &mut dyn FnMut(&'a Stat)) {
    for stat in &block.stats {
        visit(stat);
        match &stat.kind {
            StatKind::Do(body)
            | StatKind::While { body, .. }
            | StatKind::Repeat { body, .. }
            | StatKind::NumericFor { body, .. }
            | StatKind::GenericFor { body, .. } => each_statement(body, visit),
            StatKind::If { arms, otherwise } => {
                let bodies = arms.iter().map(|arm| &arm.1).chain(otherwise);
                for body in bodies {
                    each_statement(body, visit);
                }
            }
            _ => {}
        }
    }
}

/// Whether a `break` in the body of a loop ends it.
pub(crate) fn breaks(body: &Block) -> bool {
    body.stats.iter().any(|stat| match &stat.kind {
        StatKind::Break => true,
        StatKind::Do(body) => breaks(body),
        StatKind::If { arms, otherwise } => {
            let mut bodies = arms.iter().map(|arm| &arm.1).chain(otherwise);
            bodies.any(breaks)
        }
        _ => false,
    })
}
