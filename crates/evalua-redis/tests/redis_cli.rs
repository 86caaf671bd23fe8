//! Splitting and printing, compared with the real redis-cli.

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use evalua_conformance::resp;
use evalua_conformance::server::Server;
use evalua_redis::{Reply, text};

/// What redis-cli prints for each line of `input`.
fn redis_cli(server: &Server, options: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("redis-cli")
        .args(["-p", &server.port().to_string()])
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-cli comes with redis-server");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    output.stdout
}

fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[test]
fn lines_are_split_alike() {
    let Some(server) = Server::oracle() else {
        return;
    };
    for line in [
        &br"a  b	c "[..],
        br#""a b" 'c d' e"f g" h'i j'"#,
        br#""\n\r\t\b\a\x41\xfF\x4\xzz\q\\\"""#,
        br"'it\'s' '\n' '\\' '\x41'",
        br#"'' """#,
        br#"a\ b \x41 \""#,
        b"\"\xff\xc3\xa9\" \x01",
        b"a\x0bb \x0c c",
        br#"{"json":"x"}"#,
        br#"a"b"c"#,
        br#""a"b"#,
        br"'a'b",
        br#""a"#,
        br"'a",
        br#""a\"#,
        br#"""#,
        br"it's",
    ] {
        let command = [b"EVAL 'return ARGV' 0 ", line, b"\n"].concat();
        let expected = redis_cli(&server, &["--no-raw"], &command);
        let got = match text::split_line(line) {
            Some(words) => text::print(&Reply::bulks(words)),
            None => b"Invalid argument(s)".to_vec(),
        };
        assert_eq!(
            shown(&got),
            shown(expected.trim_ascii_end()),
            "{}",
            shown(line)
        );
    }
}

#[test]
fn replies_are_printed_alike() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let scripts = [
        "return 1",
        "return -7",
        "return 'text'",
        "return ''",
        r#"return '\0\1\7\8\t\n\11\12\r\27\31 !\"\\~\127\128\255'"#,
        "return false",
        "return {}",
        "return {{}}",
        "return {1}",
        "return {{{1}}}",
        "return {1, {2, {3, {4, 'x'}, {}}, false}, {}}",
        "return {{1, 2}, {3, 4}, 5}",
        "local t = {} for i = 1, 10 do t[i] = {i, {i, i}} end return t",
        "local t = {} for i = 1, 101 do t[i] = i end return {t, t}",
        "return {ok = 'FINE'}",
        "return {err = 'ERR bad'}",
        "return {1, {err = 'ERR bad'}, {ok = 'FINE'}, 'x'}",
        "return {'a\\nb', {'c\\nd'}}",
    ];
    let mut client = server.connect().unwrap();
    for script in scripts {
        let reply = support::from_wire(client.command(["EVAL", script, "0"]).unwrap());
        compare(
            &server,
            &[],
            &format!("EVAL {} 0\n", text::quote(script.as_bytes())),
            &reply,
        );
    }
}

#[test]
fn resp3_replies_are_printed_alike() {
    let Some(server) = Server::oracle() else {
        return;
    };
    let mut client = server.connect().unwrap();
    client.command(["HELLO", "3"]).unwrap();
    for kind in [
        "string", "integer", "double", "null", "array", "set", "map", "verbatim", "true", "false",
    ] {
        let reply = client.command(["DEBUG", "PROTOCOL", kind]).unwrap();
        let command = format!("DEBUG PROTOCOL {kind}\n");
        compare(&server, &["-3"], &command, &from_resp3(reply));
    }
    client
        .command(["ZADD", "z", "1.5", "a", "17", "b", "inf", "c"])
        .unwrap();
    client.command(["HSET", "h", "f", "1", "g", "2"]).unwrap();
    for command in [
        "ZRANGE z 0 -1 WITHSCORES",
        "ZSCORE z a",
        "HGETALL h",
        "HGETALL none",
        "SMEMBERS none",
    ] {
        let reply = client.command(command.split(' ')).unwrap();
        compare(
            &server,
            &["-3"],
            &format!("{command}\n"),
            &from_resp3(reply),
        );
    }
}

/// Compares both forms of a reply with what redis-cli prints for `command`.
fn compare(server: &Server, options: &[&str], command: &str, reply: &Reply) {
    for (form, got) in [
        ("--no-raw", text::print(reply)),
        ("--raw", text::print_raw(reply)),
    ] {
        let options = [options, &[form]].concat();
        let expected = redis_cli(server, &options, command.as_bytes());
        // The line's end belongs to the terminal, not to the reply.
        let expected = expected.strip_suffix(b"\n").unwrap_or(&expected);
        assert_eq!(shown(&got), shown(expected), "{form}: {command}");
    }
}

/// A reply from a RESP3 connection.
fn from_resp3(reply: resp::Reply) -> Reply {
    let all = |items: Vec<resp::Reply>| items.into_iter().map(from_resp3).collect();
    match reply {
        resp::Reply::Array(items) => Reply::Array(all(items)),
        resp::Reply::Set(items) => Reply::Set(all(items)),
        resp::Reply::Map(pairs) => Reply::Map(
            pairs
                .into_iter()
                .map(|(key, value)| (from_resp3(key), from_resp3(value)))
                .collect(),
        ),
        resp::Reply::Bool(yes) => Reply::Boolean(yes),
        resp::Reply::Double(text) => {
            let text = String::from_utf8(text).unwrap();
            Reply::Double(text.parse().unwrap())
        }
        resp::Reply::Verbatim { format, text } => {
            Reply::Verbatim(format.try_into().unwrap(), text.as_slice().into())
        }
        other => support::from_wire(other),
    }
}
