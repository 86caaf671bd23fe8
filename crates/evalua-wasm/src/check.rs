//! The lint.

use evalua_check::Options;
use evalua_redis::Profile;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::js;

/// What `evalua check` finds in a script: an array of `{ rule, message, start, end }`, where a place is
/// `{ line, column, offset }`, the offset in bytes.
///
/// # Errors
/// When there is no such profile.
#[wasm_bindgen]
pub fn check(source: &[u8], profile: Option<String>) -> Result<JsValue, JsValue> {
    let mut options = Options::default();
    if let Some(name) = profile {
        options.profile = profile_named(&name)?;
    }
    let findings = evalua_check::check(source, &options);
    Ok(js::array(findings, |finding| {
        let place = |position: evalua_check::Position, offset: usize| {
            js::object(&[
                ("line", JsValue::from_f64(position.line as f64)),
                ("column", JsValue::from_f64(position.column as f64)),
                ("offset", JsValue::from_f64(offset as f64)),
            ])
        };
        js::object(&[
            ("rule", finding.rule.name.into()),
            ("message", finding.message.as_str().into()),
            ("start", place(finding.start, finding.span.start)),
            ("end", place(finding.end, finding.span.end)),
        ])
    }))
}

/// The profile of that name.
pub(crate) fn profile_named(name: &str) -> Result<&'static Profile, JsValue> {
    Profile::named(name).ok_or_else(|| {
        let names = evalua_redis::profile::ALL.map(|profile| profile.name);
        let names = names.join(", ");
        js_sys::Error::new(&format!("no profile '{name}'; there are {names}")).into()
    })
}
