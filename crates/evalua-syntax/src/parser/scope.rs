//! Scopes: what a name means at a place.
//!
//! Owns: functions and blocks being parsed, their locals and upvalues, and the limits on these. It
//! must not know tokens.

use crate::ast::{
    Block, ExprKind, Function, LocalId, LocalVar, Span, StrId, Upvalue, UpvalueSource, Vararg,
};
use crate::error::Problem;

/// Locals of a function that may be in scope at once.
const MAX_LOCALS: u32 = 200;
/// Locals that a function may declare in all.
const MAX_LOCALS_EVER: usize = 32_767;
/// Upvalues of a function.
const MAX_UPVALUES: u32 = 60;

/// Marks the end of a chain of bindings.
const NO_BINDING: u32 = u32::MAX;

/// All that is open at a place of the source.
pub(super) struct Scopes {
    /// The functions around the place, the main function first.
    functions: Vec<OpenFunction>,
    /// The blocks around the place, of all these functions.
    blocks: Vec<OpenBlock>,
    /// The locals in scope, of all these functions, the innermost last.
    bindings: Vec<Binding>,
    /// For each string the last binding of that name.
    innermost: Vec<u32>,
}

struct OpenFunction {
    line: u32,
    vararg: Vararg,
    locals: Vec<LocalVar>,
    upvalues: Vec<Upvalue>,
    /// How many of the locals are in scope.
    active: usize,
    /// How many loops are open.
    loops: u32,
}

struct OpenBlock {
    /// Length of the bindings when it was opened.
    bindings: usize,
    captures: bool,
}

struct Binding {
    name: StrId,
    local: LocalId,
    function: usize,
    block: usize,
    /// The binding of the same name that this one hides.
    hidden: u32,
}

impl Scopes {
    pub(super) fn new() -> Self {
        Scopes {
            functions: Vec::new(),
            blocks: Vec::new(),
            bindings: Vec::new(),
            innermost: Vec::new(),
        }
    }

    /// Opens a function; line 0 marks the main function.
    pub(super) fn open_function(&mut self, line: u32, vararg: Vararg) {
        self.functions.push(OpenFunction {
            line,
            vararg,
            locals: Vec::new(),
            upvalues: Vec::new(),
            active: 0,
            loops: 0,
        });
    }

    /// Closes the innermost function, whose blocks are closed.
    pub(super) fn close_function(&mut self, span: Span, params: u8, body: Block) -> Function {
        let OpenFunction {
            line,
            vararg,
            locals,
            upvalues,
            ..
        } = self
            .functions
            .pop()
            .expect("a function is open while one is parsed");
        Function {
            span,
            line,
            params,
            vararg,
            locals,
            upvalues,
            body,
        }
    }

    /// The innermost function.
    fn function(&mut self) -> &mut OpenFunction {
        self.functions
            .last_mut()
            .expect("the main function is open until the end")
    }

    /// How the innermost function takes extra arguments.
    pub(super) fn vararg(&mut self) -> &mut Vararg {
        &mut self.function().vararg
    }

    /// How many loops are open in the innermost function.
    pub(super) fn loops(&mut self) -> &mut u32 {
        &mut self.function().loops
    }

    /// Opens a block.
    pub(super) fn open_block(&mut self) {
        self.blocks.push(OpenBlock {
            bindings: self.bindings.len(),
            captures: false,
        });
    }

    /// Closes the innermost block and its locals. Returns whether one of them is captured.
    pub(super) fn close_block(&mut self) -> bool {
        let Some(block) = self.blocks.pop() else {
            return false;
        };
        self.function().active -= self.bindings.len() - block.bindings;
        for binding in self.bindings.drain(block.bindings..).rev() {
            self.innermost[binding.name.0 as usize] = binding.hidden;
        }
        block.captures
    }

    /// Declares a local of the innermost function, not yet in scope. `pending` is the number of
    /// locals that wait for [`Scopes::activate`] already.
    pub(super) fn declare(
        &mut self,
        name: StrId,
        span: Span,
        pending: usize,
    ) -> Result<LocalId, Problem<'static>> {
        let function = self.function();
        if function.active + pending >= MAX_LOCALS as usize {
            return Err(function.limit(MAX_LOCALS, "local variables"));
        }
        if function.locals.len() >= MAX_LOCALS_EVER {
            return Err(Problem::TooManyLocalsEver);
        }
        let local = LocalId(function.locals.len() as u32);
        function.locals.push(LocalVar {
            name,
            span,
            captured: false,
        });
        Ok(local)
    }

    /// The id that the next local of the innermost function gets.
    pub(super) fn next_local(&mut self) -> LocalId {
        LocalId(self.function().locals.len() as u32)
    }

    /// Brings declared locals into scope, in the innermost block.
    pub(super) fn activate(&mut self, first: LocalId, count: usize) {
        let function = self.functions.len() - 1;
        let block = self.blocks.len() - 1;
        self.function().active += count;
        for local in first.0..first.0 + count as u32 {
            let name = self.functions[function].locals[local as usize].name;
            let slot = name.0 as usize;
            if slot >= self.innermost.len() {
                self.innermost.resize(slot + 1, NO_BINDING);
            }
            let hidden = std::mem::replace(&mut self.innermost[slot], self.bindings.len() as u32);
            self.bindings.push(Binding {
                name,
                local: LocalId(local),
                function,
                block,
                hidden,
            });
        }
    }

    /// The problem of an assignment to too many variables.
    pub(super) fn too_many_targets(&mut self, limit: u32) -> Problem<'static> {
        self.function().limit(limit, "variables in assignment")
    }

    /// What a name means here; makes the upvalues that are needed to reach it.
    #[inline]
    pub(super) fn resolve(&mut self, name: StrId) -> Result<ExprKind, Problem<'static>> {
        let index = self
            .innermost
            .get(name.0 as usize)
            .copied()
            .unwrap_or(NO_BINDING);
        match self.bindings.get(index as usize) {
            None => Ok(ExprKind::Global(name)),
            Some(binding) if binding.function + 1 == self.functions.len() => {
                Ok(ExprKind::Local(binding.local))
            }
            Some(_) => self.capture(name, index).map(ExprKind::Upvalue),
        }
    }

    /// The upvalue of the innermost function for a local of another, by its binding; makes those that are
    /// needed on the way.
    fn capture(&mut self, name: StrId, index: u32) -> Result<u8, Problem<'static>> {
        let binding = &self.bindings[index as usize];
        self.blocks[binding.block].captures = true;
        self.functions[binding.function].locals[binding.local.0 as usize].captured = true;
        let mut source = UpvalueSource::ParentLocal(binding.local);
        let mut upvalue = 0;
        for function in &mut self.functions[binding.function + 1..] {
            upvalue = function.upvalue(name, source)?;
            source = UpvalueSource::ParentUpvalue(upvalue);
        }
        Ok(upvalue)
    }
}

impl OpenFunction {
    /// The upvalue from a source, old or new.
    fn upvalue(&mut self, name: StrId, source: UpvalueSource) -> Result<u8, Problem<'static>> {
        if let Some(old) = self
            .upvalues
            .iter()
            .position(|upvalue| upvalue.source == source)
        {
            return Ok(old as u8);
        }
        if self.upvalues.len() >= MAX_UPVALUES as usize {
            return Err(self.limit(MAX_UPVALUES, "upvalues"));
        }
        self.upvalues.push(Upvalue { name, source });
        Ok(self.upvalues.len() as u8 - 1)
    }

    fn limit(&self, limit: u32, what: &'static str) -> Problem<'static> {
        Problem::Limit {
            function_line: self.line,
            limit,
            what,
        }
    }
}
