//! [`Session`]: what belongs to one caller and not to the data: selected database, protocol, name.

/// One caller's state.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The index of the selected database.
    pub db: usize,
    /// The protocol that replies are flattened to at the edge.
    pub resp: Resp,
    /// The name given with CLIENT SETNAME.
    pub name: Vec<u8>,
}

impl Session {
    /// A session as a new connection has it.
    pub fn new() -> Session {
        Session::default()
    }
}

/// A version of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resp {
    /// RESP2: no maps, sets, doubles or booleans.
    #[default]
    V2,
    /// RESP3.
    V3,
}
