//! `examples!`, which rows of the table of commands write their examples with.
//!
//! Documentation and tests are made of them, on the machine that builds. A module of WebAssembly is sent to people, and leaves
//! them out.

/// The examples of a command: lines, and what redis-cli prints then.
#[cfg(not(target_family = "wasm"))]
macro_rules! examples {
    ($($example:expr),* $(,)?) => {
        &[$($example),*]
    };
}

/// As above: it is read, and nothing is left of it.
#[cfg(target_family = "wasm")]
macro_rules! examples {
    ($($example:expr),* $(,)?) => {{
        const _: &[(&str, &str)] = &[$($example),*];
        &[]
    }};
}
