//! The stack view that host functions have: protected calls, handlers, fields, globals.

use evalua_vm::Limits;
use evalua_vm::stack::{Call, Failure, NativeFn, State, Throw, View};
use std::cell::Cell;

/// Calls `source` under `handler`; gives what is left on the stack as text.
fn run_handled(
    lua: &mut State,
    source: &[u8],
    handler: fn(&mut Call<'_>) -> Result<u32, Throw>,
) -> Result<(), (Failure, String)> {
    lua.enter(|call| {
        call.push_native(handler, 0).unwrap();
        call.push_chunk(source, b"@chunk").unwrap().unwrap();
        call.protected_call_top(0, Some(1)).map_err(|failure| {
            let text = call.view(call.height()).as_bytes().unwrap_or_default();
            (failure, String::from_utf8_lossy(text).into_owned())
        })
    })
}

#[test]
fn what_a_handler_raises_goes_to_it_again() {
    fn handler(call: &mut Call<'_>) -> Result<u32, Throw> {
        let message = call.view(1).as_bytes().unwrap_or_default().to_vec();
        if message.len() < 40 {
            return Err(call.raise_plain(&[&message[..], b"+"].concat()));
        }
        call.push_bytes(&message)?;
        Ok(1)
    }
    let mut lua = State::new().unwrap();
    let (failure, text) = run_handled(&mut lua, b"local x = nil + 1", handler).unwrap_err();
    assert_eq!(failure, Failure::Error);
    assert!(
        text.starts_with("chunk:1: attempt to perform arithmetic"),
        "{text}"
    );
    assert!(text.len() >= 40);

    let forever = |call: &mut Call<'_>| Err(call.raise_plain(b"again"));
    let (failure, text) = run_handled(&mut lua, b"local x = nil + 1", forever).unwrap_err();
    assert_eq!(
        (failure, text.as_str()),
        (Failure::Error, "error in error handling")
    );
}

#[test]
fn a_handler_sees_where_it_happened_even_without_memory() {
    fn handler(call: &mut Call<'_>) -> Result<u32, Throw> {
        let at = call.location(1).unwrap();
        let message = call.view(1).as_bytes().unwrap_or_default().to_vec();
        let source = String::from_utf8(at.source).unwrap();
        let text = format!(
            "{} in {source} {:?}",
            String::from_utf8_lossy(&message),
            at.line
        );
        call.push_bytes(text.as_bytes())?;
        Ok(1)
    }
    let mut lua = State::new().unwrap();
    lua.set_limits(Limits {
        memory: Some(500_000),
        ..Limits::default()
    });
    let bomb = b"local t = {}\nfor i = 1, 1e9 do\nt[i] = {} end";
    let (failure, text) = run_handled(&mut lua, bomb, handler).unwrap_err();
    assert_eq!(failure, Failure::Error);
    assert_eq!(text, "not enough memory in @chunk Some(3)");
}

#[test]
fn the_frames_stay_when_the_budget_is_used_up() {
    let mut lua = State::new().unwrap();
    lua.set_fuel(Some(1_000));
    let place = lua.enter(|call| {
        call.push_chunk(b"local function f()\nwhile true do end end\nf()", b"=loop")
            .unwrap()
            .unwrap();
        assert_eq!(call.protected_call_top(0, None), Err(Failure::Budget));
        call.location(0).unwrap()
    });
    assert_eq!((&place.source[..], place.line), (&b"=loop"[..], Some(2)));
    lua.set_fuel(None);
    assert_eq!(run_handled(&mut lua, b"local x = 1", |_| Ok(0)), Ok(()));
}

#[test]
fn globals_can_be_replaced() {
    let mut lua = State::new().unwrap();
    lua.enter(|call| {
        call.push_table(0, 1).unwrap();
        call.push_number(7.0).unwrap();
        call.set_field_of(1, b"seven").unwrap();
        call.set_readonly(1, true).unwrap();
        call.push_copy(1).unwrap();
        call.set_globals().unwrap();
        assert!(call.is_readonly(1));
        call.push_chunk(b"return seven, next", b"=x")
            .unwrap()
            .unwrap();
        call.call_top(0).unwrap();
        assert_eq!(call.view(2).as_number(), Some(7.0));
        assert!(matches!(call.view(3), View::Nil));

        call.push_bool(true).unwrap();
        assert_eq!(call.assign_field_of(1, b"x"), Err(Throw::Error));
        call.truncate(1);
        call.push_bytes(b" 0x10 ").unwrap();
        assert_eq!(call.number_at(2), Ok(Some(16.0)));
        call.index_field_of(1, b"seven").unwrap();
        assert_eq!(call.number_at(3), Ok(Some(7.0)));
    });
}

#[test]
fn the_results_of_a_native_function_in_a_tail_call_are_returned() {
    fn three(call: &mut Call<'_>) -> Result<u32, Throw> {
        for n in 1..=3 {
            call.push_number(f64::from(n))?;
        }
        Ok(3)
    }
    let mut lua = State::new().unwrap();
    lua.enter(|call| {
        let source = b"local three = ... local function tail() return three() end return tail()";
        call.push_chunk(source, b"=x").unwrap().unwrap();
        call.push_native(three, 0).unwrap();
        call.call_top(1).unwrap();
        let results = (1..=call.height()).map(|i| call.view(i).as_number());
        assert!(results.eq([Some(1.0), Some(2.0), Some(3.0)]));
    });
}

#[test]
fn a_native_function_keeps_a_value_of_the_host() {
    fn count(call: &mut Call<'_>) -> Result<u32, Throw> {
        let kept = call.kept_data::<Cell<f64>>(1).map(|counter| {
            counter.set(counter.get() + 1.0);
            counter.get()
        });
        assert!(call.kept_data::<String>(1).is_none());
        call.push_number(kept.unwrap_or(-1.0))?;
        Ok(1)
    }
    let mut lua = State::new().unwrap();
    lua.enter(|call| {
        call.push_chunk(b"local f = ... f() f() return f()", b"=x")
            .unwrap()
            .unwrap();
        call.push_userdata(Box::new(Cell::new(0.0))).unwrap();
        call.push_native(count, 1).unwrap();
        call.call_top(1).unwrap();
        assert_eq!(call.view(1).as_number(), Some(3.0));
    });
}

#[test]
fn arguments_are_checked_as_puc_checks_them() {
    fn run(f: NativeFn, arguments: &[u8]) -> String {
        let mut lua = State::new().unwrap();
        lua.enter(|call| {
            let source = [b"local f = ... f(", arguments, b")"].concat();
            call.push_chunk(&source, b"=x").unwrap().unwrap();
            call.push_native(f, 0).unwrap();
            match call.protected_call_top(1, None) {
                Ok(()) => "ok".to_owned(),
                Err(_) => String::from_utf8_lossy(call.view(1).as_bytes().unwrap()).into_owned(),
            }
        })
    }
    let bytes: NativeFn = |call| {
        assert_eq!(call.check_bytes(1)?, b"12");
        call.push_part_of(1, 1..9)?;
        assert_eq!(call.view(2).as_bytes(), Some(&b"2"[..]));
        call.replace(1);
        assert_eq!(
            (call.height(), call.view(1).as_bytes()),
            (1, Some(&b"2"[..]))
        );
        Ok(0)
    };
    assert_eq!(run(bytes, b"12"), "ok");
    assert_eq!(
        run(bytes, b"{}"),
        "x:1: bad argument #1 to 'f' (string expected, got table)"
    );
    let number: NativeFn = |call| call.check_number(1).map(|_| 0);
    assert_eq!(
        run(number, b""),
        "x:1: bad argument #1 to 'f' (number expected, got no value)"
    );
    let word: NativeFn = |call| call.check_option(1, None, &["off", "on"]).map(|_| 0);
    assert_eq!(run(word, b"'on\\0ly'"), "ok");
    assert_eq!(
        run(word, b"'only'"),
        "x:1: bad argument #1 to 'f' (invalid option 'only')"
    );
    let all: NativeFn = |call| Err(call.raise_argument(0, b"none"));
    assert_eq!(run(all, b"1"), "x:1: bad argument #0 to 'f' (none)");
}

#[test]
fn work_can_be_looked_at_before_it_is_counted() {
    let mut lua = State::new().unwrap();
    lua.set_fuel(Some(100));
    let handle = lua.interrupt_handle();
    lua.enter(|call| {
        assert_eq!(call.check_work(100), Ok(()));
        assert_eq!(call.check_work(101), Err(Throw::Budget));
        handle.interrupt();
        assert_eq!(call.check_work(1), Err(Throw::Interrupt));
        assert_eq!(call.check_work(1), Ok(()));
        let mut buffer = call.take_buffer();
        buffer.extend_from_slice(b"abc");
        call.put_buffer(buffer);
        let buffer = call.take_buffer();
        assert!(buffer.is_empty() && buffer.capacity() >= 3);
    });
    assert_eq!(lua.fuel(), Some(100));
}
