//! What the tests share: the reference interpreter, asked about many sources at once.

/// C levels that are in use when `lua5.1 script.lua` calls `loadstring` through `pcall`.
pub const ORACLE_DEPTH: u32 = 3;

/// A source and its chunk name.
pub type Source = (Vec<u8>, Vec<u8>);

/// A source named `x`.
pub fn source(text: impl AsRef<[u8]>) -> Source {
    (text.as_ref().to_vec(), b"=x".to_vec())
}

/// Bytes as a Lua string literal.
pub fn literal(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in bytes {
        text.push_str(&format!("\\{byte:03}"));
    }
    text + "\""
}

/// What `lua5.1` makes of each source: the error text of `loadstring`, or the result of `on_success`,
/// a Lua expression over the function `f`. `None` without `lua5.1`.
pub fn ask_oracle(sources: &[Source], on_success: &str) -> Option<Vec<Result<Vec<u8>, Vec<u8>>>> {
    let mut script = format!(
        "local function show(kind, text)
           io.write(kind, (text:gsub('.', function(c) return ('%02x'):format(c:byte()) end)), '\\n')
         end
         -- Without pcall, the handler of the interpreter would add a traceback to some messages.
         local function check(source, name)
           local done, f, message = pcall(loadstring, source, name)
           if not done then show('-', f)
           elseif not f then show('-', message)
           else show('+', {on_success}) end
         end\n"
    );
    for (text, name) in sources {
        script.push_str(&format!("check({}, {})\n", literal(text), literal(name)));
    }
    let outcome = evalua_conformance::lua::oracle(script.as_bytes())?;
    assert_eq!(
        outcome.status,
        Some(0),
        "{}",
        String::from_utf8_lossy(&outcome.stderr)
    );
    let answers: Vec<_> = outcome
        .stdout
        .split(|&b| b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| {
            let bytes = line[1..].chunks(2).map(|pair| {
                let digits = std::str::from_utf8(pair).expect("hexadecimal digits");
                u8::from_str_radix(digits, 16).expect("hexadecimal digits")
            });
            if line[0] == b'+' {
                Ok(bytes.collect())
            } else {
                Err(bytes.collect())
            }
        })
        .collect();
    assert_eq!(answers.len(), sources.len());
    Some(answers)
}

/// Compares acceptance and error text of each source with `lua5.1`.
pub fn compare_errors(sources: &[Source]) -> Result<(), String> {
    let Some(answers) = ask_oracle(sources, "''") else {
        return Ok(());
    };
    for ((text, name), answer) in sources.iter().zip(answers) {
        let ours = evalua_syntax::parse_watched(text, name, ORACLE_DEPTH, &mut |_| true);
        let ours = ours
            .as_ref()
            .map_or_else(|error| &error.message[..], |_| b"accepted");
        let theirs = answer
            .as_ref()
            .map_or_else(|message| &message[..], |_| b"accepted");
        let (ours, theirs) = (
            String::from_utf8_lossy(ours),
            String::from_utf8_lossy(theirs),
        );
        if ours != theirs && !is_compilers(&theirs) {
            let text = String::from_utf8_lossy(text);
            return Err(format!(
                "source: {text:?}\n  ours: {ours}\ntheirs: {theirs}"
            ));
        }
    }
    Ok(())
}

/// Whether an error is about the code that is generated, which the parser does not see.
fn is_compilers(message: &str) -> bool {
    message.contains("function or expression too complex")
}
