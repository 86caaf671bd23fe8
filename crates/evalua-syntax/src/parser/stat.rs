//! Statements and blocks.
//!
//! Owns: every statement. It must not know how expressions are parsed.

use super::{MAX_DEPTH, Mark, Parser};
use crate::ast::{Block, ExprId, ExprKind, List, LocalId, Span, Stat, StatKind, StrId};
use crate::error::{Problem, Result};
use crate::token::Token;

impl Parser<'_> {
    /// A block that is a scope of its own.
    pub(super) fn block(&mut self) -> Result<Block> {
        self.scopes.open_block();
        let mut block = self.statements()?;
        block.captures = self.scopes.close_block();
        Ok(block)
    }

    /// The statements of a block, in the scope that is open.
    pub(super) fn statements(&mut self) -> Result<Block> {
        self.enter()?;
        let mut block = Block::default();
        while !self.at_block_end() {
            let mark = self.mark();
            let kind = self.statement()?;
            let is_last = matches!(kind, StatKind::Return(_) | StatKind::Break);
            self.statements += 1;
            block.stats.push(Stat {
                span: self.span_from(mark),
                kind,
            });
            self.accept(Token::Semicolon)?;
            if is_last {
                break;
            }
        }
        self.leave();
        Ok(block)
    }

    fn at_block_end(&self) -> bool {
        matches!(
            self.current.token,
            Token::Else | Token::Elseif | Token::End | Token::Until | Token::Eof
        )
    }

    fn statement(&mut self) -> Result<StatKind> {
        let line = self.line();
        match self.current.token {
            Token::If => self.if_statement(line),
            Token::While => self.while_statement(line),
            Token::Do => {
                self.advance()?;
                let body = self.block()?;
                self.close(Token::End, Token::Do, line)?;
                Ok(StatKind::Do(body))
            }
            Token::For => self.for_statement(line),
            Token::Repeat => self.repeat_statement(line),
            Token::Function => self.function_statement(line),
            Token::Local => {
                let mark = self.mark();
                self.advance()?;
                if self.accept(Token::Function)? {
                    self.local_function(mark)
                } else {
                    self.local_statement()
                }
            }
            Token::Return => {
                self.advance()?;
                let bare = self.at_block_end() || self.at(Token::Semicolon);
                Ok(StatKind::Return(if bare {
                    List::EMPTY
                } else {
                    self.expr_list()?
                }))
            }
            Token::Break => {
                self.advance()?;
                if *self.scopes.loops() == 0 {
                    return Err(self.error(Problem::BreakOutside));
                }
                Ok(StatKind::Break)
            }
            _ => self.expr_statement(),
        }
    }

    fn if_statement(&mut self, line: u32) -> Result<StatKind> {
        let mut arms = Vec::new();
        while arms.is_empty() || self.at(Token::Elseif) {
            self.advance()?;
            let cond = self.expr()?;
            self.consume(Token::Then)?;
            arms.push((cond, self.block()?));
        }
        let otherwise = if self.accept(Token::Else)? {
            Some(self.block()?)
        } else {
            None
        };
        self.close(Token::End, Token::If, line)?;
        Ok(StatKind::If { arms, otherwise })
    }

    fn while_statement(&mut self, line: u32) -> Result<StatKind> {
        self.advance()?;
        let cond = self.expr()?;
        self.consume(Token::Do)?;
        let body = self.loop_block()?;
        self.close(Token::End, Token::While, line)?;
        Ok(StatKind::While { cond, body })
    }

    fn loop_block(&mut self) -> Result<Block> {
        *self.scopes.loops() += 1;
        let body = self.block()?;
        *self.scopes.loops() -= 1;
        Ok(body)
    }

    fn repeat_statement(&mut self, line: u32) -> Result<StatKind> {
        self.advance()?;
        *self.scopes.loops() += 1;
        self.scopes.open_block();
        let mut body = self.statements()?;
        self.close(Token::Until, Token::Repeat, line)?;
        let cond = self.expr()?;
        body.captures = self.scopes.close_block();
        *self.scopes.loops() -= 1;
        Ok(StatKind::Repeat { body, cond })
    }

    fn for_statement(&mut self, line: u32) -> Result<StatKind> {
        self.advance()?;
        let name = self.name()?;
        // The hidden locals live here, around the block of the visible ones.
        self.scopes.open_block();
        let kind = match self.current.token {
            Token::Equal => self.numeric_for(name, line)?,
            Token::Comma | Token::In => self.generic_for(name)?,
            _ => return Err(self.error(Problem::ForEqualOrInExpected)),
        };
        self.close(Token::End, Token::For, line)?;
        self.scopes.close_block();
        Ok(kind)
    }

    fn numeric_for(&mut self, (name, span): (StrId, Span), line: u32) -> Result<StatKind> {
        let index = self.hidden_locals([b"(for index)", b"(for limit)", b"(for step)"], span)?;
        let var = self.declare(name, span, 3)?;
        self.advance()?;
        let start = self.expr()?;
        self.consume(Token::Comma)?;
        let limit = self.expr()?;
        let step = if self.accept(Token::Comma)? {
            Some(self.expr()?)
        } else {
            None
        };
        let (body, captures_var) = self.for_body(index, var, 1)?;
        Ok(StatKind::NumericFor {
            index,
            var,
            start,
            limit,
            step,
            body,
            captures_var,
            for_line: line,
        })
    }

    fn generic_for(&mut self, (name, span): (StrId, Span)) -> Result<StatKind> {
        let generator =
            self.hidden_locals([b"(for generator)", b"(for state)", b"(for control)"], span)?;
        let first = self.declare(name, span, 3)?;
        let mut count = 1;
        while self.accept(Token::Comma)? {
            let (name, span) = self.name()?;
            self.declare(name, span, 3 + count)?;
            count += 1;
        }
        self.consume(Token::In)?;
        let for_line = self.line();
        let exprs = self.expr_list()?;
        let (body, captures_var) = self.for_body(generator, first, count)?;
        let count = count as u32;
        Ok(StatKind::GenericFor {
            generator,
            first,
            count,
            exprs,
            body,
            captures_var,
            for_line,
        })
    }

    /// Declares the three locals that a loop keeps for itself; returns the first.
    fn hidden_locals(&mut self, names: [&[u8]; 3], span: Span) -> Result<LocalId> {
        let first = self.scopes.next_local();
        for (pending, name) in names.into_iter().enumerate() {
            let name = self.lexer.intern(name);
            self.declare(name, span, pending)?;
        }
        Ok(first)
    }

    /// `do` block, with the locals of a loop. Returns also whether a visible one is captured.
    fn for_body(&mut self, hidden: LocalId, first: LocalId, count: usize) -> Result<(Block, bool)> {
        self.scopes.activate(hidden, 3);
        self.consume(Token::Do)?;
        self.scopes.open_block();
        self.scopes.activate(first, count);
        let body = self.loop_block()?;
        let captures = self.scopes.close_block();
        Ok((body, captures))
    }

    fn function_statement(&mut self, line: u32) -> Result<StatKind> {
        let mark = self.mark();
        self.advance()?;
        let name_mark = self.mark();
        let mut target = self.variable()?;
        while self.at(Token::Dot) {
            target = self.field(name_mark, target)?;
        }
        let mut method = None;
        if self.at(Token::Colon) {
            let colon = self.mark();
            target = self.field(name_mark, target)?;
            method = Some(self.span_from(colon));
        }
        let func = self.function_body(mark, method, line)?;
        Ok(StatKind::Function {
            target,
            method: method.is_some(),
            func,
        })
    }

    fn local_function(&mut self, mark: Mark) -> Result<StatKind> {
        let (name, span) = self.name()?;
        let local = self.declare(name, span, 0)?;
        self.scopes.activate(local, 1);
        let line = self.line();
        let func = self.function_body(mark, None, line)?;
        Ok(StatKind::LocalFunction { local, func })
    }

    fn local_statement(&mut self) -> Result<StatKind> {
        let first = self.scopes.next_local();
        let mut count = 0;
        loop {
            let (name, span) = self.name()?;
            self.declare(name, span, count)?;
            count += 1;
            if !self.accept(Token::Comma)? {
                break;
            }
        }
        let values = if self.accept(Token::Equal)? {
            self.expr_list()?
        } else {
            List::EMPTY
        };
        self.scopes.activate(first, count);
        Ok(StatKind::Local {
            first,
            count: count as u32,
            values,
        })
    }

    /// A call or an assignment.
    fn expr_statement(&mut self) -> Result<StatKind> {
        let first = self.primary_expr()?;
        if matches!(
            self.tree.exprs[first.0 as usize].kind,
            ExprKind::Call { .. } | ExprKind::MethodCall { .. }
        ) {
            return Ok(StatKind::Call(first));
        }
        self.check_assignable(first)?;
        let targets = if self.at(Token::Comma) {
            let open = self.open_lists.len();
            self.open_lists.push(first);
            while self.accept(Token::Comma)? {
                let target = self.primary_expr()?;
                let limit = MAX_DEPTH - self.depth;
                if self.open_lists.len() - open > limit as usize {
                    let problem = self.scopes.too_many_targets(limit);
                    return Err(self.error_alone(problem));
                }
                self.open_lists.push(target);
                self.check_assignable(target)?;
            }
            self.close_list(open)
        } else {
            self.list_of_one(first)
        };
        self.consume(Token::Equal)?;
        let values = self.expr_list()?;
        Ok(StatKind::Assign { targets, values })
    }

    fn check_assignable(&self, target: ExprId) -> Result<()> {
        match self.tree.exprs[target.0 as usize].kind {
            ExprKind::Local(_)
            | ExprKind::Upvalue(_)
            | ExprKind::Global(_)
            | ExprKind::Index { .. } => Ok(()),
            _ => Err(self.error(Problem::NotAssignable)),
        }
    }
}
