//! Expressions.
//!
//! Owns: operators and their precedence, primary and simple expressions, table constructors,
//! function bodies. It must not know statements beyond "a block".

use super::{Mark, Parser};
use crate::ast::{
    BinaryOp, ExprId, ExprKind, FunctionId, Items, List, LocalId, Span, StrId, TableItem, UnaryOp,
    Vararg,
};
use crate::error::{Problem, Result};
use crate::token::Token;

/// Binding strength of unary operators.
const UNARY_PRIORITY: u8 = 8;

/// A binary operator with its left and right binding strength: right-associative where right is less.
fn binary_op(token: Token) -> Option<(BinaryOp, u8, u8)> {
    Some(match token {
        Token::Or => (BinaryOp::Or, 1, 1),
        Token::And => (BinaryOp::And, 2, 2),
        Token::EqualEqual => (BinaryOp::Eq, 3, 3),
        Token::NotEqual => (BinaryOp::Ne, 3, 3),
        Token::Less => (BinaryOp::Lt, 3, 3),
        Token::LessEqual => (BinaryOp::Le, 3, 3),
        Token::Greater => (BinaryOp::Gt, 3, 3),
        Token::GreaterEqual => (BinaryOp::Ge, 3, 3),
        Token::DotDot => (BinaryOp::Concat, 5, 4),
        Token::Plus => (BinaryOp::Add, 6, 6),
        Token::Minus => (BinaryOp::Sub, 6, 6),
        Token::Star => (BinaryOp::Mul, 7, 7),
        Token::Slash => (BinaryOp::Div, 7, 7),
        Token::Percent => (BinaryOp::Mod, 7, 7),
        Token::Caret => (BinaryOp::Pow, 10, 9),
        _ => return None,
    })
}

fn unary_op(token: Token) -> Option<UnaryOp> {
    Some(match token {
        Token::Not => UnaryOp::Not,
        Token::Minus => UnaryOp::Neg,
        Token::Hash => UnaryOp::Len,
        _ => return None,
    })
}

impl Parser<'_> {
    /// expr
    pub(super) fn expr(&mut self) -> Result<ExprId> {
        self.sub_expr(0)
    }

    /// expr {`,` expr}
    pub(super) fn expr_list(&mut self) -> Result<List> {
        let expr = self.expr()?;
        if !self.at(Token::Comma) {
            return Ok(self.list_of_one(expr));
        }
        let first = self.open_lists.len();
        self.open_lists.push(expr);
        while self.accept(Token::Comma)? {
            let expr = self.expr()?;
            self.open_lists.push(expr);
        }
        Ok(self.close_list(first))
    }

    /// An expression of operators that bind tighter than `limit`.
    fn sub_expr(&mut self, limit: u8) -> Result<ExprId> {
        self.enter()?;
        let mark = self.mark();
        let mut left = match unary_op(self.current.token) {
            Some(op) => {
                self.advance()?;
                let operand = self.sub_expr(UNARY_PRIORITY)?;
                self.push(mark, ExprKind::Unary { op, operand })
            }
            None => self.simple_expr()?,
        };
        while let Some((op, left_priority, right_priority)) = binary_op(self.current.token)
            && left_priority > limit
        {
            self.advance()?;
            let op_line = self.last_line;
            let right = self.sub_expr(right_priority)?;
            left = self.push(
                mark,
                ExprKind::Binary {
                    op,
                    op_line,
                    left,
                    right,
                },
            );
        }
        self.leave();
        Ok(left)
    }

    /// A literal, constructor, function or primary expression.
    fn simple_expr(&mut self) -> Result<ExprId> {
        let mark = self.mark();
        let kind = match self.current.token {
            Token::Number => ExprKind::Number(self.current.number),
            Token::String => ExprKind::String(self.current.string),
            Token::Nil => ExprKind::Nil,
            Token::True => ExprKind::True,
            Token::False => ExprKind::False,
            Token::Dots => {
                match self.scopes.vararg() {
                    Vararg::No => return Err(self.error(Problem::VarargOutside)),
                    Vararg::Main => {}
                    Vararg::Yes { needs_table } => *needs_table = false,
                }
                ExprKind::Vararg
            }
            Token::LeftBrace => return self.table(),
            Token::Function => {
                self.advance()?;
                let line = self.line();
                let function = self.function_body(mark, None, line)?;
                return Ok(self.push(mark, ExprKind::Function(function)));
            }
            _ => return self.primary_expr(),
        };
        self.advance()?;
        Ok(self.push(mark, kind))
    }

    /// A name with what it means here.
    pub(super) fn variable(&mut self) -> Result<ExprId> {
        let mark = self.mark();
        let (name, _) = self.name()?;
        match self.scopes.resolve(name) {
            Ok(kind) => Ok(self.push(mark, kind)),
            Err(problem) => Err(self.error_alone(problem)),
        }
    }

    /// A name or an expression in parentheses.
    fn prefix_expr(&mut self) -> Result<ExprId> {
        match self.current.token {
            Token::Name => self.variable(),
            Token::LeftParen => {
                let mark = self.mark();
                let line = self.line();
                self.advance()?;
                let inner = self.expr()?;
                self.close(Token::RightParen, Token::LeftParen, line)?;
                Ok(self.push(mark, ExprKind::Paren(inner)))
            }
            _ => Err(self.error(Problem::UnexpectedSymbol)),
        }
    }

    /// A prefix expression with its indices and calls.
    pub(super) fn primary_expr(&mut self) -> Result<ExprId> {
        let mark = self.mark();
        let mut expr = self.prefix_expr()?;
        loop {
            expr = match self.current.token {
                Token::Dot => self.field(mark, expr)?,
                Token::LeftBracket => {
                    let key = self.bracketed_key()?;
                    self.push(
                        mark,
                        ExprKind::Index {
                            object: expr,
                            key,
                            dot: false,
                        },
                    )
                }
                Token::Colon => {
                    self.advance()?;
                    let (name, name_span) = self.name()?;
                    let line = self.line();
                    let args = self.arguments()?;
                    let name_line = name_span.end_line;
                    self.push(
                        mark,
                        ExprKind::MethodCall {
                            object: expr,
                            name,
                            args,
                            line,
                            name_line,
                        },
                    )
                }
                Token::LeftParen | Token::String | Token::LeftBrace => {
                    let line = self.line();
                    let args = self.arguments()?;
                    self.push(
                        mark,
                        ExprKind::Call {
                            callee: expr,
                            args,
                            line,
                        },
                    )
                }
                _ => return Ok(expr),
            };
        }
    }

    /// `.` name, or `:` name in the name of a function.
    pub(super) fn field(&mut self, mark: Mark, object: ExprId) -> Result<ExprId> {
        self.advance()?;
        let key = self.name_as_string()?;
        Ok(self.push(
            mark,
            ExprKind::Index {
                object,
                key,
                dot: true,
            },
        ))
    }

    /// A name that stands for itself as a string.
    fn name_as_string(&mut self) -> Result<ExprId> {
        let mark = self.mark();
        let (name, _) = self.name()?;
        Ok(self.push(mark, ExprKind::String(name)))
    }

    /// `[` expr `]`
    fn bracketed_key(&mut self) -> Result<ExprId> {
        self.advance()?;
        let key = self.expr()?;
        self.consume(Token::RightBracket)?;
        Ok(key)
    }

    /// The arguments of a call: a list in parentheses, a string or a table.
    fn arguments(&mut self) -> Result<List> {
        match self.current.token {
            Token::LeftParen => {
                let line = self.line();
                if line != self.last_line {
                    return Err(self.error(Problem::AmbiguousCall));
                }
                self.advance()?;
                if self.accept(Token::RightParen)? {
                    return Ok(List::EMPTY);
                }
                let args = self.expr_list()?;
                self.close(Token::RightParen, Token::LeftParen, line)?;
                Ok(args)
            }
            Token::LeftBrace => {
                let table = self.table()?;
                Ok(self.list_of_one(table))
            }
            Token::String => {
                let string = self.simple_expr()?;
                Ok(self.list_of_one(string))
            }
            _ => Err(self.error(Problem::ArgumentsExpected)),
        }
    }

    /// A table constructor.
    fn table(&mut self) -> Result<ExprId> {
        let mark = self.mark();
        let line = self.line();
        self.consume(Token::LeftBrace)?;
        let first = self.open_items.len();
        while !self.at(Token::RightBrace) {
            let named = self.at(Token::Name) && self.look_ahead()? == Token::Equal;
            let item = if named || self.at(Token::LeftBracket) {
                let key = if named {
                    self.name_as_string()?
                } else {
                    self.bracketed_key()?
                };
                self.consume(Token::Equal)?;
                TableItem::Keyed {
                    key,
                    value: self.expr()?,
                    named,
                }
            } else {
                TableItem::Positional(self.expr()?)
            };
            self.open_items.push(item);
            if !self.accept(Token::Comma)? && !self.accept(Token::Semicolon)? {
                break;
            }
        }
        self.close(Token::RightBrace, Token::LeftBrace, line)?;
        let items = Items {
            start: self.tree.items.len() as u32,
            count: (self.open_items.len() - first) as u32,
        };
        self.tree.items.extend_from_slice(&self.open_items[first..]);
        self.open_items.truncate(first);
        Ok(self.push(mark, ExprKind::Table(items)))
    }

    /// A function from its parameters to its `end`. `line` is what PUC calls the line where it is
    /// defined; `method` is the place of the colon that makes `self` its first parameter.
    pub(super) fn function_body(
        &mut self,
        mark: Mark,
        method: Option<Span>,
        line: u32,
    ) -> Result<FunctionId> {
        let before = self.extent();
        self.scopes.open_function(line, Vararg::No);
        self.scopes.open_block();
        self.functions += 1;
        self.consume(Token::LeftParen)?;
        let mut params = 0;
        if let Some(span) = method {
            let name = self.lexer.intern(b"self");
            let local = self.declare(name, span, 0)?;
            self.scopes.activate(local, 1);
            params = 1;
        }
        params += self.parameters()?;
        self.consume(Token::RightParen)?;
        let mut body = self.statements()?;
        self.close(Token::End, Token::Function, line)?;
        body.captures = self.scopes.close_block();
        let span = self.span_from(mark);
        let function = self.scopes.close_function(span, params, body);
        self.add_function(before, function)
    }

    /// The parameters after an implicit `self`; returns how many have names.
    fn parameters(&mut self) -> Result<u8> {
        let first = self.scopes.next_local();
        let mut names = 0;
        let mut hidden = 0;
        while !self.at(Token::RightParen) || names > 0 {
            if self.at(Token::Dots) {
                let mark = self.mark();
                self.advance()?;
                let name = self.lexer.intern(b"arg");
                self.declare(name, self.span_from(mark), names)?;
                *self.scopes.vararg() = Vararg::Yes { needs_table: true };
                hidden = 1;
                break;
            }
            if !self.at(Token::Name) {
                return Err(self.error(Problem::ParameterExpected));
            }
            let (name, span) = self.name()?;
            self.declare(name, span, names)?;
            names += 1;
            if !self.accept(Token::Comma)? {
                break;
            }
        }
        self.scopes.activate(first, names + hidden);
        // No more than the limit on locals.
        Ok(names as u8)
    }

    /// Declares a local; see [`super::scope::Scopes::declare`].
    pub(super) fn declare(&mut self, name: StrId, span: Span, pending: usize) -> Result<LocalId> {
        self.scopes
            .declare(name, span, pending)
            .map_err(|problem| self.error_alone(problem))
    }
}
