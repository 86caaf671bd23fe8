//! Values of literals, compared with `lua5.1`.

use crate::oracle::{ask_oracle, literal, source};
use evalua_syntax::ast::ExprKind;

/// Checks that each text, as a literal, is the number that `lua5.1` reads.
fn check_numbers(texts: &[String]) {
    let sources: Vec<_> = texts
        .iter()
        .map(|text| source(format!("return {text}")))
        .collect();
    let Some(answers) = ask_oracle(&sources, "('%.17g'):format(f())") else {
        return;
    };
    for ((text, (source, name)), answer) in texts.iter().zip(&sources).zip(answers) {
        let theirs = answer.expect("a number");
        let theirs: f64 = String::from_utf8_lossy(&theirs).parse().expect("a number");
        let chunk = evalua_syntax::parse(source, name).expect("a number");
        match chunk.tree.exprs[0].kind {
            ExprKind::Number(ours) => assert_eq!(ours.to_bits(), theirs.to_bits(), "{text}"),
            ref other => panic!("{text} is {other:?}"),
        }
    }
}

#[test]
fn number_literals() {
    let mut texts: Vec<String> = [
        "0",
        "00",
        "0.0",
        "1",
        "999999999999999",
        "9999999999999999",
        "123456789012345678901234567890",
        ".5",
        "5.",
        "1.e1",
        "1e1",
        "1E+1",
        "1e-1",
        "1e400",
        "1e-400",
        "4.9e-324",
        "2.4e-324",
        "2.5e-324",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "2.2250738585072011e-308",
        "0.1",
        "0.3",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "0e99999999999999999999",
        "9007199254740993",
        "0x0",
        "0x10",
        "0Xff",
        "0xABCDEF",
        "0xffffffffffffffff",
        "0x10000000000000000",
        "0x1p4",
        "0x1p0400",
        "0x1p1023",
        "0x1p1024",
        "0xffffffffffffffffp960",
        "0x1fffffffffffffp971",
        "0x3fffffffffffffp970",
        "0x20000000000001",
        "0x20000000000003",
        "0x200000000000010000000000000",
        "0x0p99999999999999999999",
        "0x1p99999999999999999999",
        "0x20000000000001000000000000000000001",
        "0x2000000000000100000000",
        "0x10000000000000800",
        "0x10000000000000801",
        "0x10000000000001800",
        "0x30000000000000800000000001",
    ]
    .map(String::from)
    .to_vec();
    texts.push(format!("0.{}1", "0".repeat(400)));
    texts.push(format!("1{}", "0".repeat(400)));
    texts.push(format!("0x1{}", "0".repeat(300)));
    texts.push(format!("0.1{}1", "0".repeat(800)));
    check_numbers(&texts);
}

/// Texts for `tonumber`, of which some are no numbers.
#[test]
fn texts_as_numbers() {
    let mut texts: Vec<Vec<u8>> = [
        "",
        " ",
        "1",
        " 1",
        "1 ",
        "\t\n\u{b}\u{c}\r1\r\n",
        "+1",
        "-1",
        "+-1",
        "- 1",
        "--1",
        "-0",
        "-0x10",
        "+0x10",
        "inf",
        "-inf",
        "INF",
        "Infinity",
        "infinit",
        "infinity1",
        "nan",
        "-nan",
        "NaN",
        "nan()",
        "nan(12ab_)",
        "nan(",
        "nan)",
        "nan(-)",
        "nan()x",
        "1e",
        "1e+",
        "1e1",
        "1 2",
        "1_",
        "0x",
        "0x.",
        "0x.8",
        "0x8.",
        "0x8.8p1",
        "0x.p1",
        "0x1p",
        "0x1p+",
        "0x1p-1",
        "0x1p-1074",
        "0x1p-1075",
        "0x1.8p-1075",
        "0x0.8p-1074",
        "0x3p-1075",
        "0x1.fffffffffffff8p0",
        "0x1.fffffffffffff7p0",
        "0x1.00000000000008p0",
        "0x1.000000000000080001p0",
        "0x1.00000000000018p0",
        "0x.00000000000000000000001p100",
        "0x1p-99999999999999999999",
        "0x1.1.1",
        "1.1.1",
        "0x1g",
        ".",
        "-.",
        "-.5",
        "5.",
        ".e1",
        "e1",
        "0b1",
        "1f",
        "1d",
        "0x1.fffffffffffffp-1023",
        "0x1p1 ",
        "\u{a0}1",
        "0x0.0000000000001p-1022",
        "0x1.0000000000001p-1023",
        "0x1.0000000000003p-1023",
        "0x1.7ffffp-1074",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    texts.push(b"1\xff".to_vec());
    let sources: Vec<_> = texts
        .iter()
        .map(|text| source(format!("return tonumber({})", literal(text))))
        .collect();
    let Some(answers) = ask_oracle(&sources, "f() and ('%.17g'):format(f()) or 'none'") else {
        return;
    };
    for (text, answer) in texts.iter().zip(answers) {
        let shown = String::from_utf8_lossy(text);
        let theirs = answer.expect("a call of tonumber");
        let theirs: Option<f64> = String::from_utf8_lossy(&theirs).parse().ok();
        let ours = evalua_syntax::parse_number(text);
        assert_eq!(
            ours.is_some_and(f64::is_nan),
            theirs.is_some_and(f64::is_nan),
            "{shown:?}"
        );
        if !ours.is_some_and(f64::is_nan) {
            assert_eq!(
                ours.map(f64::to_bits),
                theirs.map(f64::to_bits),
                "{shown:?}"
            );
        }
    }
}

/// Digits in thousands that an exponent in thousands brings back: the last of them may decide on a tie.
#[test]
fn long_numbers_with_huge_exponents() {
    let (many, few) = ("0".repeat(10_000), "0".repeat(700));
    let mut texts = Vec::new();
    // Halfway between two doubles, and just above and below.
    for digits in ["9007199254740993", "9007199254740995", "9007199254740991"] {
        for zeros in [&many, &few] {
            let point = format!("0.{many}{digits}");
            for end in ["", "1"] {
                texts.push(format!(
                    "{digits}{many}{zeros}{end}e-{}",
                    10_000 + zeros.len()
                ));
                texts.push(format!("{point}{zeros}{end}e10016"));
                texts.push(format!("{point}{zeros}{end}e10300"));
            }
        }
    }
    texts.push(format!("{}e-10001", "9".repeat(10_005)));
    check_numbers(&texts);
}

#[test]
fn string_literals() {
    let mut texts: Vec<Vec<u8>> = Vec::new();
    for byte in 0..=255u8 {
        texts.push([&b"'\\"[..], &[byte], b"'"].concat());
        texts.push([&b"\"a"[..], &[byte], b"b\""].concat());
        texts.push([&b"[["[..], &[byte, b'c', byte, byte], b"]]"].concat());
        texts.push(format!("'\\{byte}a\\{byte:03}0'").into_bytes());
    }
    let ends = ["\n", "\r", "\r\n", "\n\r", "a"];
    for a in ends {
        for b in ends {
            for c in ends {
                texts.push(format!("[[{a}{b}{c}]]").into_bytes());
                texts.push(format!("[==[{a}]]{b}]=]{c}]==]").into_bytes());
                texts.push(format!("'\\{a}\\{b}x\\{c}'").into_bytes());
            }
        }
    }
    let sources: Vec<_> = texts
        .iter()
        .map(|text| source([b"return ", &text[..]].concat()))
        .collect();
    let Some(answers) = ask_oracle(&sources, "f()") else {
        return;
    };
    let mut accepted = 0;
    for ((text, name), answer) in sources.iter().zip(answers) {
        let shown = String::from_utf8_lossy(text);
        match evalua_syntax::parse(text, name) {
            Ok(chunk) => {
                let ExprKind::String(id) = chunk.tree.exprs[0].kind else {
                    panic!("{shown:?} is {:?}", chunk.tree.exprs[0]);
                };
                assert_eq!(Ok(chunk.str(id)), answer.as_deref(), "{shown:?}");
                accepted += 1;
            }
            Err(error) => assert_eq!(
                Err(&error.message),
                answer.as_deref().map_err(|_| &error.message)
            ),
        }
    }
    assert!(accepted > 1000);
}
