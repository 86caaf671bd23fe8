//! The interpreters.
//!
//! Owns the list of them, and where they are looked for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The one that ratios are relative to.
pub const REFERENCE: &str = "lua5.1";

/// An interpreter that is there.
pub struct Peer {
    pub name: &'static str,
    /// The program and the words before a script.
    pub command: Vec<PathBuf>,
    /// Whether it must run every program and print what the reference prints.
    pub must_agree: bool,
}

/// Name, and words of the command line. Those from crates.io are looked for where
/// `cargo install NAME --root target/peers` puts them, then in the path.
const OTHERS: &[(&str, &[&str])] = &[
    ("luajit -joff", &["luajit", "-joff"]),
    ("luajit", &["luajit"]),
    ("lua5.4", &["lua5.4"]),
    ("rilua", &["rilua"]),
    ("omnilua", &["omnilua"]),
    ("luna", &["luna"]),
];

/// The reference, evalua, and those of the others that are there; says which are not.
pub fn present(evalua: &Path, only: Option<&[String]>) -> Vec<Peer> {
    let mut peers = vec![
        Peer {
            name: REFERENCE,
            command: vec![REFERENCE.into()],
            must_agree: true,
        },
        Peer {
            name: "evalua",
            command: vec![evalua.to_path_buf(), "lua".into()],
            must_agree: true,
        },
    ];
    for (name, words) in OTHERS {
        if only.is_some_and(|only| !only.iter().any(|o| o == name)) {
            continue;
        }
        let installed = crate::target().join("peers/bin").join(words[0]);
        let program = if installed.exists() {
            installed
        } else {
            words[0].into()
        };
        if !answers(&program) {
            println!("without {name}: there is no {}", words[0]);
            continue;
        }
        let mut command = vec![program];
        command.extend(words[1..].iter().map(PathBuf::from));
        peers.push(Peer {
            name,
            command,
            must_agree: false,
        });
    }
    peers
}

fn answers(program: &Path) -> bool {
    Command::new(program)
        .arg("-v")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}
