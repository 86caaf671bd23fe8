//! Walking and showing trees; snapshots of small ones.

use evalua_syntax::ast::*;
use std::fmt::Write;

/// A part of a function.
pub enum Node<'a> {
    Stat(&'a Stat),
    Expr(&'a Expr),
}

/// Visits the statements and expressions of a function in order of the source, without those of
/// inner functions.
pub fn walk<'a>(chunk: &'a Chunk, function: &'a Function, visit: &mut dyn FnMut(Node<'a>)) {
    walk_block(chunk, &function.body, visit);
}

fn walk_block<'a>(chunk: &'a Chunk, block: &'a Block, visit: &mut dyn FnMut(Node<'a>)) {
    for stat in &block.stats {
        let parts = parts_of_stat(chunk, &stat.kind);
        visit(Node::Stat(stat));
        for part in parts {
            match part {
                Part::Expr(id) => walk_expr(chunk, id, visit),
                Part::Block(block) => walk_block(chunk, block, visit),
            }
        }
    }
}

enum Part<'a> {
    Expr(ExprId),
    Block(&'a Block),
}

fn parts_of_stat<'a>(chunk: &Chunk, kind: &'a StatKind) -> Vec<Part<'a>> {
    let arena = chunk.arena();
    let exprs = |list: List| {
        arena
            .list(list)
            .iter()
            .copied()
            .map(Part::Expr)
            .collect::<Vec<_>>()
    };
    match kind {
        StatKind::Call(call) => vec![Part::Expr(*call)],
        StatKind::Local { values, .. } | StatKind::Return(values) => exprs(*values),
        StatKind::Assign { targets, values } => {
            exprs(*targets).into_iter().chain(exprs(*values)).collect()
        }
        StatKind::Do(body) => vec![Part::Block(body)],
        StatKind::While { cond, body } => vec![Part::Expr(*cond), Part::Block(body)],
        StatKind::Repeat { body, cond } => vec![Part::Block(body), Part::Expr(*cond)],
        StatKind::If { arms, otherwise } => {
            let arms = arms
                .iter()
                .flat_map(|(cond, block)| [Part::Expr(*cond), Part::Block(block)]);
            arms.chain(otherwise.iter().map(Part::Block)).collect()
        }
        StatKind::NumericFor {
            start,
            limit,
            step,
            body,
            ..
        } => {
            let bounds = [Some(*start), Some(*limit), *step].into_iter().flatten();
            bounds.map(Part::Expr).chain([Part::Block(body)]).collect()
        }
        StatKind::GenericFor {
            exprs: list, body, ..
        } => exprs(*list)
            .into_iter()
            .chain([Part::Block(body)])
            .collect(),
        StatKind::Function { target, .. } => vec![Part::Expr(*target)],
        StatKind::LocalFunction { .. } | StatKind::Break => vec![],
    }
}

fn children(chunk: &Chunk, kind: &ExprKind) -> Vec<ExprId> {
    let arena = chunk.arena();
    match kind {
        ExprKind::Index { object, key, .. } => vec![*object, *key],
        ExprKind::Call {
            callee: first,
            args,
            ..
        }
        | ExprKind::MethodCall {
            object: first,
            args,
            ..
        } => [&[*first], arena.list(*args)].concat(),
        ExprKind::Unary { operand, .. } => vec![*operand],
        ExprKind::Binary { left, right, .. } => vec![*left, *right],
        ExprKind::Paren(inner) => vec![*inner],
        ExprKind::Table(items) => arena
            .items(*items)
            .iter()
            .flat_map(|item| match item {
                TableItem::Positional(value) => vec![*value],
                TableItem::Keyed { key, value, .. } => vec![*key, *value],
            })
            .collect(),
        _ => vec![],
    }
}

fn walk_expr<'a>(chunk: &'a Chunk, id: ExprId, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Expr(&chunk[id]));
    for child in children(chunk, &chunk[id].kind) {
        walk_expr(chunk, child, visit);
    }
}

#[test]
fn functions_are_handed_over_inner_ones_first() {
    let source =
        b"local a = 1 function f(b) local c = function() return a + b end return c end g = f(a)";
    let mut taken = Vec::new();
    let chunk =
        evalua_syntax::parse_each(source, b"=x", 0, &mut |_| true, &mut |arena, function| {
            let names = function.locals.iter().map(|local| arena.str(local.name));
            taken.push((
                String::from_utf8_lossy(&names.collect::<Vec<_>>().join(&b' ')).into_owned(),
                function.upvalues.len(),
                function.body.stats.len(),
            ));
            true
        })
        .expect("a valid chunk");
    assert_eq!(taken, [(String::new(), 2, 1), ("b c".to_owned(), 1, 2)]);
    // Their expressions are gone, and those of the main function are all there.
    assert_eq!(chunk.tree.exprs.len(), 6);
    assert_eq!(chunk.tree.lists.len(), 4);
    assert_eq!(chunk.tree.functions.len(), 1);
    let StatKind::Function { func, .. } = &chunk.main.body.stats[1].kind else {
        panic!("{:?}", chunk.main.body.stats[1]);
    };
    let func = chunk.arena().function(*func);
    assert!(func.body.stats.is_empty() && func.locals.is_empty() && func.upvalues.len() == 1);
    let stopped = evalua_syntax::parse_each(source, b"=x", 0, &mut |_| true, &mut |_, _| false);
    assert!(stopped.is_err());
}

/// A chunk as text: one line a statement, expressions in prefix form.
struct Show<'a> {
    chunk: &'a Chunk,
    out: String,
    depth: usize,
}

fn show(source: &str) -> String {
    let chunk = evalua_syntax::parse(source.as_bytes(), b"=x").expect("a valid chunk");
    let mut show = Show {
        chunk: &chunk,
        out: String::new(),
        depth: 0,
    };
    show.function(&chunk.main);
    show.out
}

impl Show<'_> {
    fn line(&mut self, span: Span, text: &str) {
        let lines = if span.line == span.end_line {
            span.line.to_string()
        } else {
            format!("{}-{}", span.line, span.end_line)
        };
        let Span { start, end, .. } = span;
        let indent = "  ".repeat(self.depth);
        writeln!(self.out, "{indent}{text}  @{lines} [{start}..{end}]").expect("a string");
    }

    fn name(&self, id: StrId) -> String {
        String::from_utf8_lossy(self.chunk.str(id)).into_owned()
    }

    fn function(&mut self, function: &Function) {
        let name = |id| self.name(id);
        let locals = function.locals.iter().enumerate().map(|(index, local)| {
            format!(
                "{index}:{}{}",
                name(local.name),
                if local.captured { "*" } else { "" }
            )
        });
        let locals = locals.collect::<Vec<_>>().join(" ");
        let upvalues = function
            .upvalues
            .iter()
            .map(|upvalue| match upvalue.source {
                UpvalueSource::ParentLocal(LocalId(id)) => {
                    format!("{}=local {id}", name(upvalue.name))
                }
                UpvalueSource::ParentUpvalue(id) => format!("{}=upvalue {id}", name(upvalue.name)),
            });
        let upvalues = upvalues.collect::<Vec<_>>().join(" ");
        let (line, params, vararg) = (function.line, function.params, function.vararg);
        let text = format!(
            "function line {line} params {params} {vararg:?} locals [{locals}] upvalues [{upvalues}]"
        );
        self.line(function.span, &text);
        self.block(&function.body, "");
    }

    fn block(&mut self, block: &Block, title: &str) {
        if !title.is_empty() {
            let closes = if block.captures { " captures" } else { "" };
            writeln!(self.out, "{}{title}{closes}", "  ".repeat(self.depth)).expect("a string");
        }
        self.depth += 1;
        for stat in &block.stats {
            self.stat(stat);
        }
        self.depth -= 1;
    }

    fn stat(&mut self, stat: &Stat) {
        let joined = |ids: &[ExprId]| {
            ids.iter()
                .map(|&id| self.expr(id))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let list = |list: &List| joined(self.chunk.arena().list(*list));
        let text = match &stat.kind {
            StatKind::Call(call) => self.expr(*call),
            StatKind::Local {
                first,
                count,
                values,
            } => format!("local {}+{count} = {}", first.0, list(values)),
            StatKind::Assign { targets, values } => format!("{} = {}", list(targets), list(values)),
            StatKind::Do(_) => "do".into(),
            StatKind::While { cond, .. } => format!("while {}", self.expr(*cond)),
            StatKind::Repeat { cond, .. } => format!("repeat until {}", self.expr(*cond)),
            StatKind::If { arms, .. } => {
                let conds = arms
                    .iter()
                    .map(|(cond, _)| self.expr(*cond))
                    .collect::<Vec<_>>();
                format!("if {}", conds.join(" elseif "))
            }
            StatKind::NumericFor {
                index,
                var,
                start,
                limit,
                step,
                captures_var,
                for_line,
                ..
            } => {
                let bounds: Vec<ExprId> = [*start, *limit].into_iter().chain(*step).collect();
                let captures = if *captures_var { " captures" } else { "" };
                format!(
                    "for {} ({}) = {} line {for_line}{captures}",
                    var.0,
                    index.0,
                    joined(&bounds)
                )
            }
            StatKind::GenericFor {
                generator,
                first,
                count,
                exprs,
                captures_var,
                for_line,
                ..
            } => {
                let captures = if *captures_var { " captures" } else { "" };
                format!(
                    "for {}+{count} ({}) in {} line {for_line}{captures}",
                    first.0,
                    generator.0,
                    list(exprs)
                )
            }
            StatKind::Function { target, method, .. } => {
                format!(
                    "function {}{}",
                    self.expr(*target),
                    if *method { " method" } else { "" }
                )
            }
            StatKind::LocalFunction { local, .. } => format!("local function {}", local.0),
            StatKind::Return(values) => format!("return {}", list(values)),
            StatKind::Break => "break".into(),
        };
        self.line(stat.span, text.trim_end());
        match &stat.kind {
            StatKind::Do(body)
            | StatKind::While { body, .. }
            | StatKind::Repeat { body, .. }
            | StatKind::NumericFor { body, .. }
            | StatKind::GenericFor { body, .. } => self.block(body, "block"),
            StatKind::If { arms, otherwise } => {
                for (_, block) in arms {
                    self.block(block, "then");
                }
                if let Some(block) = otherwise {
                    self.block(block, "else");
                }
            }
            StatKind::Function { func, .. } | StatKind::LocalFunction { func, .. } => {
                self.nested(*func)
            }
            _ => {}
        }
        for part in parts_of_stat(self.chunk, &stat.kind) {
            if let Part::Expr(id) = part {
                self.functions_in(id);
            }
        }
    }

    /// Shows the functions of an expression below its statement.
    fn functions_in(&mut self, id: ExprId) {
        let chunk = self.chunk;
        walk_expr(chunk, id, &mut |node| {
            if let Node::Expr(Expr {
                kind: ExprKind::Function(function),
                ..
            }) = node
            {
                self.nested(*function);
            }
        });
    }

    fn nested(&mut self, function: FunctionId) {
        self.depth += 1;
        self.function(self.chunk.arena().function(function));
        self.depth -= 1;
    }

    fn expr(&self, id: ExprId) -> String {
        let list = |list: &List| {
            let ids = self.chunk.arena().list(*list);
            ids.iter()
                .map(|&id| format!(" {}", self.expr(id)))
                .collect::<String>()
        };
        match &self.chunk[id].kind {
            ExprKind::Nil => "nil".into(),
            ExprKind::True => "true".into(),
            ExprKind::False => "false".into(),
            ExprKind::Number(number) => number.to_string(),
            ExprKind::String(id) => format!("{:?}", self.name(*id)),
            ExprKind::Vararg => "...".into(),
            ExprKind::Function(_) => "function".into(),
            ExprKind::Local(LocalId(id)) => format!("local:{id}"),
            ExprKind::Upvalue(id) => format!("upvalue:{id}"),
            ExprKind::Global(id) => self.name(*id),
            ExprKind::Index { object, key, dot } => {
                format!(
                    "({} {} {})",
                    if *dot { "." } else { "[]" },
                    self.expr(*object),
                    self.expr(*key)
                )
            }
            ExprKind::Call { callee, args, line } => {
                format!("(call@{line} {}{})", self.expr(*callee), list(args))
            }
            ExprKind::MethodCall {
                object,
                name,
                args,
                line,
                name_line,
            } => {
                let name = self.name(*name);
                format!(
                    "(method@{line} {} {name}@{name_line}{})",
                    self.expr(*object),
                    list(args)
                )
            }
            ExprKind::Unary { op, operand } => format!("({op:?} {})", self.expr(*operand)),
            ExprKind::Binary {
                op,
                op_line,
                left,
                right,
            } => {
                format!(
                    "({op:?}@{op_line} {} {})",
                    self.expr(*left),
                    self.expr(*right)
                )
            }
            ExprKind::Paren(inner) => format!("(paren {})", self.expr(*inner)),
            ExprKind::Table(items) => {
                let items = self.chunk.arena().items(*items);
                let items = items.iter().map(|item| match item {
                    TableItem::Positional(value) => format!(" {}", self.expr(*value)),
                    TableItem::Keyed { key, value, named } => {
                        let sign = if *named { "=" } else { "[]=" };
                        format!(" ({sign} {} {})", self.expr(*key), self.expr(*value))
                    }
                });
                format!("(table{})", items.collect::<String>())
            }
        }
    }
}

#[test]
fn operators() {
    insta::assert_snapshot!(show(
        "x = a or b and c == d .. e + f * -g ^ -h ^ i
x = not a == b, -x ^ 2, a .. b .. c, a - b - c, 2 ^ 3 ^ 4, #t + 1, a < b == c
x = (a), (f()), ((...))"
    ));
}

#[test]
fn calls_and_indices() {
    insta::assert_snapshot!(show(
        "f() f(1, ...) f'x' f{} f[[
y]]
a.b[c].d:e 'f' : g { h } [1] = 2;
(f)
.x = a
:b(
)"
    ));
}

#[test]
fn statements() {
    insta::assert_snapshot!(show(
        "local a, b = 1
while a do if b then break elseif c then return else b = nil end end
for i = 1, 10, 2 do f(i) end
for k, v in pairs(t) do f(k, v); end
repeat local done = f() until done
do local a a = 2 end
function a.b:c(x) return self, x end
local function g(...) return g, arg end
return a, b;"
    ));
}

#[test]
fn scopes_and_captures() {
    insta::assert_snapshot!(show(
        "local a, b
local function f() return function() return b, a, b end end
for i = 1, 2 do local j f(function() return i end) end
for k in f do local j f(function() return j end) end
while a do local c f(function() c = a end) end
repeat local d until function() return d end
if a then local e function f() return e end else local e end
local a = a
local function g() return a, g end
function h(x) return function(...) return x, ... end end"
    ));
}

#[test]
fn tables() {
    insta::assert_snapshot!(show(
        "x = {} y = {1, a, b = 2; [c] = 3, [[d]], {e\n.f}, g\n= h,}"
    ));
}
