//! Observers: a function of the host's that is told of the lines of chunks, and what it sees of the calls in
//! progress. It is what debuggers are made of.
//!
//! Owns: the look at frames, variables and tables, and what is evaluated among a frame's variables. When an
//! observer is told is the business of the loop for hooked coroutines; the other knows nothing of it.

use crate::bytecode::op::Op;
use crate::bytecode::proto::{Prototype, VarargKind};
use crate::error::Throw;
use crate::heap::object::{Gc, LuaClosure, Table, Thread};
use crate::interp::Operand;
use crate::interp::name::{first_pc, local_of_frame};
use crate::load::LoadError;
use crate::native::Call;
use crate::number::format::NumberText;
use crate::value::{Unpacked, Value};
use crate::vm::Vm;
use std::ops::Range;
use std::sync::Arc;

/// Is told that a line begins: true stops what runs as [`crate::InterruptHandle::interrupt`] does.
pub type Observer = Arc<dyn Fn(&mut Paused<'_>) -> bool + Send + Sync>;

/// Calls and turns of loops that an expression may take.
const MOST_WORK: u64 = 5_000_000;

/// The lines of a chunk that can begin, in order, each once.
pub(crate) fn lines_of(main: &Prototype) -> Vec<u32> {
    let mut lines = Vec::new();
    gather(main, &mut lines);
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn gather(proto: &Prototype, lines: &mut Vec<u32>) {
    // What only clears registers begins no line.
    let first = first_pc(&proto.code, proto.vararg, proto.params);
    lines.extend(proto.lines.iter().skip(first));
    proto.protos.iter().for_each(|inner| gather(inner, lines));
}

/// What runs, standing still for an observer.
pub struct Paused<'a> {
    call: Call<'a>,
    /// What is kept for [`TableKey`]s.
    kept: Vec<u32>,
}

/// How deep calls are nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depth {
    /// A number that identifies the coroutine while it lives.
    pub coroutine: usize,
    /// Its calls in progress.
    pub calls: usize,
}

/// What kind of function a call is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The chunk itself.
    Main,
    /// A Lua function.
    Lua,
    /// A function of the host or of the libraries.
    Native,
}

/// A call in progress.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What kind of function it is of.
    pub kind: Kind,
    /// What it was called by, if the caller knows a name.
    pub name: Option<Vec<u8>>,
    /// The chunk name with its `@` or `=`; `=[C]` for a native function.
    pub source: Vec<u8>,
    /// The observed chunk that its function is from, 0 for others.
    pub chunk: u32,
    /// The line that runs; `None` in a native function.
    pub line: Option<u32>,
    /// The line where its function begins, 0 for a chunk.
    pub line_defined: u32,
    /// How many calls it took the place of, by tail calls.
    pub tail_calls: usize,
    /// In which coroutine it is: 0 is the one that runs, 1 the one that has resumed it.
    pub coroutine: usize,
    /// Its place on that coroutine's stack.
    index: usize,
}

/// A value as an observer sees it.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// `nil`
    Nil,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string.
    Str(Vec<u8>),
    /// A table, to be looked into.
    Table(TableKey),
    /// Anything else: its type, and a number that identifies it while it lives.
    Other(&'static str, usize),
}

/// A table that was seen. It is good until what runs goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TableKey(u32);

/// A variable of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: Vec<u8>,
    /// What it holds.
    pub value: Seen,
}

/// The number as `tostring` gives it.
pub fn number_text(number: f64) -> String {
    String::from_utf8_lossy(NumberText::new(number).as_bytes()).into_owned()
}

impl Vm {
    /// Tells the observer that a line begins.
    pub(crate) fn observe(&mut self) -> Result<(), Throw> {
        let Some(observer) = self.observer.take() else {
            return Ok(());
        };
        let stops = paused(self, |paused| observer(paused));
        self.observer = Some(observer);
        match stops {
            true => Err(Throw::Interrupt),
            false => Ok(()),
        }
    }
}

/// Works on the stack above all that is in use, which is as it was before afterwards.
fn paused<R>(vm: &mut Vm, look: impl FnOnce(&mut Paused<'_>) -> R) -> R {
    let thread = vm.thread;
    let (top, at) = (thread.top(), thread.extent());
    thread.set_top(at);
    let mut paused = Paused {
        call: Call::new(vm, at, 0),
        kept: Vec::new(),
    };
    let result = look(&mut paused);
    let kept = std::mem::take(&mut paused.kept);
    kept.into_iter().for_each(|key| vm.unroot(key));
    thread.set_top(top);
    result
}

impl Call<'_> {
    /// Whether the observer is to be told of lines now: there is one, and nothing is paused.
    pub fn is_observed(&self) -> bool {
        self.vm_ref().observer.is_some()
    }

    /// Lets the host look at what runs, from a native function. The observer is not told of what the look runs.
    pub fn pause<R>(&mut self, look: impl FnOnce(&mut Paused<'_>) -> R) -> R {
        let observer = self.vm.observer.take();
        let result = paused(self.vm, look);
        self.vm.observer = observer;
        result
    }
}

/// Where a name of a frame leads.
enum Place {
    Slot(usize),
    Upvalue(Gc<LuaClosure>, usize),
}

/// What a name is in a frame: the innermost local of that name, or else an upvalue.
fn place(thread: Gc<Thread>, index: usize, name: &[u8]) -> Option<Place> {
    let local = locals_of(thread, index).rfind(|(local, _)| local == name);
    if let Some((_, slot)) = local {
        return Some(Place::Slot(slot));
    }
    let closure = closure_of(thread, index)?;
    let proto = closure.proto();
    let mut names = proto.get().upvalue_names.iter();
    let i = names.position(|upvalue| upvalue.bytes() == name)?;
    Some(Place::Upvalue(closure, i))
}

/// The locals of a frame that are in force, with their slots, the outermost first.
fn locals_of(
    thread: Gc<Thread>,
    index: usize,
) -> impl DoubleEndedIterator<Item = (Vec<u8>, usize)> {
    let locals = (1..).map_while(move |n| local_of_frame(thread, index, n));
    // Those that the compiler makes, and values without a name, have a parenthesis.
    let named = locals.filter(|(name, _)| !name.starts_with(b"("));
    named.collect::<Vec<_>>().into_iter()
}

fn closure_of(thread: Gc<Thread>, index: usize) -> Option<Gc<LuaClosure>> {
    let frame = thread.frame(index)?;
    thread.slot(frame.func as usize).as_lua_closure()
}

/// The slots of the extra arguments of a frame; `None` where its function takes none.
fn extra_slots(thread: Gc<Thread>, index: usize) -> Option<Range<usize>> {
    let frame = thread.frame(index)?;
    let proto = frame.proto()?;
    let proto = proto.get();
    let is_vararg = proto.vararg != VarargKind::No;
    is_vararg.then(|| frame.func as usize + 1 + usize::from(proto.params)..frame.base as usize)
}

/// The slot of a frame's implicit `arg` where that is nil, as it is in functions that use `...`.
fn empty_arg(thread: Gc<Thread>, index: usize) -> Option<usize> {
    let frame = thread.frame(index)?;
    let proto = frame.proto()?;
    let slot = frame.base as usize + usize::from(proto.get().params);
    let is_empty = proto.get().vararg == VarargKind::ArgNil && thread.slot(slot).is_nil();
    is_empty.then_some(slot)
}

/// The frame that the running function of a scope keeps.
fn kept_frame(cx: &Call<'_>) -> Option<(Gc<Thread>, usize)> {
    Some((cx.upvalue(0).as_thread()?, cx.upvalue(1).as_num() as usize))
}

/// `__index` of a scope.
fn read_scope(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let key = cx.arg(2);
    let value = match (kept_frame(cx), key.as_str()) {
        (Some((thread, index)), Some(name)) => match place(thread, index, name.bytes()) {
            Some(Place::Slot(slot)) => thread.slot(slot),
            Some(Place::Upvalue(closure, i)) => closure.upvalue(i),
            None => cx.vm.get(Operand::from(cx.upvalue(2)), key)?,
        },
        _ => Value::NIL,
    };
    cx.ret(value)
}

/// `__newindex` of a scope.
fn write_scope(cx: &mut Call<'_>) -> Result<u32, Throw> {
    let (key, value) = (cx.arg(2), cx.arg(3));
    if let (Some((thread, index)), Some(name)) = (kept_frame(cx), key.as_str()) {
        match place(thread, index, name.bytes()) {
            Some(Place::Slot(slot)) => thread.set_slot(slot, value),
            Some(Place::Upvalue(closure, i)) => closure.set_upvalue(i, value),
            None => cx.vm.set(Operand::from(cx.upvalue(2)), key, value)?,
        }
    }
    Ok(0)
}

impl<'a> Paused<'a> {
    /// The call, to reach what the host keeps in the state. What is pushed is to be popped again.
    pub fn call(&mut self) -> &mut Call<'a> {
        &mut self.call
    }

    fn vm(&self) -> &Vm {
        self.call.vm_ref()
    }

    /// The coroutine that runs, the one that has resumed it, and so on.
    fn coroutines(&self) -> impl Iterator<Item = Gc<Thread>> {
        std::iter::successors(Some(self.vm().thread), |thread| thread.resumer())
    }

    /// The observed chunk and the line that begins, without a look at all frames; zeros where another function
    /// runs.
    pub fn place(&self) -> (u32, u32) {
        let thread = self.vm().thread;
        let frame = (thread.frame_count().checked_sub(1)).and_then(|top| thread.frame(top));
        let place =
            frame.and_then(|frame| Some((frame.proto()?.get().chunk, frame.current_line()?)));
        place.unwrap_or_default()
    }

    /// How deep the calls of the running coroutine are nested, without those that tail calls took the place of:
    /// quick, whatever the depth.
    pub fn depth(&self) -> Depth {
        let thread = self.vm().thread;
        Depth {
            coroutine: thread.address(),
            calls: thread.frame_count(),
        }
    }

    /// How deep all calls are nested, those of coroutines that wait and those lost in tail calls included.
    pub fn total_depth(&self) -> usize {
        (self.coroutines())
            .map(crate::interp::name::level_count)
            .sum()
    }

    /// The calls in progress, the innermost first, those of the coroutines that wait after those of the one that
    /// runs.
    pub fn frames(&self) -> Vec<Frame> {
        let mut frames = Vec::new();
        for (coroutine, thread) in self.coroutines().enumerate() {
            let all = (0..thread.frame_count()).rev();
            frames.extend(all.filter_map(|index| self.frame(thread, coroutine, index)));
        }
        frames
    }

    fn frame(&self, thread: Gc<Thread>, coroutine: usize, index: usize) -> Option<Frame> {
        let frame = thread.frame(index)?;
        let name = self.vm().frame_name(thread, index).map(|(_, name)| name);
        let Some(proto) = frame.proto() else {
            return Some(Frame {
                kind: Kind::Native,
                name,
                source: b"=[C]".to_vec(),
                chunk: 0,
                line: None,
                line_defined: 0,
                tail_calls: 0,
                coroutine,
                index,
            });
        };
        let proto = proto.get();
        Some(Frame {
            kind: match proto.line_defined {
                0 => Kind::Main,
                _ => Kind::Lua,
            },
            name,
            source: proto.source.bytes().to_vec(),
            chunk: proto.chunk,
            line: frame.current_line(),
            line_defined: proto.line_defined,
            tail_calls: frame.tail_calls.into(),
            coroutine,
            index,
        })
    }

    fn thread_of(&self, frame: &Frame) -> Gc<Thread> {
        (self.coroutines().nth(frame.coroutine)).unwrap_or(self.vm().thread)
    }

    /// The locals of a frame that are in force, the outermost first. The `arg` of Lua 5.0 that no source names is there
    /// only where it has a value.
    pub fn locals(&mut self, frame: &Frame) -> Vec<Variable> {
        let thread = self.thread_of(frame);
        let empty = empty_arg(thread, frame.index);
        let locals = locals_of(thread, frame.index).filter(|&(_, slot)| Some(slot) != empty);
        locals
            .map(|(name, slot)| Variable {
                name,
                value: self.see(thread.slot(slot)),
            })
            .collect()
    }

    /// The variables of enclosing functions that the function of a frame uses.
    pub fn upvalues(&mut self, frame: &Frame) -> Vec<Variable> {
        let Some(closure) = closure_of(self.thread_of(frame), frame.index) else {
            return Vec::new();
        };
        let proto = closure.proto();
        let names = proto.get().upvalue_names.iter().enumerate();
        names
            .map(|(i, name)| Variable {
                name: name.bytes().to_vec(),
                value: self.see(closure.upvalue(i)),
            })
            .collect()
    }

    /// The extra arguments of a frame, those of `...`: none where its function takes none.
    pub fn extra_arguments(&mut self, frame: &Frame) -> Vec<Seen> {
        let thread = self.thread_of(frame);
        let slots = extra_slots(thread, frame.index).unwrap_or_default();
        slots.map(|slot| self.see(thread.slot(slot))).collect()
    }

    /// The table of globals of a frame's function.
    pub fn globals(&mut self, frame: &Frame) -> TableKey {
        let env = self.env(frame);
        self.keep(env)
    }

    fn env(&self, frame: &Frame) -> Gc<Table> {
        let thread = self.thread_of(frame);
        let function = (thread.frame(frame.index)).map(|frame| thread.slot(frame.func as usize));
        match function.map(Value::unpack) {
            Some(Unpacked::Function(function)) => function.env(),
            _ => self.vm().globals(),
        }
    }

    /// How many entries a table has.
    pub fn entry_count(&self, table: TableKey) -> usize {
        self.raw_entries(table).count()
    }

    /// Entries of a table in the order of `pairs`, without those before `first` and not more than `most`. No
    /// metamethod runs.
    pub fn entries(&mut self, table: TableKey, first: usize, most: usize) -> Vec<(Seen, Seen)> {
        let raw: Vec<_> = self.raw_entries(table).skip(first).take(most).collect();
        let see = |(key, value)| (self.see(key), self.see(value));
        raw.into_iter().map(see).collect()
    }

    fn raw_entries(&self, table: TableKey) -> impl Iterator<Item = (Value, Value)> + use<> {
        let kept = self.vm().roots.get(table.0 as usize).copied();
        let table = kept.and_then(Value::as_table);
        let mut at = 0;
        std::iter::from_fn(move || {
            let (next, key, value) = table?.entry_at(at)?;
            at = next;
            Some((key, value))
        })
    }

    /// A number that identifies a table while it lives.
    pub fn address(&self, table: TableKey) -> usize {
        let kept = self.vm().roots.get(table.0 as usize);
        kept.and_then(|value| value.as_table())
            .map_or(0, Gc::address)
    }

    /// The value of a name in the table of globals, without metamethods.
    pub fn global(&mut self, frame: &Frame, name: &[u8]) -> Seen {
        let env = self.env(frame);
        let value = (self.vm().heap.known_str(name)).map_or(Value::NIL, |key| env.get_str(key));
        self.see(value)
    }

    fn see(&mut self, value: Value) -> Seen {
        let other = |address| Seen::Other(value.type_name(), address);
        match value.unpack() {
            Unpacked::Nil => Seen::Nil,
            Unpacked::Bool(yes) => Seen::Bool(yes),
            Unpacked::Number(number) => Seen::Number(number),
            Unpacked::Str(text) => Seen::Str(text.bytes().to_vec()),
            Unpacked::Table(table) => Seen::Table(self.keep(table)),
            Unpacked::Function(function) => other(function.address()),
            Unpacked::Light(number) => other(number as usize),
            Unpacked::Userdata(data) => other(data.address()),
            Unpacked::Thread(thread) => other(thread.address()),
        }
    }

    fn keep(&mut self, table: Gc<Table>) -> TableKey {
        let key = self.call.vm.root(table.into());
        self.kept.push(key);
        TableKey(key)
    }

    /// Evaluates an expression, or runs statements, as if they stood where the frame is: they read and write its
    /// locals and upvalues, and else its globals; `...` are its extra arguments. What they do is done; it does not count as work of what was
    /// paused, and has a limit of its own.
    ///
    /// # Errors
    /// The message of whatever goes wrong.
    pub fn evaluate(&mut self, frame: &Frame, source: &[u8]) -> Result<Vec<Seen>, Vec<u8>> {
        let aside = self.call.vm.fuel.put_aside(MOST_WORK);
        let at = self.call.vm.thread.top();
        let mark = self.call.vm.mark();
        let outcome = self.run(frame, source);
        let values: Result<Vec<Value>, Vec<u8>> = match outcome {
            Ok(Ok(())) => {
                let thread = self.vm().thread;
                Ok((at..thread.top()).map(|slot| thread.slot(slot)).collect())
            }
            Ok(Err(message)) => Err(message),
            Err(throw) => {
                let message = match throw {
                    Throw::Error | Throw::Memory | Throw::TableOverflow | Throw::InHandler => {
                        let error = self.call.vm.caught(throw);
                        self.error_text(error)
                    }
                    Throw::Budget => b"the expression takes too long".to_vec(),
                    Throw::Interrupt | Throw::Exit | Throw::Yield => b"interrupted".to_vec(),
                };
                self.call.vm.recover(&mark);
                Err(message)
            }
        };
        let seen = values.map(|values| values.into_iter().map(|value| self.see(value)).collect());
        self.call.vm.thread.set_top(at);
        self.call.vm.fuel.put_back(aside);
        seen
    }

    /// Compiles and runs; the results are on the stack.
    fn run(&mut self, frame: &Frame, source: &[u8]) -> Result<Result<(), Vec<u8>>, Throw> {
        let env = self.env(frame);
        let thread = self.thread_of(frame);
        let vm = &mut *self.call.vm;
        let name = b"=(debug)";
        let as_expression = [b"return ", source].concat();
        let loaded = match vm.load(&as_expression, name) {
            Err(LoadError::Syntax(_)) => vm.load(source, name),
            loaded => loaded,
        };
        let function = match loaded {
            Ok(function) => function,
            Err(LoadError::Syntax(wrong)) => return Ok(Err(wrong.message)),
            Err(LoadError::Throw(throw)) => return Err(throw),
        };
        // The chunk would take extra arguments by itself.
        let extra = extra_slots(thread, frame.index);
        let proto = function.proto();
        if extra.is_none() && proto.get().code().iter().any(|i| i.op() == Op::VarArg) {
            return Ok(Err(b"cannot use '...' outside a vararg function".to_vec()));
        }
        let at = vm.thread.top();
        let scope = vm.heap.table()?;
        let meta = vm.heap.table()?;
        let kept = [thread.into(), Value::num(frame.index as f64), env.into()];
        for (name, function) in [
            ("__index", read_scope as crate::native::NativeFn),
            ("__newindex", write_scope),
        ] {
            let function = vm.native(function, &kept)?;
            vm.set_field(meta, name, function.into())?;
        }
        scope.set_meta(Some(meta));
        let value = Value::from(function);
        if let Unpacked::Function(function) = value.unpack() {
            function.set_env(scope);
        }
        vm.thread.push(&mut vm.heap, value)?;
        for slot in extra.unwrap_or_default() {
            vm.thread.push(&mut vm.heap, thread.slot(slot))?;
        }
        match vm.protected_call(at, -1, None)? {
            Ok(()) => Ok(Ok(())),
            Err(error) => Ok(Err(self.error_text(error))),
        }
    }

    /// What an error says: a text, or the field `err` of a table, as errors of Redis have it.
    fn error_text(&mut self, error: Value) -> Vec<u8> {
        let known = self.vm().heap.known_str(b"err");
        let inner = (error.as_table().zip(known)).map(|(table, key)| table.get_str(key));
        match inner.unwrap_or(error).unpack() {
            Unpacked::Str(text) => text.bytes().to_vec(),
            Unpacked::Number(number) => number_text(number).into_bytes(),
            _ => format!("(error object is a {} value)", error.type_name()).into_bytes(),
        }
    }
}
