//! Target `parse`: any bytes are a chunk or a syntax error, and a chunk compiles to bytecode that
//! passes the verifier.

use evalua_syntax::ast::{Block, Chunk, ExprKind, Function, Span, StatKind};
use evalua_vm::bytecode::verify::verify;
use evalua_vm::compile::compile;

/// Parses and compiles the input.
///
/// # Panics
/// When a span lies outside the source, or what was compiled is not valid.
pub fn target(data: &[u8]) {
    const NAME: &[u8] = b"=fuzz";
    let chunk = match evalua_syntax::parse(data, NAME) {
        Ok(chunk) => chunk,
        Err(error) => {
            assert!(error.message.starts_with(b"fuzz:"), "{error:?}");
            return;
        }
    };
    let lines = Lines {
        len: data.len(),
        // Line breaks are counted as PUC does: "\r\n" and "\n\r" are one, so there are at most as many.
        last: 1 + data.iter().filter(|b| matches!(b, b'\n' | b'\r')).count(),
    };
    lines.check(&chunk);
    if let Ok(prototype) = compile(data, NAME) {
        assert_eq!(verify(&prototype), Ok(()));
    }
}

/// What the places in a source may be.
struct Lines {
    len: usize,
    last: usize,
}

impl Lines {
    fn check(&self, chunk: &Chunk) {
        for expr in &chunk.tree.exprs {
            self.span(expr.span);
            self.line(expr.next_line);
            match &expr.kind {
                ExprKind::Call { line, .. } | ExprKind::Binary { op_line: line, .. } => {
                    self.line(*line);
                }
                ExprKind::MethodCall {
                    line, name_line, ..
                } => {
                    self.line(*line);
                    self.line(*name_line);
                }
                _ => {}
            }
        }
        chunk.tree.functions.iter().for_each(|f| self.function(f));
        self.block(&chunk.main.body);
    }

    fn function(&self, function: &Function) {
        self.span(function.span);
        self.line(function.line);
        for local in &function.locals {
            self.span(local.span);
        }
        self.block(&function.body);
    }

    fn block(&self, block: &Block) {
        for stat in &block.stats {
            self.span(stat.span);
            match &stat.kind {
                StatKind::Do(body)
                | StatKind::While { body, .. }
                | StatKind::Repeat { body, .. }
                | StatKind::NumericFor { body, .. }
                | StatKind::GenericFor { body, .. } => self.block(body),
                StatKind::If { arms, otherwise } => {
                    arms.iter().for_each(|(_, body)| self.block(body));
                    otherwise.iter().for_each(|body| self.block(body));
                }
                _ => {}
            }
        }
    }

    fn span(&self, span: Span) {
        assert!(
            span.start <= span.end && span.end as usize <= self.len,
            "{span:?} of {} bytes",
            self.len
        );
        assert!(span.line <= span.end_line, "{span:?}");
        self.line(span.line);
        self.line(span.end_line);
    }

    fn line(&self, line: u32) {
        assert!(
            line >= 1 && line as usize <= self.last,
            "line {line} of {}",
            self.last
        );
    }
}
