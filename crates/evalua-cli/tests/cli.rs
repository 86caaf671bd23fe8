//! The program as a person or another program runs it: output, errors, exit status.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

#[path = "cli/check.rs"]
mod check;
#[path = "cli/coverage.rs"]
mod coverage;
#[path = "cli/dap.rs"]
mod dap;
#[path = "cli/debug.rs"]
mod debug;
#[path = "cli/documented.rs"]
mod documented;
#[path = "cli/remote.rs"]
mod remote;
#[path = "cli/showcase.rs"]
mod showcase;
#[path = "cli/test.rs"]
mod test;
#[path = "cli/trace.rs"]
mod trace;

/// What a run printed, and its exit status.
#[derive(Debug, PartialEq, Eq)]
struct Run {
    stdout: String,
    stderr: String,
    status: Option<i32>,
}

fn evalua<A: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = A>) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_evalua"))
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code(),
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    dir
}

fn replies(stdout: &str) -> Run {
    Run {
        stdout: stdout.to_owned(),
        stderr: String::new(),
        status: Some(0),
    }
}

#[test]
fn keys_before_the_comma_and_arguments_after_it() {
    let dir = folder(&[("s.lua", b"return {KEYS, ARGV}")]);
    let run = |words: &[&str]| evalua(dir.path(), [&["eval", "s.lua"], words].concat());
    let one_two = "1) 1) \"a\"\n   2) \"b\"\n2) 1) \"x\"\n   2) \"y\"\n";
    assert_eq!(run(&["a", "b", ",", "x", "y"]), replies(one_two));
    assert_eq!(run(&[]), replies("1) (empty array)\n2) (empty array)\n"));
    assert_eq!(run(&["a"]), replies("1) 1) \"a\"\n2) (empty array)\n"));
    // Behind the comma everything is an argument: options, a second comma, nothing at all.
    assert_eq!(
        run(&[",", "--shown", "-5", ",", ""]),
        replies("1) (empty array)\n2) 1) \"--shown\"\n   2) \"-5\"\n   3) \",\"\n   4) \"\"\n")
    );
    // A key that looks like an option.
    assert_eq!(
        run(&["--", "-k"]),
        replies("1) 1) \"-k\"\n2) (empty array)\n")
    );
}

#[test]
fn a_comma_that_is_forgotten_is_told() {
    let dir = folder(&[("s.lua", b"return 1 + ARGV[1]")]);
    let run = |words: &[&str]| evalua(dir.path(), [&["eval", "s.lua"], words].concat());
    let forgotten = run(&["a", "5"]);
    let hint =
        "evalua: there is no ARGV, since all words are keys: arguments come after a lone comma\n";
    assert!(forgotten.stderr.ends_with(hint), "{forgotten:?}");
    let joined = run(&["a,", "5"]);
    let hint =
        "evalua: a, is a key with its comma: the one before the arguments has blanks around it\n";
    assert!(joined.stderr.ends_with(hint), "{joined:?}");
    for option in ["--repeat", "--at=5"] {
        let behind = run(&["a", ",", "5", option, "2"]);
        let hint = format!("evalua: {option} is in ARGV: what follows the comma is no option\n");
        assert_eq!(
            (behind.stdout.as_str(), behind.stderr),
            ("(integer) 6\n", hint)
        );
    }
    // Nothing seems to be amiss.
    assert_eq!(
        run(&["a", ",", "5", "--repeatedly", "-e"]),
        replies("(integer) 6\n")
    );
    assert_eq!(run(&["a,", ",", "5"]), replies("(integer) 6\n"));
    assert!(!run(&[]).stderr.contains("evalua:"));
}

#[test]
fn a_source_on_the_command_line() {
    let dir = folder(&[]);
    let args = ["eval", "-e", "return KEYS[1] .. ARGV[1]", "k", ",", "v"];
    assert_eq!(evalua(dir.path(), args), replies("\"kv\"\n"));
}

#[cfg(unix)]
#[test]
fn words_and_scripts_need_not_be_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let dir = folder(&[("s.lua", b"return KEYS[1] .. ARGV[1] .. '\xff'")]);
    let words = ["eval", "s.lua", "k\u{e9}", ","].map(OsStr::new);
    let words = words
        .into_iter()
        .chain([OsStr::from_bytes(b"\xfe\0".split_at(1).0)]);
    assert_eq!(
        evalua(dir.path(), words),
        replies("\"k\\xc3\\xa9\\xfe\\xff\"\n")
    );
}

#[test]
fn the_clock_stands_and_moves() {
    let dir = folder(&[("s.lua", b"return redis.call('TIME')")]);
    let args = [
        "eval",
        "--at",
        "1700000000250",
        "--repeat",
        "2",
        "--advance",
        "0.5",
        "s.lua",
    ];
    assert_eq!(
        evalua(dir.path(), args),
        replies("1) \"1700000000\"\n2) \"250000\"\n1) \"1700000000\"\n2) \"750000\"\n")
    );
}

#[test]
fn set_up_runs_first_and_show_shows_what_is_left() {
    let dir = folder(&[
        (
            "setup.redis",
            b"# accounts\n\nSET alice 100 EX 90\nSET \"bob \\x41\" 5\r\nRPUSH queue 'a b' c\nSELECT 1\nSET other 1\nSELECT 0\n",
        ),
        ("s.lua", b"return redis.call('DECRBY', KEYS[1], ARGV[1])"),
    ]);
    let args = [
        "--setup",
        "setup.redis",
        "--at",
        "0",
        "--show",
        "s.lua",
        "alice",
        ",",
        "30",
    ];
    assert_eq!(
        evalua(dir.path(), ["eval"].iter().chain(&args)),
        replies(concat!(
            "(integer) 70\n\n",
            "keyspace: 4 keys\n",
            "\"alice\" (string, expires in 90 s)\n  \"70\"\n",
            "\"bob A\" (string)\n  \"5\"\n",
            "\"queue\" (list)\n  \"a b\"\n  \"c\"\n",
            "db1 \"other\" (string)\n  \"1\"\n",
        ))
    );
    assert_eq!(
        evalua(dir.path(), ["eval", "--json"].iter().chain(&args)),
        replies(concat!(
            "{\"reply\":70}\n",
            "{\"keyspace\":[",
            "{\"key\":\"alice\",\"ttl_ms\":90000,\"type\":\"string\",\"value\":\"70\"},",
            "{\"key\":\"bob A\",\"ttl_ms\":null,\"type\":\"string\",\"value\":\"5\"},",
            "{\"key\":\"queue\",\"ttl_ms\":null,\"type\":\"list\",\"value\":[\"a b\",\"c\"]},",
            "{\"db\":1,\"key\":\"other\",\"ttl_ms\":null,\"type\":\"string\",\"value\":\"1\"}",
            "]}\n",
        ))
    );
}

#[test]
fn raw_replies() {
    let dir = folder(&[]);
    let args = ["eval", "--raw", "-e", "return {1, 'a\\nb', {false, 'c'}}"];
    assert_eq!(evalua(dir.path(), args), replies("1\na\nb\n\nc\n"));
}

#[test]
fn an_error_reply_is_printed_and_placed() {
    let dir = folder(&[("s.lua", b"local t\n\nreturn t.x\n")]);
    let run = evalua(dir.path(), ["eval", "s.lua"]);
    let error = "(error) ERR user_script:3: attempt to index local 't' (a nil value) script: ";
    assert!(run.stdout.starts_with(error), "{run:?}");
    assert!(run.stdout.ends_with(", on @user_script:3.\n"), "{run:?}");
    assert_eq!(run.stderr, "s.lua:3: return t.x\n");
    assert_eq!(run.status, Some(1));

    let run = evalua(dir.path(), ["eval", "-e", "return +"]);
    assert_eq!(
        run,
        Run {
            stdout: "(error) ERR Error compiling script (new function): user_script:1: \
                     unexpected symbol near '+'\n"
                .to_owned(),
            stderr: "-e:1: return +\n".to_owned(),
            status: Some(1),
        }
    );
}

#[test]
fn a_failed_script_leaves_its_earlier_writes() {
    let dir = folder(&[(
        "s.lua",
        b"redis.call('SET', 'a', 1)\nredis.call('NO-SUCH')\nredis.call('SET', 'b', 1)",
    )]);
    let run = evalua(dir.path(), ["eval", "--show", "s.lua"]);
    assert_eq!(run.status, Some(1), "{run:?}");
    assert!(
        run.stdout
            .ends_with("\nkeyspace: 1 key\n\"a\" (string)\n  \"1\"\n"),
        "{run:?}"
    );
    assert_eq!(run.stderr, "s.lua:2: redis.call('NO-SUCH')\n");
}

#[test]
fn a_script_that_would_not_end_is_stopped() {
    let dir = folder(&[]);
    let instructions = ["--max-instructions", "5000000"];
    let memory = ["--max-memory", "64M"];
    for (limit, source, message) in [
        (instructions, "while true do end", "instructions"),
        (
            instructions,
            "while true do pcall(error, 'x') end",
            "instructions",
        ),
        (
            instructions,
            "local function f() return f() end f()",
            "instructions",
        ),
        (memory, "return string.rep('x', 1e9)", "not enough memory"),
        (
            memory,
            "local t = {} while true do t[#t + 1] = {} end",
            "not enough memory",
        ),
        (
            memory,
            "local s = 'x' while true do s = s .. s end",
            "not enough memory",
        ),
        (
            memory,
            "local function f() return 1 + f() end f()",
            "stack overflow",
        ),
    ] {
        let source = format!("redis.call('SET', 'k', 'v') {source}");
        let args = ["eval", "--show", "-e", &source].into_iter().chain(limit);
        let run = evalua(dir.path(), args);
        assert_eq!(run.status, Some(1), "{source}: {run:?}");
        let (error, keyspace) = run.stdout.split_once('\n').unwrap();
        assert!(error.starts_with("(error) ERR "), "{source}: {run:?}");
        assert!(error.contains(message), "{source}: {run:?}");
        assert_eq!(keyspace, "\nkeyspace: 1 key\n\"k\" (string)\n  \"v\"\n");
        assert_eq!(run.stderr, format!("-e:1: {source}\n"));
    }
}

#[test]
fn what_a_script_logs_goes_to_standard_error() {
    let dir = folder(&[]);
    let source = "redis.log(redis.LOG_WARNING, 'low', 'water') return 1";
    let run = evalua(dir.path(), ["eval", "-e", source]);
    assert_eq!(run.stdout, "(integer) 1\n");
    assert_eq!(run.stderr, "warning: low water\n");
}

#[test]
fn bad_usage() {
    let dir = folder(&[
        ("s.lua", b"return 1"),
        ("quote.redis", b"SET a 1\nSET b \"x\n"),
        ("arity.redis", b"SET a 1\n\nSET b\n"),
    ]);
    for (args, message, status) in [
        (
            &["eval"][..],
            "no script: name a file, or give its text with -e",
            2,
        ),
        (&["eval", "none.lua"], "none.lua: No such file", 2),
        (
            &["eval", "return 1"],
            "; the text of a script is given with -e",
            2,
        ),
        (
            &["eval", "--setup", "none.redis", "s.lua"],
            "none.redis: No such file",
            2,
        ),
        (
            &["eval", "--setup", "SET a 1", "s.lua"],
            "; --setup takes a file with commands, and not a command",
            2,
        ),
        (
            &["eval", "--setup", "quote.redis", "s.lua"],
            "quote.redis:2: a quote is not closed",
            2,
        ),
        (
            &["eval", "--setup", "arity.redis", "s.lua"],
            "arity.redis:3: ERR wrong number of arguments for 'set' command",
            1,
        ),
        (
            &["eval", "--at", "soon", "s.lua"],
            "invalid value 'soon'",
            2,
        ),
        (&["eval", "--at=-1", "s.lua"], "invalid value '-1'", 2),
        (&["eval", "--advance=-1", "s.lua"], "invalid value '-1'", 2),
        (
            &["eval", "--profile", "redis-1.0", "s.lua"],
            "invalid value 'redis-1.0'",
            2,
        ),
        (
            &["eval", "--json", "--raw", "s.lua"],
            "cannot be used with",
            2,
        ),
        (
            &["eval", "--no-such-option", "s.lua"],
            "unexpected argument",
            2,
        ),
        (&["no-such-command"], "unrecognized subcommand", 2),
        (
            &["lua", "none.lua"],
            "cannot open none.lua: No such file",
            1,
        ),
        (&["serve", "--port", "70000"], "invalid value '70000'", 2),
        (
            &["serve", "--bind", "nowhere"],
            "invalid value 'nowhere'",
            2,
        ),
        (
            &["serve", "--port", "0", "--bind", "192.0.2.1"],
            "evalua: 192.0.2.1:0: Cannot assign requested address",
            1,
        ),
        (
            &["serve", "--config", "maxmemory"],
            "there is no = between name and value",
            2,
        ),
        (
            &["serve", "--config", "maxmemory=much"],
            "evalua: the setting maxmemory: ERR CONFIG SET failed",
            2,
        ),
        (
            &["serve", "--config", "no-such=1"],
            "evalua: the setting no-such: ERR Unknown option",
            2,
        ),
        (
            &["serve", "--port", "0", "--unixsocket", "s.lua"],
            "evalua: s.lua: there is a file that is no socket",
            1,
        ),
        (
            &["serve", "--port", "0", "--unixsocket", "none/s.sock"],
            "evalua: none/s.sock: No such file or directory",
            1,
        ),
    ] {
        let run = evalua(dir.path(), args);
        assert!(run.stderr.contains(message), "{args:?}: {run:?}");
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (Some(status), ""),
            "{args:?}"
        );
    }
}

#[test]
fn help_has_examples() {
    let dir = folder(&[]);
    for command in ["check", "diff", "eval", "serve", "test"] {
        let run = evalua(dir.path(), [command, "--help"]);
        assert!(run.stdout.contains("Examples:"), "{run:?}");
        assert_eq!(run.status, Some(0));
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_crash() {
    let dir = folder(&[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_evalua"))
        .args(["eval", "--repeat", "100000", "-e", "return 1"])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_lua_program_has_its_arguments() {
    let dir = folder(&[(
        "p.lua",
        b"#!/usr/bin/env lua\nprint(arg[0], arg[1], #arg, ...)",
    )]);
    assert_eq!(
        evalua(dir.path(), ["lua", "p.lua", "-x", "y"]),
        replies("p.lua\t-x\t2\t-x\ty\n")
    );
}

/// What plain Lua gets from `require` works to the byte as in a script, and is no global.
#[test]
fn libraries_of_redis_can_be_required() {
    const WORK: &str = "
        local out = {
            cjson.encode({1, 2.5, {a = {}, b = 1e100, ['ä'] = 'x\\0/'}, cjson.null}),
            cjson.encode(cjson.decode('{\"k\":[1,null,{\"z\":true,\"y\":[]}],\"o\":{}}')),
            cmsgpack.pack({1, 'two', {3.5, x = false}}, 70000, -1),
            struct.pack('>I2i4s!4d', 258, -2, 'zero', 0.1),
            bit.tohex(bit.bxor(bit.lshift(1, 31), 0xff)),
            select(2, pcall(cjson.decode, '[1')),
        }
        for i = 1, #out do
            out[i] = out[i]:gsub('.', function(c) return ('%02x'):format(c:byte()) end)
        end
        return table.concat(out, ' ')";
    let dir = folder(&[]);
    let names = ["cjson", "cmsgpack", "struct", "bit"];
    let locals: String = names
        .iter()
        .map(|name| {
            format!(
                "local {name} = require '{name}'
                 assert(_G.{name} == nil and package.loaded.{name} == {name})
                 assert(require '{name}' == {name} and not getmetatable({name}))\n"
            )
        })
        .collect();
    let plain = format!("{locals} print((function() {WORK} end)())");
    let plain = evalua(dir.path(), ["lua", "-e", &plain]);
    let script = evalua(dir.path(), ["eval", "--raw", "-e", WORK]);
    assert_eq!(plain, script);
    assert!(
        script.stdout.len() > 200 && script.status == Some(0),
        "{script:?}"
    );
}

#[test]
fn a_lua_error_names_file_and_line() {
    let dir = folder(&[
        ("run.lua", b"print('before')\nlocal t = nil\nprint(t.x)"),
        ("syntax.lua", b"x = = 1"),
    ]);
    assert_eq!(
        evalua(dir.path(), ["lua", "run.lua"]),
        Run {
            stdout: "before\n".to_owned(),
            // As lua5.1 has it.
            stderr: "evalua: run.lua:3: attempt to index local 't' (a nil value)\n\
                     stack traceback:\n\trun.lua:3: in main chunk\n\t[C]: ?\n"
                .to_owned(),
            status: Some(1),
        }
    );
    assert_eq!(
        evalua(dir.path(), ["lua", "syntax.lua"]),
        Run {
            stdout: String::new(),
            stderr: "evalua: syntax.lua:1: unexpected symbol near '='\n".to_owned(),
            status: Some(1),
        }
    );
}

#[test]
fn strict_says_what_it_finds_once_and_changes_nothing_else() {
    let dir = folder(&[
        (
            "s.lua",
            b"local key = 'user:' .. ARGV[1]\nreturn {redis.call('GET', key), 1.5}",
        ),
        ("setup.redis", b"EVAL 'return 2.5' 0"),
    ]);
    let run = |options: &[&str]| {
        let words = [&["eval", "s.lua", "--repeat", "2"], options, &[",", "7"]];
        evalua(dir.path(), words.concat())
    };
    let plain = run(&[]);
    assert_eq!(
        plain,
        replies("1) (nil)\n2) (integer) 1\n1) (nil)\n2) (integer) 1\n")
    );
    let found = "s.lua:2: strict: GET uses the key \"user:7\", which is not declared: pass it in KEYS\n\
                 s.lua: strict: result[2] is 1.5 and is sent as the integer 1: return it as a string\n";
    let strict = run(&["--strict"]);
    assert_eq!(
        (&strict.stdout, strict.status),
        (&plain.stdout, plain.status)
    );
    assert_eq!(strict.stderr, found);
    let with_setup = run(&["--strict=replica", "--setup", "setup.redis"]);
    let of_setup = "b8d4b3ebbda9b52ccc58ba04220c7cf2640cfcd2: strict: the result is 2.5 and is sent as the \
                    integer 2: return it as a string\n";
    assert_eq!(with_setup.stderr, format!("{of_setup}{found}"));
    let elsewhere = run(&["--strict=moon"]);
    assert_eq!(elsewhere.status, Some(2));
}

#[cfg(unix)]
#[test]
fn serve_answers_until_it_is_interrupted() {
    use std::io::{BufRead, BufReader};

    use evalua_conformance::resp::{Client, Reply};
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let dir = folder(&[("setup.redis", b"SET greeting hello")]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_evalua"))
        .args(["serve", "--port", "0", "--setup", "setup.redis", "--strict"])
        .args(["--requirepass", "secret", "--config", "maxmemory=100mb"])
        .args(["--unixsocket", "evalua.sock"])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    assert_eq!(line(), "evalua is ready at unix:evalua.sock");
    let line = line();
    let address = line
        .trim()
        .strip_prefix("evalua is ready at redis://")
        .unwrap();
    let port = address.strip_prefix("127.0.0.1:").unwrap();

    let mut client = Client::connect(address.parse().unwrap()).unwrap();
    assert_eq!(
        client.command(["GET", "greeting"]).unwrap(),
        Reply::Error(b"NOAUTH Authentication required.".to_vec())
    );
    client.command(["AUTH", "secret"]).unwrap();
    let memory = ["maxmemory", "104857600"].map(|text| Reply::Bulk(text.into()));
    assert_eq!(
        client.command(["CONFIG", "GET", "maxmemory"]).unwrap(),
        Reply::Array(memory.into())
    );
    assert_eq!(
        client.command(["GET", "greeting"]).unwrap(),
        Reply::Bulk(b"hello".to_vec())
    );
    client
        .command(["EVAL", "return redis.call('DBSIZE')", "0"])
        .unwrap();
    let second = evalua(dir.path(), ["serve", "--port", port]);
    assert!(
        second.stderr.contains("Address already in use"),
        "{second:?}"
    );
    assert_eq!(second.status, Some(1));
    let words = ["serve", "--port", "0", "--unixsocket", "evalua.sock"];
    let second = evalua(dir.path(), words);
    assert!(
        second.stderr.contains("evalua.sock: address in use"),
        "{second:?}"
    );

    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    let end = child.wait_with_output().unwrap();
    assert_eq!(end.status.code(), Some(0));
    assert!(!dir.path().join("evalua.sock").exists());
    assert!(client.at_end().unwrap());
    let found = String::from_utf8(end.stderr).unwrap();
    assert!(found.contains(":1: strict: DBSIZE uses keys"), "{found}");
}

#[test]
fn lua_takes_the_options_of_lua51() {
    let dir = folder(&[
        ("mod.lua", b"print('mod') return {}"),
        ("args.lua", b"print(arg[0], arg[1], arg[2], arg[-1], ...)"),
    ]);
    let run = |args: &[&str]| {
        evalua(
            dir.path(),
            std::iter::once("lua").chain(args.iter().copied()),
        )
    };
    for (args, stdout) in [
        (&["-e", "print(1)", "-eprint(2)"][..], "1\n2\n"),
        (
            &["-l", "mod", "-e", "print(type(package.loaded.mod))"],
            "mod\ntable\n",
        ),
        (&["args.lua", "x", "-e"], "args.lua\tx\t-e\tlua\tx\t-e\n"),
        (&["-e", "a = 5", "args.lua"], "args.lua\tnil\tnil\ta = 5\n"),
    ] {
        let done = run(args);
        assert_eq!(done.status, Some(0), "{args:?}: {}", done.stderr);
        assert!(done.stdout.starts_with(stdout), "{args:?}: {}", done.stdout);
    }
    for (args, status) in [
        (&["-x"][..], 2),
        (&["-e"], 2),
        (&["-e", "error('x')"], 1),
        (&["-e", "os.exit(9)"], 9),
    ] {
        assert_eq!(run(args).status, Some(status), "{args:?}");
    }
}

#[test]
fn completions_and_pages_of_the_manual() {
    let dir = folder(&[]);
    let run = |words: &[&str]| evalua(dir.path(), words);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.status, Some(0), "{shell}: {script:?}");
        assert!(script.stdout.contains("max-instructions"), "{shell}");
    }
    let page = run(&["man"]).stdout;
    assert!(page.contains(".TH evalua 1"), "{page}");
    assert!(page.contains("evalua\\-serve(1)"), "{page}");
    let page = run(&["man", "serve"]).stdout;
    assert!(page.contains(".TH evalua-serve 1"), "{page}");
    assert!(page.contains("\\-\\-profile"), "{page}");
    let missing = run(&["man", "sing"]);
    assert_eq!(missing.status, Some(2));
    assert_eq!(
        missing.stderr,
        "evalua: there is no command 'sing': see 'evalua --help'\n"
    );
}
