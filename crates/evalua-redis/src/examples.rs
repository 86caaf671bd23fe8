//! `examples!`, which rows of tables write their examples with.
//!
//! Documentation and tests are made of them, on the machine that builds. A module of WebAssembly is sent to people, and leaves
//! them out.

/// Examples: of a command, lines with what redis-cli prints then.
#[doc(hidden)]
#[cfg(not(target_family = "wasm"))]
#[macro_export]
macro_rules! examples {
    ($($example:expr),* $(,)?) => {
        &[$($example),*]
    };
}

/// As above: they are read, and nothing is left of them.
#[doc(hidden)]
#[cfg(target_family = "wasm")]
#[macro_export]
macro_rules! examples {
    ($($example:expr),* $(,)?) => {{
        $(let _ = $example;)*
        &[]
    }};
}
