//! What coverage counts, and that a chunk does the same with it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use evalua_conformance::generator;
use evalua_vm::StdLib;
use evalua_vm::coverage::{Choice, Counts, Place, Report};
use evalua_vm::stack::{Failure, State};

/// How often each statement of a source ran, as `line:column=runs`, and the ways of its choices.
fn covered(source: &str) -> (String, String) {
    let report = run(source).report();
    let statements = (report.statements.iter())
        .map(|s| format!("{}:{}={}", s.place.line, s.place.column, s.runs))
        .collect::<Vec<_>>();
    (statements.join(" "), choices(&report))
}

fn choices(report: &Report) -> String {
    let branches = (report.branches.iter())
        .map(|b| {
            let place = b.place;
            let [first, second] = b.taken;
            let (line, column, choice) = (place.line, place.column, b.choice);
            format!("{line}:{column} {choice:?} {first}/{second}")
        })
        .collect::<Vec<_>>();
    branches.join(", ")
}

fn run(source: &str) -> Counts {
    let mut lua = State::new().unwrap();
    lua.enter(|call| {
        let counts = call.push_counted_chunk(source.as_bytes(), b"=test");
        let counts = counts.unwrap().unwrap();
        let _ = call.protected_call_top(0, None);
        counts
    })
}

fn statements(source: &str) -> String {
    covered(source).0
}

fn branches(source: &str) -> String {
    covered(source).1
}

#[test]
fn statements_are_counted() {
    assert_eq!(
        statements("local a = 1\na = a + 1 a = 2\nreturn a"),
        "1:1=1 2:1=1 2:11=1 3:1=1"
    );
    assert_eq!(
        statements("for i = 1, 3 do\n  local x = i\nend"),
        "1:1=1 2:3=3"
    );
    // What stands behind an error does not run, nor what nobody calls.
    assert_eq!(statements("error('x')\nlocal a = 1"), "1:1=1 2:1=0");
    assert_eq!(
        statements("local function f()\n  return 1\nend"),
        "1:1=1 2:3=0"
    );
    assert_eq!(
        statements("local function f()\n  return 1\nend\nf() f()"),
        "1:1=1 2:3=2 4:1=1 4:5=1"
    );
    // Variables without values share an instruction.
    assert_eq!(
        statements("local a\nlocal b\nif a then\n  local c\nend"),
        "1:1=1 2:1=1 3:1=1 4:3=0"
    );
    // A loop that tests first begins with each test.
    assert_eq!(
        statements("local n = 2\nwhile n > 0 do\n  n = n - 1\nend"),
        "1:1=1 2:1=3 3:3=2"
    );
    assert_eq!(
        statements("do local a = 1 end repeat local b = 2 until b"),
        "1:4=1 1:27=1"
    );
}

#[test]
fn a_statement_that_jumps_pass_by_is_counted() {
    // The jump over the `if` leads where the `break` does, and does not pass it.
    let source = "local done = ...\nwhile true do\n  if done then done = 1 end\n  break\nend";
    assert_eq!(statements(source), "1:1=1 2:1=1 3:3=1 3:16=0 4:3=1");
    let source = "for i = 1, 4 do\n  if i > 2 then i = 0 end\n  if i > 1 then i = 0 elseif i then i = 1 end\n  while false do end\nend";
    assert_eq!(
        statements(source),
        "1:1=1 2:3=4 2:17=2 3:3=4 3:17=1 3:37=3 4:3=4"
    );
}

#[test]
fn choices_have_two_ways() {
    for (source, expected) in [
        ("local a = ... if a then a = 1 end", "1:18 If 0/1"),
        ("local a = 1 if a then a = 1 end", "1:16 If 1/0"),
        (
            "local a = 1 if not a then a = 1 else a = 2 end",
            "1:16 If 0/1",
        ),
        ("local a = 1 if a == 1 then a = 1 end", "1:16 If 1/0"),
        ("local a = 1 if not (a == 1) then a = 1 end", "1:16 If 0/1"),
        (
            "for i = 1, 3 do if i == 1 then i = 0 elseif i == 2 then i = 0 else i = 0 end end",
            "1:20 If 1/2, 1:45 If 1/1",
        ),
        ("local n = 3 while n > 0 do n = n - 1 end", "1:19 While 3/1"),
        (
            "local n = 3 while true do n = n - 1 if n == 0 then break end end",
            "1:40 If 1/2",
        ),
        (
            "local n = 3 repeat n = n - 1 until n == 0",
            "1:36 Until 1/2",
        ),
        ("for i = 1, 3 do local a = i end", ""),
        (
            "local n = 0 for i = 1, n do local a = i end",
            "1:13 For 0/1",
        ),
        (
            "local n = 2 for i = 1, n do local a = i end",
            "1:13 For 1/0",
        ),
        ("for k in pairs({}) do local a = k end", "1:1 ForIn 0/1"),
        (
            "for k in pairs({ 1, 2 }) do local a = k end",
            "1:1 ForIn 2/1",
        ),
        ("for k in pairs({ 1, 2 }) do break end", "1:1 ForIn 1/0"),
    ] {
        assert_eq!(branches(source), expected, "{source}");
    }
}

#[test]
fn what_is_left_out_of_conditions_shows() {
    let calls = |body: &str| {
        format!(
            "local function f(a, b, c) {body} end f(true, false) f(false, true) f(false, false, 1)"
        )
    };
    for (body, expected) in [
        ("if a and b then c = 1 end", "1:30 And 1/2, 1:30 If 0/3"),
        ("if a or b then c = 1 end", "1:30 Or 1/2, 1:30 If 2/1"),
        (
            "if (a and b) or c then c = 1 end",
            "1:30 Or 0/3, 1:30 If 1/2, 1:31 And 1/2",
        ),
        ("if not (a or b) then c = 1 end", "1:30 If 1/2, 1:35 Or 1/2"),
        ("return a or b", "1:34 Or 1/2"),
        ("return a and b or c", "1:34 And 1/2, 1:34 Or 0/3"),
        ("c = a == b", ""),
        ("c = a == b and 1 or 2", "1:31 And 1/2, 1:31 Or 1/2"),
        (
            "while a and not b do a = nil end",
            "1:33 And 1/3, 1:33 While 1/3",
        ),
    ] {
        assert_eq!(branches(&calls(body)), expected, "{body}");
    }
}

#[test]
fn a_condition_that_fails_goes_neither_way() {
    assert_eq!(
        branches("local a, b = 1 if a < b then a = 1 end"),
        "1:19 If 0/0"
    );
    assert_eq!(
        branches("pcall(function(a, b) while a < b do a = 1 end end, 1)"),
        "1:28 While 0/0"
    );
}

#[test]
fn a_choice_between_nothing_and_nothing_is_none() {
    assert_eq!(branches("local a = 1 if a then end"), "");
    assert_eq!(
        branches("local a, b = 1, 2 if a and b then end"),
        "1:22 And 1/0"
    );
}

#[test]
fn coroutines_and_tail_calls_are_counted() {
    let source = "local function g() return 1 end\n\
        local co = coroutine.wrap(function(a)\n  coroutine.yield(a)\n  return g()\nend)\nco(1) co(2)";
    assert_eq!(
        statements(source),
        "1:1=1 1:20=1 2:1=1 3:3=1 4:3=1 6:1=1 6:7=1"
    );
    let source =
        "local function loop(n) if n == 0 then return 0 end return loop(n - 1) end\nloop(4)";
    assert_eq!(covered(source).0, "1:1=1 1:24=5 1:39=1 1:52=4 2:1=1");
    assert_eq!(branches(source), "1:27 If 1/4");
}

#[test]
fn hooks_and_coverage_do_not_see_each_other() {
    let source = "local lines = 0\ndebug.sethook(function() lines = lines + 1 end, 'l')\nlocal a = 1\na = 2\n\
        debug.sethook()\na = debug.gethook()\nassert(a == nil and lines == 3, lines)\nreturn a";
    let mut lua = State::with_libraries(StdLib::ALL).unwrap();
    let counts = lua.enter(|call| {
        let counts = call
            .push_counted_chunk(source.as_bytes(), b"=test")
            .unwrap()
            .unwrap();
        let outcome = call.protected_call_top(0, None);
        assert!(
            outcome.is_ok(),
            "{:?}",
            call.view(1).as_bytes().map(String::from_utf8_lossy)
        );
        counts
    });
    assert!(counts.report().statements.iter().all(|s| s.runs > 0));
}

#[test]
fn counts_go_on_and_can_be_cleared() {
    let mut lua = State::new().unwrap();
    let counts = lua.enter(|call| {
        let counts = call
            .push_counted_chunk(b"return 1", b"=test")
            .unwrap()
            .unwrap();
        for _ in 0..3 {
            call.push_copy(1).unwrap();
            call.protected_call_top(0, None).unwrap();
            call.truncate(1);
        }
        counts
    });
    assert_eq!(counts.report().statements[0].runs, 3);
    counts.clear();
    drop(lua);
    assert_eq!(counts.report().statements[0].runs, 0);
    assert_eq!(
        run("if x then end")
            .report()
            .branches
            .first()
            .map(|b| b.choice),
        None::<Choice>
    );
}

/// What a program prints.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What comes of a program: its output, its error, and what is left of its budget.
type Outcome = (String, Option<String>, Option<u64>);

fn outcome(path: &Path, source: &[u8], is_counted: bool) -> Outcome {
    let mut lua = State::with_libraries(StdLib::ALL).unwrap();
    outcome_in(&mut lua, path, source, is_counted).0
}

/// The outcome in a state, and the counts.
fn outcome_in(
    lua: &mut State,
    path: &Path,
    source: &[u8],
    is_counted: bool,
) -> (Outcome, Option<Counts>) {
    let output = Output::default();
    lua.set_output(output.clone());
    lua.set_fuel(Some(200_000_000));
    let mut counts = None;
    let name = format!("@{}", path.file_name().unwrap().to_string_lossy());
    let error = lua.enter(|call| {
        let loaded = match is_counted {
            true => call
                .push_counted_chunk(source, name.as_bytes())
                .unwrap()
                .map(|those| counts = Some(those)),
            false => call.push_chunk(source, name.as_bytes()).unwrap(),
        };
        if let Err(message) = loaded {
            return Some(String::from_utf8_lossy(&message).into_owned());
        }
        match call.protected_call_top(0, None) {
            Ok(()) => None,
            Err(Failure::Error) => {
                let error = call.view(call.height());
                let text = error.as_bytes().map(String::from_utf8_lossy);
                Some(text.map_or_else(|| error.type_name().to_owned(), String::from))
            }
            Err(failure) => Some(format!("{failure:?}")),
        }
    });
    let output = output.0.lock().unwrap().clone();
    let output = String::from_utf8_lossy(&output).into_owned();
    ((output, error, lua.fuel()), counts)
}

fn programs(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Some of those reach outside of the state: files, other programs, the time.
            let reaches_out = ["io", "os", "package"]
                .iter()
                .any(|dir| path.ends_with(dir));
            if !reaches_out {
                programs(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            found.push(path);
        }
    }
}

#[test]
fn programs_do_the_same_with_coverage() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/lua");
    let mut paths = Vec::new();
    programs(&corpus, &mut paths);
    paths.sort();
    assert!(paths.len() > 50, "where are the programs?");
    let mut differing = Vec::new();
    for path in &paths {
        let source = std::fs::read(path).unwrap();
        let (plain, counted) = (outcome(path, &source, false), outcome(path, &source, true));
        if plain != counted {
            differing.push(differs(path, &plain, &counted));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// The first place where two outcomes differ.
fn differs(path: &Path, plain: &Outcome, counted: &Outcome) -> String {
    let lines = plain.0.lines().zip(counted.0.lines());
    let line = lines.into_iter().find(|(one, other)| one != other);
    let (one, other) = ((&plain.1, plain.2), (&counted.1, counted.2));
    format!("{}: {line:?} {one:?} {other:?}", path.display())
}

fn line_starts(source: &[u8]) -> Vec<usize> {
    let line_ends = (source.iter().enumerate()).filter(|(_, byte)| **byte == b'\n');
    let after = line_ends.map(|(at, _)| at + 1);
    std::iter::once(0).chain(after).collect()
}

/// A source with a call of `__ran` before each statement.
fn with_calls(source: &[u8], report: &Report) -> Vec<u8> {
    let starts = line_starts(source);
    let mut calls: Vec<(usize, usize)> = (report.statements.iter().enumerate())
        .map(|(index, statement)| {
            let Place { line, column } = statement.place;
            (starts[line as usize - 1] + column as usize - 1, index)
        })
        .collect();
    calls.sort_unstable();
    let mut with_calls = Vec::new();
    let mut done = 0;
    for (at, index) in calls {
        with_calls.extend_from_slice(&source[done..at]);
        with_calls.extend_from_slice(format!("__ran({index});").as_bytes());
        done = at;
    }
    with_calls.extend_from_slice(&source[done..]);
    with_calls
}

/// How often each statement runs, by calls that stand before them; `None` if the program then does something
/// else, as those do that look at their environment or at the memory that they take.
fn runs_by_calls(path: &Path, source: &[u8], plain: &Outcome, report: &Report) -> Option<Vec<u64>> {
    let mut lua = State::with_libraries(StdLib::ALL).unwrap();
    let run = |lua: &mut State, source: &str| {
        lua.enter(|call| {
            call.push_chunk(source.as_bytes(), b"=calls")
                .unwrap()
                .ok()?;
            call.protected_call_top(0, Some(1)).ok()?;
            let value = call.view(call.height());
            Some(String::from_utf8_lossy(value.as_bytes()?).into_owned())
        })
    };
    run(
        &mut lua,
        "local runs = {} function __ran(n) runs[n] = (runs[n] or 0) + 1 end \
         local concat = table.concat \
         function __runs(n) for i = 0, n - 1 do runs[i] = runs[i] or 0 end return concat(runs, ' ', 0, n - 1) end \
         return ''",
    )?;
    let instrumented = with_calls(source, report);
    let (outcome, _) = outcome_in(&mut lua, path, &instrumented, false);
    if (&outcome.0, &outcome.1) != (&plain.0, &plain.1) {
        return None;
    }
    lua.set_fuel(None);
    let runs = run(
        &mut lua,
        &format!("return __runs({})", report.statements.len()),
    )?;
    Some(runs.split(' ').map(|n| n.parse().unwrap()).collect())
}

/// How many generated programs are compared.
const GENERATED: u64 = 100;

/// Where the counts of a source differ from those of calls before each statement; `None` if the calls change what
/// the program does.
fn other_counts(path: &Path, source: &[u8]) -> Option<Vec<String>> {
    let mut lua = State::with_libraries(StdLib::ALL).unwrap();
    let (plain, counts) = outcome_in(&mut lua, path, source, true);
    let report = counts?.report();
    // Where the stack ends, the call fails and the statement is not come to.
    let runs = runs_by_calls(path, source, &plain, &report);
    let runs = runs.filter(|_| !plain.0.contains("stack overflow"))?;
    let starts = line_starts(source);
    let mut differing = Vec::new();
    for (statement, runs) in report.statements.iter().zip(runs) {
        let Place { line, column } = statement.place;
        // With an environment of the generator's, a call before a statement is looked up by this one.
        if source[starts[line as usize - 1]..].starts_with(b"  return setmetatable(type(table)") {
            continue;
        }
        let text = &source[starts[line as usize - 1] + column as usize - 1..];
        // A `while` runs as often as its condition.
        let is_same = match text.starts_with(b"while") {
            true => statement.runs >= runs && (runs > 0) == (statement.runs > 0),
            false => statement.runs == runs,
        };
        if !is_same {
            let (place, counted) = (
                format!("{}:{line}:{column}", path.display()),
                statement.runs,
            );
            differing.push(format!("{place}: {counted} for {runs}"));
        }
    }
    Some(differing)
}

#[test]
#[cfg_attr(
    feature = "gc-stress",
    ignore = "counts do not depend on when it is collected"
)]
fn statements_run_as_often_as_calls_before_them() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/lua");
    let mut paths = Vec::new();
    programs(&corpus, &mut paths);
    let written = paths.into_iter().map(|path| {
        let source = std::fs::read(&path).unwrap();
        (path, source)
    });
    let generated = (0..GENERATED).map(|number: u64| {
        let choices = generator::choices(number);
        (
            PathBuf::from(format!("generated-{number}")),
            generator::source(&[choices]).into_bytes(),
        )
    });
    let sources: Vec<_> = written.chain(generated).collect();
    let compared = sources
        .iter()
        .filter_map(|(path, source)| other_counts(path, source));
    let compared: Vec<Vec<String>> = compared.collect();
    let differing = compared.concat();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    let (same, all) = (compared.len(), sources.len());
    assert!(
        same * 4 > all * 3,
        "only {same} of {all} do the same with calls in them"
    );
}
