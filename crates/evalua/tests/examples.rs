//! The programs under `examples/` run, and what they say of themselves holds.

#[path = "../examples/callbacks.rs"]
mod callbacks;
#[path = "../examples/coroutine.rs"]
mod coroutine;
#[path = "../examples/limits.rs"]
mod limits;
#[path = "../examples/sandbox.rs"]
mod sandbox;
#[path = "../examples/userdata.rs"]
mod userdata;

/// A test for each program.
macro_rules! run {
    ($($program:ident)*) => {
        $(
            #[test]
            fn $program() {
                $program::main().expect("it runs");
            }
        )*
    };
}

run! { callbacks coroutine limits sandbox userdata }
