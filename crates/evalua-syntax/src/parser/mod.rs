//! The parser: recursive descent over the tokens.
//!
//! Owns: the token cursor, the limit on nesting, the whole chunk. Statements, expressions and names
//! are in files of their own. It must not know the bytes of a token (`lexer`) or the compiler.
//!
//! Errors come in the order in which PUC's single pass finds them, so checks of limits stand where
//! that pass makes them.

mod expr;
mod scope;
mod stat;

use crate::ast::{
    Arena, Block, Chunk, Expr, ExprId, ExprKind, Function, FunctionId, List, Span, Stat, StrId,
    TableItem, Tree, Vararg,
};
use crate::error::{Problem, Result, SyntaxError};
use crate::lexer::{Lexeme, Lexer};
use crate::token::Token;
use scope::Scopes;

/// How many levels of blocks and expressions may nest.
pub const MAX_DEPTH: u32 = 200;

/// Parses a chunk.
///
/// A first line with `#` is a syntax error here; see [`crate::skip_shebang`].
pub fn parse(source: &[u8], chunk_name: &[u8]) -> std::result::Result<Chunk, SyntaxError> {
    parse_watched(source, chunk_name, 0, &mut |_| true)
}

/// Parses a chunk from inside `depth` nested native calls, which count against [`MAX_DEPTH`] as they
/// do in PUC.
///
/// Now and then, and at the end, `watch` is told how many bytes the tree takes up so far, roughly; when
/// it gives `false`, parsing ends with an error that says nothing.
pub fn parse_watched(
    source: &[u8],
    chunk_name: &[u8],
    depth: u32,
    watch: &mut dyn FnMut(usize) -> bool,
) -> std::result::Result<Chunk, SyntaxError> {
    Parser::new(source, chunk_name, depth, watch, None)
        .and_then(Parser::chunk)
        .map_err(|error| *error)
}

/// As [`parse_watched`], but hands over each function inside another as soon as it is read, the inner
/// ones first; `take` may end the parsing as `watch` may. Afterwards the tree has the function without
/// locals and body, so that there is never more of it than one function and what is around it.
pub fn parse_each(
    source: &[u8],
    chunk_name: &[u8],
    depth: u32,
    watch: &mut dyn FnMut(usize) -> bool,
    take: &mut dyn FnMut(Arena<'_>, &Function) -> bool,
) -> std::result::Result<Chunk, SyntaxError> {
    Parser::new(source, chunk_name, depth, watch, Some(take))
        .and_then(Parser::chunk)
        .map_err(|error| *error)
}

/// Takes a function that is complete; `false` ends the parsing.
type Take<'s> = dyn FnMut(Arena<'_>, &Function) -> bool + 's;

/// The state of the parser.
struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The token to look at.
    current: Lexeme,
    /// The token behind it, if it has been read.
    ahead: Option<Lexeme>,
    /// Offset behind the last token consumed.
    last_end: u32,
    /// What PUC holds for the line of the last token consumed: the line that had been reached when
    /// it was consumed. That is the line of the token behind it if it was looked at already.
    last_line: u32,
    depth: u32,
    tree: Tree,
    /// Expressions of lists that are not complete, the innermost list last.
    open_lists: Vec<ExprId>,
    /// Items of constructors that are not complete, those of the innermost last.
    open_items: Vec<TableItem>,
    scopes: Scopes,
    /// Tokens consumed, statements and functions made: what the size of the tree is reckoned from.
    tokens: usize,
    statements: usize,
    functions: usize,
    watch: &'s mut dyn FnMut(usize) -> bool,
    /// Who takes each function that is complete.
    take: Option<&'s mut Take<'s>>,
    /// Expressions of functions that were taken.
    taken: usize,
}

/// Tokens between two looks at whether to go on.
const WATCHED_TOKENS: usize = 512;

/// Bytes of the lists that an expression, a variable or a function is in, for each token.
const LIST_BYTES: usize = 24;

/// A size of the tree.
#[derive(Clone, Copy)]
struct Extent {
    exprs: usize,
    lists: usize,
    items: usize,
    functions: usize,
}

/// Where a node starts.
#[derive(Clone, Copy)]
struct Mark {
    start: u32,
    line: u32,
}

impl<'s> Parser<'s> {
    fn new(
        source: &'s [u8],
        chunk_name: &'s [u8],
        depth: u32,
        watch: &'s mut dyn FnMut(usize) -> bool,
        take: Option<&'s mut Take<'s>>,
    ) -> Result<Self> {
        let mut lexer = Lexer::new(source, chunk_name)?;
        let mut current = Lexeme::NONE;
        lexer.next(&mut current)?;
        Ok(Parser {
            lexer,
            current,
            ahead: None,
            last_end: 0,
            last_line: 1,
            depth,
            tree: Tree::default(),
            open_lists: Vec::new(),
            open_items: Vec::new(),
            scopes: Scopes::new(),
            tokens: 0,
            statements: 0,
            functions: 0,
            watch,
            take,
            taken: 0,
        })
    }

    fn chunk(mut self) -> Result<Chunk> {
        self.scopes.open_function(0, Vararg::Main);
        let body = self.block()?;
        self.expect(Token::Eof)?;
        self.report()?;
        let end = self.current.end;
        let span = Span {
            start: 0,
            end,
            line: 1,
            end_line: self.last_line,
        };
        let main = self.scopes.close_function(span, 0, body);
        Ok(Chunk {
            tree: self.tree,
            main,
            strings: self.lexer.into_strings(),
        })
    }

    /// Consumes the current token.
    fn advance(&mut self) -> Result<()> {
        self.tokens += 1;
        if self.tokens.is_multiple_of(WATCHED_TOKENS) {
            self.report()?;
        }
        self.last_line = self.lexer.line();
        self.last_end = self.current.end;
        if let Some(lexeme) = self.ahead.take() {
            self.current = lexeme;
            return Ok(());
        }
        self.lexer.next(&mut self.current)
    }

    /// Asks whether to go on.
    #[cold]
    fn report(&mut self) -> Result<()> {
        // What was taken has become something that is no larger.
        let bytes = (self.tree.exprs.capacity() + self.taken) * size_of::<Expr>()
            // A list that grows has room for up to twice as many.
            + self.statements * 2 * size_of::<Stat>()
            + self.functions * size_of::<Function>()
            + self.tokens * LIST_BYTES
            + self.lexer.string_bytes();
        if (self.watch)(bytes) {
            Ok(())
        } else {
            Err(self.error_alone(Problem::Stopped))
        }
    }

    /// How much of the tree there is.
    fn extent(&self) -> Extent {
        Extent {
            exprs: self.tree.exprs.len(),
            lists: self.tree.lists.len(),
            items: self.tree.items.len(),
            functions: self.tree.functions.len(),
        }
    }

    /// Adds a function that is complete, or hands it over with all that was made since there was `before` of
    /// the tree, and adds what is left of it.
    fn add_function(&mut self, before: Extent, mut function: Function) -> Result<FunctionId> {
        if let Some(take) = &mut self.take {
            let arena = Arena {
                tree: &self.tree,
                strings: self.lexer.strings(),
            };
            if !take(arena, &function) {
                return Err(self.error_alone(Problem::Stopped));
            }
            let tree = &mut self.tree;
            self.taken += tree.exprs.len() - before.exprs;
            tree.exprs.truncate(before.exprs);
            tree.lists.truncate(before.lists);
            tree.items.truncate(before.items);
            tree.functions.truncate(before.functions);
            function.locals = Vec::new();
            function.body = Block::default();
        }
        let id = FunctionId(self.tree.functions.len() as u32);
        self.tree.functions.push(function);
        Ok(id)
    }

    /// Completes the list whose expressions are the last open ones, from `first` on.
    fn close_list(&mut self, first: usize) -> List {
        // There are fewer of them than the source has bytes.
        let list = List {
            start: self.tree.lists.len() as u32,
            count: (self.open_lists.len() - first) as u32,
        };
        self.tree.lists.extend_from_slice(&self.open_lists[first..]);
        self.open_lists.truncate(first);
        list
    }

    /// The list of one expression.
    fn list_of_one(&mut self, expr: ExprId) -> List {
        let start = self.tree.lists.len() as u32;
        self.tree.lists.push(expr);
        List { start, count: 1 }
    }

    /// The kind of the token behind the current one.
    fn look_ahead(&mut self) -> Result<Token> {
        let mut lexeme = Lexeme::NONE;
        self.lexer.next(&mut lexeme)?;
        self.ahead = Some(lexeme);
        Ok(lexeme.token)
    }

    /// The line that the reader has reached.
    fn line(&self) -> u32 {
        self.lexer.line()
    }

    fn at(&self, token: Token) -> bool {
        self.current.token == token
    }

    /// Consumes the current token if it is the one given.
    fn accept(&mut self, token: Token) -> Result<bool> {
        let found = self.at(token);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Fails unless the current token is the one given.
    fn expect(&self, token: Token) -> Result<()> {
        if self.at(token) {
            Ok(())
        } else {
            Err(self.error(Problem::Expected(token)))
        }
    }

    /// Consumes the token given.
    fn consume(&mut self, token: Token) -> Result<()> {
        self.expect(token)?;
        self.advance()
    }

    /// Consumes the token that closes what `opener` opened on a line.
    fn close(&mut self, closer: Token, opener: Token, line: u32) -> Result<()> {
        if self.at(closer) {
            self.advance()
        } else if line == self.line() {
            Err(self.error(Problem::Expected(closer)))
        } else {
            Err(self.error(Problem::ExpectedToClose {
                closer,
                opener,
                line,
            }))
        }
    }

    /// Consumes a name.
    fn name(&mut self) -> Result<(StrId, Span)> {
        self.expect(Token::Name)?;
        let name = self.current.string;
        let mark = self.mark();
        self.advance()?;
        Ok((name, self.span_from(mark)))
    }

    /// An error at the current token.
    fn error(&self, problem: Problem<'_>) -> Box<SyntaxError> {
        self.lexer.error_near(problem, &self.current)
    }

    /// An error about what has been parsed so far, whose text names no token.
    fn error_alone(&self, problem: Problem<'_>) -> Box<SyntaxError> {
        self.lexer.error_alone(problem, &self.current)
    }

    /// Counts a level of nesting; [`Parser::leave`] takes it back.
    fn enter(&mut self) -> Result<()> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(self.error_alone(Problem::TooDeep));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    fn mark(&self) -> Mark {
        Mark {
            start: self.current.start,
            line: self.current.line,
        }
    }

    /// From a mark to the last token consumed.
    fn span_from(&self, mark: Mark) -> Span {
        Span {
            start: mark.start,
            end: self.last_end,
            line: mark.line,
            end_line: self.last_line,
        }
    }

    /// Adds an expression that ends with the last token consumed.
    fn push(&mut self, mark: Mark, kind: ExprKind) -> ExprId {
        let span = self.span_from(mark);
        // Each expression has a token of its own, so there are fewer than the source has bytes.
        let id = ExprId(self.tree.exprs.len() as u32);
        let next_line = self.line();
        self.tree.exprs.push(Expr {
            span,
            next_line,
            kind,
        });
        id
    }
}
