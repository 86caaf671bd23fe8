//! `cargo xtask wasm`: the npm package `evalua`, as the one file `target/npm/evalua.tgz`.
//!
//! Owns what it is made of: the module of the crate `evalua-wasm`, the JavaScript beside it
//! (`xtask-bindgen`), and the TypeScript of `crates/evalua-wasm/npm`. What binaryen's `wasm-opt` would make of the
//! module is a twentieth larger when it is packed, and hardly faster (`benches/NOTES.md`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{cargo, target, workspace};

/// What `cargo xtask help` says of the command.
pub const USAGE: &str = "  wasm        build the npm package, and print its path
  wasm test   test the package that was built, in a folder of its own
";

const TARGET: &str = "wasm32-unknown-unknown";

/// So many commands are made up for the package and this machine to answer, from this seed.
const COMMANDS: &str = "20000";
const SEED: &str = "1";

/// Builds the package and returns where it is.
pub fn build() -> Result<PathBuf, String> {
    let source = workspace().join("crates/evalua-wasm/npm");
    let glue = source.join("src/wasm");
    let dist = source.join("dist");
    let npm = |args: &[&str]| run("npm", args, &source, &[]);
    npm(&["ci", "--no-audit", "--no-fund"])?;
    let compiled = module()?;
    renew(&glue)?;
    renew(&dist)?;
    let paths = [compiled.as_path(), &glue].map(|path| path.to_string_lossy().into_owned());
    let [compiled, folder] = &paths;
    cargo(
        &[
            "run",
            "--quiet",
            "-p",
            "xtask-bindgen",
            "--",
            compiled,
            folder,
        ],
        None,
    )?;
    npm(&["run", "--silent", "build"])?;
    // What the compiler makes of the TypeScript has no part of the JavaScript beside the module.
    renew(&dist.join("wasm"))?;
    for name in ["evalua_wasm.js", "evalua_wasm.d.ts", "evalua_wasm_bg.wasm"] {
        copy(&glue.join(name), &dist.join("wasm").join(name))?;
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&workspace().join(licence), &source.join(licence))?;
    }
    pack(&source)
}

/// Tests the package where it is installed from its file, as anybody would, in a folder that has nothing else; beside
/// what the same programs of the corpus do on this machine, and the same commands.
pub fn test() -> Result<(), String> {
    let source = workspace().join("crates/evalua-wasm/npm");
    let folder = target().join("npm-test");
    let native = target().join("npm-native");
    renew(&folder)?;
    renew(&native)?;
    for name in files(&source.join("test"))? {
        copy(&source.join("test").join(&name), &folder.join(&name))?;
    }
    let package = target().join("npm/evalua.tgz");
    let install = ["install", "--no-audit", "--no-fund", "--no-save"];
    run(
        "npm",
        &[&install[..], &[&package.to_string_lossy()]].concat(),
        &folder,
        &[],
    )?;
    let (root, native) = (workspace(), native.to_string_lossy().into_owned());
    let commands = target().join("npm-commands.txt");
    let commands = commands.to_string_lossy();
    let example = |args: &[&str]| {
        let run = ["run", "--quiet", "-p", "evalua-wasm", "--example"];
        cargo(&[&run[..], args].concat(), None)
    };
    let prelude = "crates/evalua-wasm/npm/test/prelude.lua";
    example(&["corpus", "--", prelude, "conformance/lua", &native])?;
    example(&["commands", "--", COMMANDS, SEED, &commands])?;
    let root = root.to_string_lossy();
    let env = [
        ("EVALUA_ROOT", &*root),
        ("EVALUA_NATIVE", &native),
        ("EVALUA_COMMANDS", &commands),
    ];
    run("node", &["--test"], &folder, &env)?;
    let compiler = source.join("node_modules/typescript/bin/tsc");
    run(
        "node",
        &[&compiler.to_string_lossy(), "-p", "."],
        &folder,
        &[],
    )
}

/// The names of the files in a folder.
fn files(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let files = entries.flatten().filter(|entry| entry.path().is_file());
    Ok(files
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect())
}

/// Compiles the module.
fn module() -> Result<PathBuf, String> {
    let args = [
        "build",
        "--profile",
        "wasm",
        "-p",
        "evalua-wasm",
        "--target",
        TARGET,
    ];
    match has_target() {
        true => cargo(&args, None)?,
        // Debian's compiler has no library for the target: it is built from the source (rust-web-src), by a
        // compiler that is told to take flags which are not stable.
        false => {
            let linker = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";
            let env = [("RUSTC_BOOTSTRAP", "1"), (linker, "wasm-ld")];
            let args = [&args[..], &["-Zbuild-std=std,panic_abort"]].concat();
            run("cargo", &args, &workspace(), &env).map_err(|error| {
                format!("{error}; install the target {TARGET} with rustup, or Debian's rustc-web, cargo-web, rust-web-src, rust-web-llvm and lld")
            })?;
        }
    }
    Ok(target().join(TARGET).join("wasm/evalua_wasm.wasm"))
}

/// Whether the compiler has the library for the target, now or once rustup has fetched it.
fn has_target() -> bool {
    let has_library = || {
        let library = Command::new("rustc")
            .args(["--print", "target-libdir", "--target", TARGET])
            .output();
        library
            .is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
    };
    has_library()
        || run("rustup", &["target", "add", TARGET], &workspace(), &[]).is_ok() && has_library()
}

/// Packs what `package.json` says.
fn pack(source: &Path) -> Result<PathBuf, String> {
    let folder = target().join("npm");
    renew(&folder)?;
    let to = folder.to_string_lossy();
    run(
        "npm",
        &["pack", "--silent", "--pack-destination", &to],
        source,
        &[],
    )?;
    let packed = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let packed = packed
        .flatten()
        .next()
        .ok_or("npm pack has packed nothing")?;
    let package = folder.join("evalua.tgz");
    fs::rename(packed.path(), &package).map_err(|e| format!("{}: {e}", package.display()))?;
    Ok(package)
}

/// Makes a folder that is empty.
fn renew(folder: &Path) -> Result<(), String> {
    let told = |error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(told)?;
    }
    fs::create_dir_all(folder).map_err(told)
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let copied = fs::copy(from, to).map(drop);
    copied.map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

fn run(program: &str, args: &[&str], dir: &Path, env: &[(&str, &str)]) -> Result<(), String> {
    let status = Command::new(program)
        .args(args)
        .current_dir(dir)
        .envs(env.iter().copied())
        // What is printed is the path of the package alone.
        .stdout(std::io::stderr())
        .status()
        .map_err(|error| format!("{program}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{program} {} failed ({status})", args.join(" "))),
    }
}
