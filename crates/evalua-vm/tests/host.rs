//! The stack view that host functions have: protected calls, handlers, fields, globals.

use evalua_vm::{Call, Failure, Lua, Throw, View};

/// Calls `source` under `handler`; gives what is left on the stack as text.
fn run_handled(
    lua: &mut Lua,
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
    let mut lua = Lua::new().unwrap();
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
    let mut lua = Lua::new().unwrap();
    lua.set_memory_limit(Some(500_000));
    let bomb = b"local t = {}\nfor i = 1, 1e9 do\nt[i] = {} end";
    let (failure, text) = run_handled(&mut lua, bomb, handler).unwrap_err();
    assert_eq!(failure, Failure::Error);
    assert_eq!(text, "not enough memory in @chunk Some(3)");
}

#[test]
fn the_frames_stay_when_the_budget_is_used_up() {
    let mut lua = Lua::new().unwrap();
    lua.set_budget(Some(1_000));
    let place = lua.enter(|call| {
        call.push_chunk(b"local function f()\nwhile true do end end\nf()", b"=loop")
            .unwrap()
            .unwrap();
        assert_eq!(call.protected_call_top(0, None), Err(Failure::Budget));
        call.location(0).unwrap()
    });
    assert_eq!((&place.source[..], place.line), (&b"=loop"[..], Some(2)));
    lua.set_budget(None);
    assert_eq!(run_handled(&mut lua, b"local x = 1", |_| Ok(0)), Ok(()));
}

#[test]
fn globals_can_be_replaced() {
    let mut lua = Lua::new().unwrap();
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
        assert_eq!(call.number_at(2), Some(16.0));
        call.index_field_of(1, b"seven").unwrap();
        assert_eq!(call.number_at(3), Some(7.0));
    });
}
