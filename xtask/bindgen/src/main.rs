//! Writes the JavaScript beside a module of WebAssembly, and the module as it is shipped:
//! `xtask-bindgen MODULE FOLDER`.
//!
//! A package of its own, so that nothing else that `cargo xtask` does has to wait for it to build.

mod order;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder] = args.as_slice() else {
        eprintln!("usage: xtask-bindgen MODULE FOLDER");
        return ExitCode::from(2);
    };
    match write(module, Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask-bindgen: {module}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(module: &str, folder: &Path) -> Result<(), String> {
    // The names of functions are a third of the module: they say where each belongs, and go.
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(module)
        .typescript(true)
        .omit_default_module_path(false)
        .remove_producers_section(true);
    let written = bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder));
    written.map_err(|error| format!("{error:#}"))?;
    let name = Path::new(module).file_stem().unwrap_or_default();
    let path = folder.join(format!("{}_bg.wasm", name.to_string_lossy()));
    let told = |error| format!("{}: {error}", path.display());
    let named = fs::read(&path).map_err(told)?;
    let ordered = order::by_name(&named).map_err(|error| error.to_string())?;
    fs::write(&path, ordered).map_err(told)
}
