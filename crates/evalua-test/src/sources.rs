//! [`Sources`]: where a spec's files come from.

/// Gives the files that specs name.
pub trait Sources: Send + Sync {
    /// The file at `path`, as the spec of that name writes it: relative to the spec.
    ///
    /// # Errors
    /// Why there is none, in a sentence that names it.
    fn read(&self, spec: &str, path: &str) -> Result<Source, String>;
}

impl<F> Sources for F
where
    F: Fn(&str, &str) -> Result<Source, String> + Send + Sync,
{
    fn read(&self, spec: &str, path: &str) -> Result<Source, String> {
        self(spec, path)
    }
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What messages call it.
    pub name: String,
    /// Its content.
    pub text: Vec<u8>,
}
