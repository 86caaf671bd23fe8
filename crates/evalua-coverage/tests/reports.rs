//! The reports of a script whose coverage is known.

use std::fs;
use std::path::Path;
use std::process::Command;

use evalua_coverage::{File, Share, Totals, html, lcov, table};
use evalua_redis::{Redis, Reply, Script};

const SOURCE: &str = "local n = redis.call('INCR', KEYS[1])
if n > 10 or ARGV[1] == '<b>' then
  return 'many'
end
for i = 1, n do
  redis.call('RPUSH', 'list', i)
end
repeat
  n = n - 1
until n < 0
return 'few & \"<b>\"'
";

/// The script, run twice.
fn file() -> File {
    let mut redis = Redis::builder().coverage(true).build();
    for _ in 0..2 {
        let _: Reply = Script::new(SOURCE)
            .key("k")
            .arg(1)
            .invoke(&mut redis)
            .unwrap();
    }
    let mut file = File::from(redis.take_coverage().sources.remove(0));
    file.name = "scripts/limiter.lua".to_owned();
    file
}

#[test]
fn lcov_has_lines_and_branches() {
    assert_eq!(
        lcov(&[file()]),
        "TN:
SF:scripts/limiter.lua
BRDA:2,0,0,0
BRDA:2,0,1,2
BRDA:2,1,0,0
BRDA:2,1,1,2
BRDA:5,0,0,2
BRDA:5,0,1,0
BRDA:10,0,0,2
BRDA:10,0,1,3
BRF:8
BRH:5
DA:1,2
DA:2,2
DA:3,0
DA:5,2
DA:6,3
DA:9,5
DA:10,5
DA:11,2
LF:8
LH:7
end_of_record
"
    );
}

#[test]
fn what_was_never_come_to_is_a_dash() {
    let mut redis = Redis::builder().coverage(true).build();
    let script = Script::new("if KEYS[1] then if ARGV[1] then return 1 end end");
    let _: Reply = script.invoke(&mut redis).unwrap();
    let file = File::from(redis.take_coverage().sources.remove(0));
    let text = lcov(&[file]);
    assert!(
        text.contains("BRDA:1,0,0,0\nBRDA:1,0,1,1\nBRDA:1,1,0,-\nBRDA:1,1,1,-\nBRF:4\nBRH:1\n"),
        "{text}"
    );
}

#[test]
fn a_table_lists_what_is_missed() {
    let mut other = file();
    other.name = "b.lua".to_owned();
    for statement in &mut other.report.statements {
        statement.runs = 0;
    }
    for branch in &mut other.report.branches {
        branch.taken = [0, 0];
    }
    assert_eq!(
        table(&[file(), other]),
        "\
file                        lines      branches  missed lines
scripts/limiter.lua   87.5% (7/8)   62.5% (5/8)  3
b.lua                  0.0% (0/8)    0.0% (0/8)  1-11
all files            43.7% (7/16)  31.2% (5/16)
"
    );
}

#[test]
fn only_all_is_a_hundred_percent() {
    let share = |hit, found| Share { hit, found }.to_string();
    assert_eq!(share(9999, 10_000), "99.9% (9999/10000)");
    assert_eq!(share(3, 3), "100.0% (3/3)");
    assert_eq!(share(0, 0), "-");
    assert_eq!(Totals::of(&[]).lines.percent(), 100.0);
}

#[test]
fn pages_are_whole_and_escaped() {
    let mut other = file();
    other.name = "scripts_limiter.lua".to_owned();
    let pages = html(&[file(), other]);
    let names: Vec<_> = pages.iter().map(|page| &page.name[..]).collect();
    assert_eq!(
        names,
        [
            "index.html",
            "scripts_limiter.lua.html",
            "scripts_limiter.lua-2.html"
        ]
    );
    assert!(
        pages[0]
            .content
            .contains("<a href=\"scripts_limiter.lua.html\">scripts/<wbr>limiter.lua</a>")
    );
    let page = &pages[1].content;
    for part in [
        "<tr id=\"L3\" class=\"missed\"><th scope=\"row\"><a href=\"#L5\"",
        "<tr id=\"L2\" class=\"partial\"><th scope=\"row\"><a href=\"#L3\"",
        "<tr id=\"L6\" class=\"whole\"><th scope=\"row\">6</th><td class=\"hits\">3</td>",
        "return &#39;few &amp; &quot;&lt;b&gt;&quot;&#39;",
        "for (column 1): entered 2\u{d7}, skipped 0\u{d7}",
        "prefers-color-scheme: dark",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    for page in &pages {
        assert!(!page.content.contains("http") && !page.content.contains("<script"));
    }
}

#[test]
fn what_is_no_text_does_no_harm() {
    let mut file = file();
    file.name = "../a\n<b>\u{1}.lua".to_owned();
    file.source = [SOURCE.as_bytes(), b"-- \xff\x00\n"].concat();
    let pages = html(std::slice::from_ref(&file));
    assert_eq!(pages[1].name, "_a__b__.lua.html");
    assert!(pages[1].content.contains("-- \u{fffd}\u{fffd}"));
    assert!(lcov(&[file]).contains("SF:../a?<b>\u{1}.lua\n"));
}

/// Whether a program of one of Debian's packages is installed. If not, a line says so, or the test fails that needs it.
fn is_there(program: &str, package: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    if !is_there {
        let is_required = std::env::var_os("EVALUA_REQUIRE_ORACLES").is_some_and(|set| set == "1");
        assert!(!is_required, "{program} is missing: install {package}");
        eprintln!("skipped: {program}, of the package {package}, is not installed");
    }
    is_there
}

/// Debian's genhtml, of the package lcov, is the measure of what is read.
#[test]
fn genhtml_reads_it() {
    if !is_there("genhtml", "lcov") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut file = file();
    file.name = "limiter.lua".to_owned();
    fs::write(dir.path().join("limiter.lua"), SOURCE).unwrap();
    fs::write(dir.path().join("all.info"), lcov(&[file])).unwrap();
    let output = Command::new("genhtml")
        .args(["--branch-coverage", "-o", "pages", "all.info"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{said}{complaints}"
    );
    assert!(said.contains("lines......: 87.5% (7 of 8 lines)"), "{said}");
    assert!(
        said.contains("branches...: 62.5% (5 of 8 branches)"),
        "{said}"
    );
}

/// Has Chromium load `page.html` in a window of that width: what it prints.
fn browse(dir: &Path, width: u32, option: &str) -> String {
    let output = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
        ])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(format!("--window-size={width},700"))
        .arg(option)
        .arg(format!("file://{}", dir.join("page.html").display()))
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A page in a frame of that width, and how wide it would be: a window has a least width, which a telephone has not.
fn framed(page: &str, width: u32) -> String {
    let content = page.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<!DOCTYPE html><body style=\"margin:0\"><iframe style=\"border:0\" width={width} height=700 srcdoc=\"{content}\"
         onload=\"document.body.dataset.width = this.contentDocument.documentElement.scrollWidth\"></iframe></body>"
    )
}

/// A browser shows what is in the pages, on a desk and on a phone, where nothing hangs over the edge.
#[test]
fn chromium_shows_it() {
    if !is_there("chromium", "chromium") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let long = |name: &str| format!("{}{name}.lua", "scripts/of/a/service/".repeat(4));
    let mut files = [file(), file()];
    files[0].name = long("limiter");
    files[1].name = long("lock");
    // The page of the second file is as that of the first.
    let texts: [&[&str]; 2] = [
        &[
            &files[0].name,
            &files[1].name,
            "87.5% (14/16)",
            "62.5% (10/16)",
        ],
        &[
            &files[0].name,
            "entered 2\u{d7}, skipped 0\u{d7}",
            "Lines 87.5% (7/8)",
        ],
    ];
    let browse = |page: &str, width: u32, option: &str| {
        fs::write(dir.path().join("page.html"), page).unwrap();
        browse(dir.path(), width, option)
    };
    let picture = |page: &str, width: u32| {
        browse(&framed(page, width), width, "--screenshot=picture.png");
        let picture = fs::read(dir.path().join("picture.png")).unwrap();
        assert!(picture.starts_with(b"\x89PNG"));
        assert_eq!(picture[16..20], width.to_be_bytes(), "its width");
        picture.len()
    };
    let blank = [1280, 390].map(|width| (width, picture("", width)));
    for (page, texts) in html(&files).iter().zip(texts) {
        let shown = browse(&page.content, 1280, "--dump-dom").replace("<wbr>", "");
        for text in texts {
            assert!(shown.contains(text), "no {text} in {shown}");
        }
        for (width, blank) in blank {
            let measured = browse(&framed(&page.content, width), 1280, "--dump-dom");
            let fits = format!("data-width=\"{width}\"");
            assert!(
                measured.contains(&fits),
                "{} is not {width} wide",
                page.name
            );
            assert!(
                picture(&page.content, width) > 2 * blank,
                "{} is as good as blank",
                page.name
            );
        }
    }
}
