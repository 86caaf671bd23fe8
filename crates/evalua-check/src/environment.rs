//! Which globals a script finds, and what is in them: asked of an engine, so that there is no second list.

use std::sync::{Arc, Mutex, PoisonError};

use evalua_redis::{Profile, Redis, Reply};

/// The globals of a sandbox.
#[derive(Debug)]
pub(crate) struct Environment {
    /// Each name, and each `library.name`, in their order.
    names: Vec<Vec<u8>>,
}

/// Gives the names of globals, and of what is in those that are tables.
const LISTING: &str = "
local names = {}
for name, value in pairs(_G) do
  table.insert(names, name)
  if type(value) == 'table' and name ~= '_G' and name ~= 'KEYS' and name ~= 'ARGV' then
    for field in pairs(value) do table.insert(names, name .. '.' .. field) end
  end
end
return names";

impl Environment {
    /// That of scripts, or of functions of libraries, on such a server. It is asked for once.
    pub(crate) fn of(profile: &'static Profile, is_library: bool) -> Arc<Environment> {
        type Known = Vec<(&'static str, bool, Arc<Environment>)>;
        static KNOWN: Mutex<Known> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let found = (known.iter()).find(|known| (known.0, known.1) == (profile.name, is_library));
        if let Some((_, _, environment)) = found {
            return environment.clone();
        }
        let environment = Arc::new(Environment::ask(profile, is_library));
        known.push((profile.name, is_library, environment.clone()));
        environment
    }

    fn ask(profile: &'static Profile, is_library: bool) -> Environment {
        let mut redis = Redis::builder().profile(profile).clock_unix_ms(0).build();
        let reply = if is_library {
            let library = format!(
                "#!lua name=listing\nredis.register_function('listing', function() {LISTING} end)"
            );
            redis.command(&["FUNCTION", "LOAD", &library]);
            redis.command(&["FCALL", "listing", "0"])
        } else {
            redis.command(&["EVAL", LISTING, "0"])
        };
        let mut names = Vec::new();
        if let Reply::Array(items) = reply {
            names.extend(items.into_iter().filter_map(|item| match item {
                Reply::Bulk(name) => Some(name.as_slice().to_vec()),
                _ => None,
            }));
        }
        if is_library {
            // It is there while the library loads.
            names.push(b"redis.register_function".to_vec());
        }
        names.sort_unstable();
        Environment { names }
    }

    /// Whether there is such a global.
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        self.names
            .binary_search_by(|known| known[..].cmp(name))
            .is_ok()
    }

    /// Whether a global is a library.
    pub(crate) fn is_table(&self, name: &[u8]) -> bool {
        let fields = [name, b"."].concat();
        let first = self.names.partition_point(|known| *known < fields);
        (self.names.get(first)).is_some_and(|known| known.starts_with(&fields))
    }

    /// Whether a library has something of that name.
    pub(crate) fn has_field(&self, table: &[u8], field: &[u8]) -> bool {
        self.has(&[table, b".", field].concat())
    }
}

#[cfg(test)]
mod tests {
    use evalua_redis::profile;

    use super::*;

    #[test]
    fn is_what_an_engine_has() {
        for profile in profile::ALL {
            let scripts = Environment::of(profile, false);
            let functions = Environment::of(profile, true);
            for environment in [&scripts, &functions] {
                assert!(environment.has(b"tonumber") && environment.has_field(b"redis", b"call"));
                assert!(environment.is_table(b"cjson") && !environment.is_table(b"tonumber"));
                assert!(!environment.has(b"print") && !environment.has_field(b"table", b"unpack"));
            }
            assert!(scripts.has(b"KEYS") && !functions.has(b"KEYS"));
            assert_eq!(scripts.has(b"server"), profile.name == "valkey-8");
        }
    }
}
