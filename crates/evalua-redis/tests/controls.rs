//! What tests steer: faults, time, chance and the record of commands, from a program and with EVALUA.

use std::time::Duration;

use evalua_redis::{Fault, Origin, Redis, Reply, Script, Session, table};

fn engine() -> Redis {
    Redis::builder().clock_unix_ms(1_000_000).build()
}

/// What a line is answered, an error as its text.
fn run(redis: &mut Redis, line: &str) -> String {
    let args = evalua_redis::text::split_line(line.as_bytes()).unwrap();
    String::from_utf8(evalua_redis::text::print(&redis.command(&args))).unwrap()
}

#[test]
fn a_fault_meets_the_next_commands_that_it_names() {
    let mut redis = engine();
    redis.fail_next(Fault::of("set", "ERR disk on fire").unwrap().times(2));
    assert_eq!(run(&mut redis, "GET k"), "(nil)");
    assert_eq!(run(&mut redis, "SET k 1"), "(error) ERR disk on fire");
    assert_eq!(run(&mut redis, "SET"), wrong_arity("set"));
    assert_eq!(run(&mut redis, "SET k 2"), "(error) ERR disk on fire");
    assert_eq!(run(&mut redis, "SET k 3"), "OK");
    assert_eq!(redis.clear_faults(), 0);
    assert!(Fault::of("no-such-command", "x").is_err());
}

fn wrong_arity(name: &str) -> String {
    format!("(error) ERR wrong number of arguments for '{name}' command")
}

#[test]
fn a_container_stands_for_its_subcommands_and_a_subcommand_for_itself() {
    let mut redis = engine();
    redis.fail_next(Fault::of("client", "E1").unwrap());
    redis.fail_next(Fault::of("object|encoding", "E2").unwrap());
    assert_eq!(run(&mut redis, "CLIENT ID"), "(error) E1");
    assert_eq!(run(&mut redis, "OBJECT FREQ k"), "(nil)");
    assert_eq!(run(&mut redis, "OBJECT ENCODING k"), "(error) E2");
}

#[test]
fn a_fault_reaches_what_scripts_call_and_leaves_what_they_wrote_before() {
    let mut redis = engine();
    let script = Script::new(
        "for i, key in ipairs(KEYS) do redis.call('SET', key, i) end return redis.call('DBSIZE')",
    );
    let fault = Fault::of("SET", "OOM no room").unwrap();
    redis.fail_next(fault.from(Origin::Script).after(1));
    assert_eq!(run(&mut redis, "SET mine 1"), "OK");
    let run_it = script.key("a").key("b").key("c");
    let error = run_it.invoke::<i64>(&mut redis).unwrap_err().to_string();
    assert!(error.starts_with("OOM no room script: "), "{error}");
    assert_eq!(run(&mut redis, "EXISTS a b c"), "(integer) 1");
    assert_eq!(run_it.invoke(&mut redis), Ok(4));
}

#[test]
fn a_fault_of_clients_passes_by_scripts() {
    let mut redis = engine();
    let fault = Fault::of("GET", "ERR not now").unwrap();
    redis.fail_next(fault.from(Origin::Client));
    assert_eq!(
        run(&mut redis, "EVAL \"return redis.call('GET', KEYS[1])\" 1 k"),
        "(nil)"
    );
    assert_eq!(run(&mut redis, "GET k"), "(error) ERR not now");
}

#[test]
fn in_a_transaction_what_is_queued_fails_as_it_runs() {
    let mut redis = engine();
    redis.fail_next(Fault::of("INCR", "ERR lost").unwrap());
    for (line, reply) in [
        ("MULTI", "OK"),
        ("SET k 1", "QUEUED"),
        ("INCR k", "QUEUED"),
        ("INCR k", "QUEUED"),
        ("EXEC", "1) OK\n2) (error) ERR lost\n3) (integer) 2"),
    ] {
        assert_eq!(run(&mut redis, line), reply);
    }
    redis.fail_next(Fault::of("EXEC", "ERR lost").unwrap());
    for (line, reply) in [
        ("MULTI", "OK"),
        ("SET k 7", "QUEUED"),
        (
            "EXEC",
            "(error) EXECABORT Transaction discarded because of: lost",
        ),
        ("EXEC", "(error) ERR EXEC without MULTI"),
        ("GET k", "\"2\""),
    ] {
        assert_eq!(run(&mut redis, line), reply);
    }
}

#[test]
fn engines_of_one_builder_are_stopped_apart() {
    let builder = Redis::builder();
    let [mut one, mut other] = [builder.clone(), builder].map(evalua_redis::Builder::build);
    one.interrupt_handle().interrupt();
    assert_eq!(run(&mut other, "EVAL \"return 1\" 0"), "(integer) 1");
    let stopped = run(&mut one, "EVAL \"return 1\" 0");
    assert!(stopped.contains("script was interrupted"), "{stopped}");
}

#[test]
fn a_reset_is_a_new_beginning() {
    let mut redis = engine();
    let began = run(&mut redis, "EVALUA CLOCK");
    let script = "EVAL \"return {math.random(100), redis.call('RANDOMKEY')}\" 0";
    let before: Vec<String> = [script, "DBSIZE"].map(|line| run(&mut redis, line)).into();
    for line in [
        "SET a 1",
        "SELECT 1",
        "SET b 1",
        "SELECT 0",
        "EVALUA CLOCK ADVANCE 5000",
        "EVALUA SEED 9",
        "EVALUA TRACE ON",
        "FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() return 1 end)\"",
        "EVALUA FAIL NEXT COMMAND DBSIZE ERROR x",
    ] {
        let reply = run(&mut redis, line);
        assert!(!reply.starts_with("(error)"), "{line}: {reply}");
    }
    assert_eq!(run(&mut redis, "EVALUA RESET"), "OK");
    assert_eq!(run(&mut redis, "EVALUA CLOCK"), began);
    let after: Vec<String> = [script, "DBSIZE"].map(|line| run(&mut redis, line)).into();
    assert_eq!(after, before);
    assert_eq!(run(&mut redis, "EVALUA TRACE GET"), "(empty array)");
    assert_eq!(run(&mut redis, "FUNCTION LIST"), "(empty array)");
    assert_eq!(run(&mut redis, "SELECT 1"), "OK");
    assert_eq!(run(&mut redis, "GET b"), "(nil)");
}

#[test]
fn the_controls_themselves_never_fail_and_are_no_servers() {
    let mut redis = engine();
    redis.fail_next(Fault::new("ERR x").times(10));
    assert_eq!(run(&mut redis, "PING"), "(error) ERR x");
    assert_eq!(run(&mut redis, "EVALUA FAIL CLEAR"), "(integer) 9");
    assert_eq!(run(&mut redis, "PING"), "PONG");
    let count = Reply::count(table::all().count() - 1);
    assert_eq!(redis.command(&["COMMAND", "COUNT"]), count);
    let Reply::Array(names) = redis.command(&["COMMAND", "LIST"]) else {
        panic!("COMMAND LIST is a list");
    };
    assert!(!names.contains(&Reply::bulk("evalua")));
    for line in [
        "EVAL \"return redis.call('EVALUA', 'CLOCK')\" 0",
        "EVALUA nonsense",
        "EVALUA FAIL NEXT 1 2 ERROR x",
        "EVALUA FAIL NEXT -1 ERROR x",
        "EVALUA FAIL NEXT 99999999999999999999 ERROR x",
        "EVALUA FAIL NEXT COMMAND ERROR x",
        "EVALUA FAIL NEXT CALLER NOBODY ERROR x",
        "EVALUA FAIL NEXT AFTER -1 ERROR x",
        "EVALUA FAIL NEXT ERROR ''",
        "EVALUA CLOCK SET",
        "EVALUA CLOCK SET 1.5",
        "EVALUA SEED -1",
    ] {
        let reply = run(&mut redis, line);
        assert!(reply.starts_with("(error) ERR "), "{line}: {reply}");
    }
    assert_eq!(redis.clear_faults(), 0);
    assert_eq!(run(&mut redis, "MULTI"), "OK");
    assert_eq!(
        run(&mut redis, "EVALUA CLOCK ADVANCE 1"),
        "(error) ERR Command not allowed inside a transaction"
    );
}

#[test]
fn a_waiting_client_is_not_asked_for_twice_and_ends_with_the_clock() {
    let mut redis = engine();
    let mut waiting = Session::with_id(1).waits();
    let pop: [&[u8]; 3] = [b"BLPOP", b"l", b"5"];
    redis.execute(&mut waiting, &pop);
    redis.fail_next(Fault::of("BLPOP", "ERR lost").unwrap());
    redis.command(&["RPUSH", "l", "x"]);
    assert_eq!(waiting.take_reply(), Some(Reply::bulks(["l", "x"])));
    let lost = redis.execute(&mut waiting, &pop);
    assert_eq!(lost.as_error().unwrap().as_bytes(), b"ERR lost");

    redis.execute(&mut waiting, &pop);
    assert_eq!(
        run(&mut redis, "EVALUA CLOCK ADVANCE 4999"),
        "(integer) 1004999"
    );
    assert_eq!(waiting.take_reply(), None);
    assert_eq!(
        run(&mut redis, "EVALUA CLOCK ADVANCE 1"),
        "(integer) 1005000"
    );
    assert_eq!(waiting.take_reply(), Some(Reply::NullArray));
}

#[test]
fn the_clock_stands_and_goes() {
    let mut redis = engine();
    assert_eq!(run(&mut redis, "EVALUA CLOCK SET 5000"), "(integer) 5000");
    assert_eq!(run(&mut redis, "TIME"), "1) \"5\"\n2) \"0\"");
    redis.advance(Duration::from_millis(250));
    assert_eq!(run(&mut redis, "EVALUA CLOCK"), "(integer) 5250");
    let Reply::Integer(now_ms) = redis.command(&["EVALUA", "CLOCK", "AUTO"]) else {
        panic!("a clock tells the time");
    };
    assert!(now_ms > 1_700_000_000_000);
    assert!(!redis.core().clock().is_virtual());
}

#[test]
fn a_seed_gives_the_same_numbers_from_then_on() {
    let draws = |redis: &mut Redis| {
        [
            "SRANDMEMBER s",
            "EVAL 'return math.random(1000000)' 0",
            "FCALL f 0",
        ]
        .map(|line| run(redis, line))
        .concat()
    };
    let mut redis = engine();
    redis.command(&[
        "FUNCTION",
        "LOAD",
        "#!lua name=l\nredis.register_function('f', function() return math.random(1000000) end)",
    ]);
    for member in 0..200 {
        redis.command(&["SADD", "s", &format!("m{member}")]);
    }
    redis.set_seed(3);
    let first = draws(&mut redis);
    assert_ne!(draws(&mut redis), first);
    assert_eq!(run(&mut redis, "EVALUA SEED 3"), "OK");
    assert_eq!(draws(&mut redis), first);
}

#[test]
fn the_record_of_scripts_has_what_they_call_and_what_they_are_answered() {
    let mut redis = engine();
    run(&mut redis, "EVALUA TRACE ON");
    run(&mut redis, "SET mine 1");
    run(
        &mut redis,
        "EVAL \"redis.pcall('LPUSH', 'mine', 1) return redis.call('GET', 'mine')\" 0",
    );
    let Reply::Array(calls) = redis.command(&["EVALUA", "TRACE", "GET"]) else {
        panic!("a record is a list");
    };
    assert_eq!(calls.len(), 2);
    let Reply::Array(get) = &calls[1] else {
        panic!("a call is a list");
    };
    assert_eq!(get[0], Reply::bulks(["GET", "mine"]));
    assert_eq!(get[1], Reply::bulk("1"));
    run(&mut redis, "EVALUA TRACE OFF");
    run(&mut redis, "EVAL \"return redis.call('GET', 'mine')\" 0");
    assert_eq!(run(&mut redis, "EVALUA TRACE GET"), "(empty array)");
}

#[test]
fn the_record_of_scripts_does_not_grow_for_ever() {
    let mut redis = engine();
    run(&mut redis, "EVALUA TRACE ON");
    run(
        &mut redis,
        "EVAL \"for i = 1, 70000 do redis.call('ECHO', i) end\" 0",
    );
    let calls = redis.take_trace();
    assert_eq!(calls.len(), 65_536);
    assert_eq!(calls[0].args[1].as_slice(), b"4465");
}

#[test]
fn the_hook_that_was_set_last_is_called_while_a_script_is_busy() {
    let mut redis = Redis::builder().max_instructions(1_000_000_000).build();
    redis.command(&["CONFIG", "SET", "busy-reply-threshold", "1"]);
    redis.while_busy(|_| panic!("another has taken its place"));
    assert_eq!(redis.command(&["EVAL", "return 1", "0"]), Reply::Integer(1));
    redis.while_busy(|script| {
        script.answer(&mut Session::new(), &[b"SCRIPT", b"KILL"]);
    });
    let reply = redis.command(&["EVAL", "while true do end", "0"]);
    let error = reply.as_error().map(ToString::to_string);
    assert!(
        error.is_some_and(|error| error.contains("Script killed by user")),
        "{reply:?}"
    );
}
