//! The collector: mark from the roots, then sweep. It stops the world, but gives up where an interrupt
//! comes: what it has done by then is sound, and the next collection starts anew.
//!
//! Owns: marking, weak tables, the finaliser queue, sweeping. It must not know how roots are found.
//!
//! Invariants:
//! - C1: a collection begins with every object unmarked: one that was given up has left
//!   [`Heap::stale_marks`], which [`prepare`] clears first. Marking reaches every object that a root
//!   reaches by strong references, before anything is freed.
//! - C2: an object that dies while something weak still names it (an entry of a weak table, a key
//!   without a value, an open upvalue list) is taken out of there before it is freed. Where a sweep is
//!   given up, what is dead stays linked, and may name what is freed: nothing looks into it any more, but
//!   for strings, which name nothing and may come back by interning.
#![allow(unsafe_code, reason = "walks and frees objects")]

use super::object::{
    FINALIZED, Function, Gc, Header, Kind, LuaClosure, NativeClosure, Proto, Str, Upval, Userdata,
};
use super::{Heap, SMALL, lua_closure_size, string};
use crate::limits::InterruptHandle;
use crate::table::Table;
use crate::thread::Thread;
use crate::value::Value;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

const MARKED: u8 = 1;

/// Marked, but what it reaches is not, since the list of such objects was full.
const DEFERRED: u8 = 2;

/// A weak table that the list of them had no room for.
const WEAK: u8 = 4;

/// The most objects in the list of those that are to be looked into: marking takes no more memory
/// than this, however much there is to mark.
const MAX_GRAY: usize = 16 * 1024;

/// The most tables in the list of weak ones.
const MAX_WEAK: usize = 1024;

/// Objects or slots between two looks at the interrupt flag.
const STRIDE: usize = if cfg!(test) { 1 } else { 4096 };

/// Somebody has interrupted: the collection is to be given up.
pub(crate) struct GivenUp;

/// Looks at the interrupt flag now and then. It leaves the flag as it is: the interpreter acts on it.
struct Patience {
    interrupt: InterruptHandle,
    left: usize,
    #[cfg(test)]
    looks: usize,
}

impl Patience {
    fn new(heap: &Heap) -> Patience {
        Patience {
            interrupt: heap.interrupt.clone(),
            left: STRIDE,
            #[cfg(test)]
            looks: heap.looks,
        }
    }

    /// Counts a step of a collection.
    #[inline(always)]
    fn step(&mut self) -> Result<(), GivenUp> {
        self.left -= 1;
        if self.left == 0 { self.look() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self) -> Result<(), GivenUp> {
        self.left = STRIDE;
        #[cfg(test)]
        {
            if self.looks == 0 {
                return Err(GivenUp);
            }
            self.looks -= 1;
        }
        if self.interrupt.is_raised() {
            return Err(GivenUp);
        }
        Ok(())
    }
}

/// Clears the mark of an object and tells whether it had one.
///
/// # Safety
/// `p` is a live object.
unsafe fn unmark(p: *mut Header) -> bool {
    // SAFETY: the caller, O2.
    unsafe {
        let was = (*p).mark & MARKED != 0;
        (*p).mark = 0;
        was
    }
}

/// Names that the collector looks up in metatables.
pub(crate) struct MetaNames {
    pub(crate) mode: Gc<Str>,
    pub(crate) gc: Gc<Str>,
}

/// A collection in progress.
pub(crate) struct Marker {
    gray: Vec<Gc<Header>>,
    /// Whether some objects are [`DEFERRED`].
    deferred: bool,
    /// Weak tables, whose entries are to be looked at after marking.
    weak: Vec<Gc<Table>>,
    /// Whether some more are [`WEAK`].
    more_weak: bool,
    names: MetaNames,
    patience: Patience,
}

impl Marker {
    fn new(names: MetaNames, patience: Patience) -> Marker {
        Marker {
            gray: Vec::new(),
            deferred: false,
            weak: Vec::new(),
            more_weak: false,
            names,
            patience,
        }
    }

    /// Marks a value and, in time, all it reaches.
    #[inline(always)]
    pub(crate) fn value(&mut self, v: Value) {
        if let Some(header) = v.header() {
            self.header(header);
        }
    }

    /// Marks an object and, in time, all it reaches.
    #[inline(always)]
    pub(crate) fn object<T>(&mut self, p: Gc<T>) {
        self.header(p.erase());
    }

    #[inline(always)]
    fn header(&mut self, p: Gc<Header>) {
        // SAFETY: O1, O2.
        unsafe {
            let h = p.as_ptr();
            if (*h).mark & MARKED == 0 {
                (*h).mark |= MARKED;
                if (*h).kind != Kind::Str {
                    if self.gray.len() < MAX_GRAY {
                        self.gray.push(p);
                    } else {
                        (*h).mark |= DEFERRED;
                        self.deferred = true;
                    }
                }
            }
        }
    }

    /// Marks all that what is marked reaches.
    fn drain(&mut self, heap: &Heap) -> Result<(), GivenUp> {
        self.drain_gray()?;
        while std::mem::take(&mut self.deferred) {
            for list in [heap.all, heap.userdata, heap.threads] {
                let mut p = list;
                // SAFETY: H1, O1, O2: the lists hold live objects.
                unsafe {
                    while !p.is_null() {
                        self.patience.step()?;
                        if (*p).mark & DEFERRED != 0 {
                            (*p).mark &= !DEFERRED;
                            self.gray.push(Gc::from_raw(p));
                            self.drain_gray()?;
                        }
                        p = (*p).next;
                    }
                }
            }
        }
        Ok(())
    }

    fn drain_gray(&mut self) -> Result<(), GivenUp> {
        while let Some(p) = self.gray.pop() {
            self.patience.step()?;
            // SAFETY: O1: the kind says what it is.
            unsafe {
                let p = p.as_ptr();
                match (*p).kind {
                    Kind::Str => {}
                    Kind::Table => self.table(Gc::from_raw(p.cast()))?,
                    Kind::LuaClosure => self.lua_closure(Gc::from_raw(p.cast())),
                    Kind::NativeClosure => self.native_closure(Gc::from_raw(p.cast())),
                    Kind::Userdata => self.userdata(Gc::from_raw(p.cast())),
                    Kind::Thread => self.thread(Gc::from_raw(p.cast())),
                    Kind::Proto => self.proto(Gc::from_raw(p.cast())),
                    Kind::Upval => self.value(*(*p.cast::<Upval>()).slot),
                }
            }
        }
        Ok(())
    }

    fn table(&mut self, t: Gc<Table>) -> Result<(), GivenUp> {
        let (mut weak_keys, mut weak_values) = (false, false);
        if let Some(meta) = t.meta() {
            self.object(meta);
            if let Some(mode) = meta.get_str(self.names.mode).as_str() {
                weak_keys = mode.bytes().contains(&b'k');
                weak_values = mode.bytes().contains(&b'v');
            }
        }
        if weak_keys || weak_values {
            if self.weak.len() < MAX_WEAK {
                self.weak.push(t);
            } else {
                self.more_weak = true;
                // SAFETY: O1, O2.
                unsafe { (*t.p()).header.mark |= WEAK };
            }
        }
        // SAFETY: T1; T3: a key without a value is made dead, since it is not marked (C2).
        unsafe {
            if !weak_values {
                for i in 0..t.array_len() {
                    self.patience.step()?;
                    self.value(*(*t.p()).array.add(i));
                }
            }
            for i in 0..t.node_count() {
                self.patience.step()?;
                let node = (*t.p()).node.add(i);
                if (*node).value.is_nil() {
                    if (*node).key.is_collectable() {
                        (*node).key = Value::dead_from_bits((*node).key.bits());
                    }
                    continue;
                }
                if !weak_keys {
                    self.value((*node).key);
                }
                if !weak_values {
                    self.value((*node).value);
                }
            }
        }
        Ok(())
    }

    fn lua_closure(&mut self, f: Gc<LuaClosure>) {
        // SAFETY: O1; a null upvalue is one the closure's maker has not filled yet.
        unsafe {
            self.object((*f.as_ptr()).proto);
            self.object((*f.as_ptr()).env);
            for i in 0..f.upvalue_count() {
                let upval = *f.upvals().add(i);
                if !upval.is_null() {
                    self.object(Gc::from_raw(upval));
                }
            }
        }
    }

    fn native_closure(&mut self, f: Gc<NativeClosure>) {
        // SAFETY: O1.
        unsafe {
            self.object((*f.as_ptr()).env);
        }
        for i in 0..f.upvalue_count() {
            self.value(f.upvalue(i));
        }
    }

    fn userdata(&mut self, u: Gc<Userdata>) {
        if let Some(meta) = u.meta() {
            self.object(meta);
        }
        if let Some(env) = u.env() {
            self.object(env);
        }
    }

    fn proto(&mut self, p: Gc<Proto>) {
        let proto = p.get();
        self.object(proto.source);
        for &k in &proto.constants {
            self.value(k);
        }
        for &inner in &proto.protos {
            self.object(inner);
        }
        for &name in &proto.upvalue_names {
            self.object(name);
        }
    }

    /// Marks the running coroutine, whose slots from `extent` up are not in use.
    pub(crate) fn running(&mut self, t: Gc<Thread>, extent: usize) {
        // SAFETY: O1, O2.
        unsafe { (*t.p()).header.mark |= MARKED };
        self.stack(t, extent);
    }

    fn thread(&mut self, t: Gc<Thread>) {
        self.stack(t, t.extent());
    }

    fn stack(&mut self, t: Gc<Thread>, extent: usize) {
        self.object(t.globals());
        self.value(t.hook().function);
        for i in 0..extent {
            self.value(t.slot(i));
        }
        for i in extent..t.stack_len() {
            t.set_slot(i, Value::NIL);
        }
        // SAFETY: K3.
        unsafe {
            let mut upval = (*t.p()).open;
            while !upval.is_null() {
                self.object(Gc::from_raw(upval));
                upval = (*upval).next_open;
            }
        }
    }

    fn is_marked(v: Value) -> bool {
        match v.header() {
            // SAFETY: O1: nothing is freed yet.
            Some(h) => unsafe { (*h.as_ptr()).mark & MARKED != 0 },
            None => true,
        }
    }

    /// Takes entries with dead keys or values out of weak tables.
    fn clear_weak(&mut self, heap: &Heap) {
        for t in std::mem::take(&mut self.weak) {
            Self::clear_entries(t);
        }
        if !self.more_weak {
            return;
        }
        let mut p = heap.all;
        while !p.is_null() {
            // SAFETY: H1, O1: the list holds live objects, and those with this mark are tables.
            unsafe {
                if (*p).mark & WEAK != 0 {
                    Self::clear_entries(Gc::from_raw(p.cast()));
                }
                p = (*p).next;
            }
        }
    }

    /// Takes entries with dead keys or values out of a table. Strings count as values: they are
    /// marked instead of removed. Values that wait for their finaliser go too, keys stay.
    fn clear_entries(t: Gc<Table>) {
        let is_cleared = |v: Value, as_key: bool| -> bool {
            if let Some(s) = v.as_str() {
                // SAFETY: O1, O2; strings reach nothing.
                unsafe { (*s.as_ptr()).header.mark |= MARKED };
                return false;
            }
            if !Self::is_marked(v) {
                return true;
            }
            match v.as_userdata() {
                // SAFETY: O1.
                Some(u) => !as_key && unsafe { (*u.as_ptr()).header.aux2 & FINALIZED != 0 },
                None => false,
            }
        };
        // SAFETY: T1.
        unsafe {
            for i in 0..t.array_len() {
                let slot = (*t.p()).array.add(i);
                if is_cleared(*slot, false) {
                    *slot = Value::NIL;
                }
            }
            for i in 0..t.node_count() {
                let node = (*t.p()).node.add(i);
                if !(*node).value.is_nil()
                    && (is_cleared((*node).key, true) || is_cleared((*node).value, false))
                {
                    (*node).value = Value::NIL;
                    if (*node).key.is_collectable() {
                        (*node).key = Value::dead_from_bits((*node).key.bits());
                    }
                }
            }
        }
    }

    /// Marks the rest of what the roots reach, queues finalisers, clears weak tables.
    fn finish(&mut self, heap: &mut Heap) -> Result<(), GivenUp> {
        self.drain(heap)?;
        // What waits for its finaliser and what weak tables name change together: up to the sweep nothing
        // is given up.
        self.patience.left = usize::MAX;
        for i in 0..heap.to_finalize.len() {
            let u = heap.to_finalize[i];
            self.object(u);
        }
        queue_finalizers(heap, self.names.gc, false);
        for i in 0..heap.to_finalize.len() {
            let u = heap.to_finalize[i];
            self.object(u);
        }
        self.drain(heap)?;
        self.clear_weak(heap);
        // SAFETY: O1: the list holds live coroutines only; those without a mark die now, and what
        // their variables are to closures that live on moves into the upvalues (C2).
        unsafe {
            let mut p = heap.threads;
            while !p.is_null() {
                if (*p).mark & MARKED == 0 {
                    Gc::<Thread>::from_raw(p.cast()).close_upvals(0);
                }
                p = (*p).next;
            }
        }
        self.patience.left = STRIDE;
        Ok(())
    }
}

/// Queues the finalisers of userdata that are not marked, or of all. Each is queued once.
pub(crate) fn queue_finalizers(heap: &mut Heap, gc: Gc<Str>, all: bool) {
    // SAFETY: O1, O2: the list holds live userdata only.
    unsafe {
        let mut p = heap.userdata;
        while !p.is_null() {
            let u: Gc<Userdata> = Gc::from_raw(p.cast());
            let h = &raw mut (*p);
            if (all || (*h).mark & MARKED == 0)
                && (*h).aux2 & FINALIZED == 0
                && let Some(meta) = u.meta()
            {
                (*h).aux2 |= FINALIZED;
                if !meta.get_str(gc).is_nil() {
                    heap.to_finalize.push_back(u);
                }
            }
            p = (*h).next;
        }
    }
}

/// Begins a collection, of which the caller marks the roots next.
pub(crate) fn prepare(heap: &mut Heap, names: MetaNames) -> Result<Marker, GivenUp> {
    let mut patience = Patience::new(heap);
    if heap.stale_marks {
        sweep(heap, &mut |p| {
            patience.step()?;
            // SAFETY: the sweep gives live objects.
            unsafe { unmark(p) };
            Ok(true)
        })?;
    }
    heap.stale_marks = true;
    Ok(Marker::new(names, patience))
}

/// Finishes a collection whose roots were marked: everything unmarked is freed.
pub(crate) fn collect(heap: &mut Heap, mut marker: Marker) -> Result<(), GivenUp> {
    marker.finish(heap)?;
    sweep(heap, &mut |p| {
        marker.patience.step()?;
        // SAFETY: the sweep gives live objects.
        Ok(unsafe { unmark(p) })
    })?;
    heap.stale_marks = false;
    heap.set_due(heap.next_due());
    heap.trim();
    Ok(())
}

/// Frees everything, but for interned strings, if those go with the pages.
pub(crate) fn free_all(heap: &mut Heap) {
    let mut keeps = |_| Ok::<_, Infallible>(false);
    let Ok(()) = sweep_lists(heap, &mut keeps);
    if string::LARGEST_INTERNED > SMALL {
        let Ok(()) = string::sweep(heap, &mut keeps);
    }
}

/// Frees the objects that are not to be kept. Where `keeps` fails, the rest stays.
fn sweep<E>(
    heap: &mut Heap,
    keeps: &mut impl FnMut(*mut Header) -> Result<bool, E>,
) -> Result<(), E> {
    sweep_lists(heap, keeps)?;
    string::sweep(heap, keeps)
}

fn sweep_lists<E>(
    heap: &mut Heap,
    keeps: &mut impl FnMut(*mut Header) -> Result<bool, E>,
) -> Result<(), E> {
    sweep_list(heap, |h| &raw mut h.all, keeps)?;
    sweep_list(heap, |h| &raw mut h.userdata, keeps)?;
    sweep_list(heap, |h| &raw mut h.threads, keeps)
}

fn sweep_list<E>(
    heap: &mut Heap,
    list: fn(&mut Heap) -> *mut *mut Header,
    keeps: &mut impl FnMut(*mut Header) -> Result<bool, E>,
) -> Result<(), E> {
    // SAFETY: H1: freeing an object does not touch the list, which is kept aside meanwhile.
    unsafe {
        let mut head = *list(heap);
        *list(heap) = null_mut();
        let outcome = sweep_chain(heap, &raw mut head, keeps);
        *list(heap) = head;
        outcome
    }
}

/// Sweeps what hangs on a link.
///
/// # Safety
/// The objects there are live, those that are not kept are unreachable (C1), and the chain is none of
/// the heap's lists meanwhile.
pub(super) unsafe fn sweep_chain<E>(
    heap: &mut Heap,
    mut link: *mut *mut Header,
    keeps: &mut impl FnMut(*mut Header) -> Result<bool, E>,
) -> Result<(), E> {
    // SAFETY: the caller.
    unsafe {
        while !(*link).is_null() {
            let p = *link;
            if keeps(p)? {
                link = &raw mut (*p).next;
            } else {
                *link = (*p).next;
                free(heap, p);
            }
        }
    }
    Ok(())
}

/// Frees one object.
///
/// # Safety
/// `p` is a live object of this heap, unlinked, that no one uses again.
unsafe fn free(heap: &mut Heap, p: *mut Header) {
    // SAFETY: the caller; H1 for kinds and sizes.
    unsafe {
        match (*p).kind {
            Kind::Str => string::free(heap, p),
            Kind::Table => {
                Gc::<Table>::from_raw(p.cast()).free_parts(heap);
                heap.free(p.cast(), size_of::<Table>());
            }
            Kind::LuaClosure => {
                let n = Gc::<Function>::from_raw(p.cast()).as_ptr();
                let size = lua_closure_size((*n).header.aux as usize);
                heap.free(p.cast(), size);
            }
            Kind::NativeClosure => {
                let f = p.cast::<NativeClosure>();
                let extra = size_of_val(&*(*f).upvals);
                heap.uncount(extra);
                f.drop_in_place();
                heap.free(p.cast(), size_of::<NativeClosure>());
            }
            Kind::Userdata => {
                let u = p.cast::<Userdata>();
                heap.uncount((*u).size);
                heap.userdata_count -= 1;
                // What a host's `Drop` panics with must not leave the sweep half done. The panic hook has
                // told of it; there is nobody here to tell. It is not dropped, which could panic again.
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| u.drop_in_place())) {
                    std::mem::forget(panic);
                }
                heap.free(p.cast(), size_of::<Userdata>());
            }
            Kind::Thread => {
                Gc::<Thread>::from_raw(p.cast()).free_parts(heap);
                heap.free(p.cast(), size_of::<Thread>());
            }
            Kind::Proto => {
                let proto = p.cast::<Proto>();
                heap.uncount((*proto).size);
                proto.drop_in_place();
                heap.free(p.cast(), size_of::<Proto>());
            }
            Kind::Upval => heap.free(p.cast(), size_of::<Upval>()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::heap::string;
    use crate::stack::{Call, Gathering, State, Throw};

    /// Something of every kind, alive and dead.
    const SETUP: &str = r#"
        alive, weak, finalised = {}, setmetatable({}, {__mode = 'k'}), 0
        values = setmetatable({}, {__mode = 'v'})
        for i = 1, 12 do
            local n, udata = i, newproxy(true)
            getmetatable(udata).__gc = function() finalised = finalised + 1 end
            local co = coroutine.create(function() local s = 'in ' .. n coroutine.yield() return s end)
            coroutine.resume(co)
            local t = {i, name = 'name' .. i, long = ('x'):rep(100 + i), co = co, udata = udata,
                f = function() n = n + 1 return n end}
            weak[t], values[i] = 'w' .. i, t
            if i % 2 == 0 then alive[i] = t end
        end
        alive.gone = {}
        alive.gone = nil
    "#;

    /// Fails unless all that is alive is whole.
    const CHECK: &str = r#"
        for i = 2, 12, 2 do
            local t = assert(alive[i])
            assert(t[1] == i and t.name == 'name' .. i and t.long == ('x'):rep(100 + i))
            assert(t.f() == i + 1 and weak[t] == 'w' .. i and values[i] == t)
            local _, s = assert(coroutine.resume(t.co))
            assert(s == 'in ' .. i)
        end
        for i = 1, 12 do assert('name' .. i == ('name%d'):format(i)) end
        for t in pairs(weak) do assert(t.name == 'name' .. t[1]) end
    "#;

    /// Fails unless all that is dead is gone.
    const CHECK_GONE: &str = r#"
        for t in pairs(weak) do assert(t[1] % 2 == 0) end
        for i = 1, 12, 2 do assert(values[i] == nil) end
        assert(finalised == 6)
    "#;

    fn run(lua: &mut State, source: &str) {
        lua.enter(|call| {
            let chunk = call.push_chunk(source.as_bytes(), b"=test");
            chunk.expect("memory").expect("syntax");
            let outcome = call.protected_call_top(0, None);
            let error =
                String::from_utf8_lossy(call.view(call.height()).as_bytes().unwrap_or(b"?"));
            assert!(outcome.is_ok(), "{error}");
        });
    }

    fn collect(lua: &mut State, looks: usize) {
        lua.vm.heap.looks = looks;
        lua.vm.heap.collect_now();
        lua.enter(|_| ());
        lua.vm.heap.looks = usize::MAX;
    }

    /// Collects after a collection that was given up at a certain look, and another earlier on; tells the bytes in use then and
    /// whether the first was given up indeed.
    fn bytes_after(looks: usize) -> (usize, bool) {
        let mut lua = State::new().expect("memory");
        lua.vm.heap.stop();
        run(&mut lua, SETUP);
        collect(&mut lua, looks);
        let given_up = lua.vm.heap.stale_marks;
        if given_up {
            collect(&mut lua, looks / 2);
        }
        lua.vm.heap.stop();
        run(&mut lua, CHECK);
        collect(&mut lua, usize::MAX);
        assert!(!lua.vm.heap.stale_marks);
        // Finalisers run where something runs, and what they kept goes with the next collection.
        run(&mut lua, "collectgarbage()");
        run(&mut lua, CHECK_GONE);
        collect(&mut lua, usize::MAX);
        (lua.vm.heap.bytes(), given_up)
    }

    #[test]
    fn a_collection_may_be_given_up_anywhere() {
        let (usual, given_up) = bytes_after(usize::MAX);
        assert!(!given_up);
        let mut looks = 0;
        while let (bytes, true) = bytes_after(looks) {
            assert_eq!(bytes, usual, "given up at look {looks}");
            looks += 3;
        }
        assert!(looks > 500, "no look after {looks}");
    }

    /// Gives a table whose fields are the arguments, each with itself as value, made at once.
    fn record(call: &mut Call<'_>) -> Result<u32, Throw> {
        let count = call.argument_count();
        let gathering = Gathering::begin(call);
        for i in 1..=count {
            call.push_copy(i)?;
            call.push_copy(i)?;
        }
        gathering.end_entries(call)?;
        Ok(1)
    }

    /// Records of new fields, of which some are made again, and more often than others.
    const RECORDS: &str = r#"
        generation = (generation or 0) + 1
        for n = 1, 16 do
            local keys = {}
            for i = 1, n do keys[i] = ('%d of %d in %d'):format(i, n, generation) end
            for turn = 1, 1 + (generation + n) % 4 do
                local t, count = record(unpack(keys)), 0
                for k, v in pairs(t) do count = count + 1 assert(k == v and t[k] == k) end
                assert(count == n)
            end
        end
    "#;

    #[test]
    fn shapes_are_of_keys_that_are_alive() {
        let (mut looks, mut given_up, mut any) = (0, true, false);
        while given_up {
            let mut lua = State::new().expect("memory");
            lua.vm.heap.stop();
            lua.enter(|call| {
                call.push_globals().expect("memory");
                call.push_native(record, 0).expect("memory");
                call.set_field_of(1, b"record").expect("memory");
            });
            given_up = false;
            for looks in [looks, usize::MAX, looks / 2, looks, usize::MAX, usize::MAX] {
                run(&mut lua, RECORDS);
                collect(&mut lua, looks);
                given_up |= lua.vm.heap.stale_marks;
                lua.vm.heap.stop();
                let heap = &lua.vm.heap;
                let mut keys = heap.shapes.keys().peekable();
                any |= keys.peek().is_some();
                assert!(keys.all(|key| string::is_interned(heap, key)));
            }
            looks += if cfg!(miri) { 400 } else { 7 };
        }
        // With a collection at every safepoint there are two between any two records.
        assert!(any || cfg!(feature = "gc-stress"), "no shape was kept");
        assert!(looks > 500, "no look after {looks}");
    }
}
