//! How long 1,000 cases take on one core, each with a Redis of its own: `cargo bench -p evalua-test`.

use std::sync::Arc;
use std::time::Instant;

use evalua_test::{InProcess, Options, Source, Spec, Target};

const SPEC: &str = "
local limiter = script('limiter.lua')
local rows = {}
for i = 1, 1000 do rows[i] = { i } end
each(rows, 'case %d', function(i)
  redis('SET', 'a', i)
  assert.equal(1, limiter{ keys = { 'k' .. i }, args = { 2, 60 } })
  assert.equal(2, limiter{ keys = { 'k' .. i }, args = { 2, 60 } })
  clock.advance(61)
  assert.equal(tostring(i), redis('GET', 'a'))
end)
";

const LIMITER: &str = "
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
if n > tonumber(ARGV[1]) then return 0 end
return n
";

#[expect(
    clippy::disallowed_methods,
    reason = "how long it takes is what is asked"
)]
fn main() {
    let spec = Spec {
        name: "many_spec.lua".to_owned(),
        source: SPEC.into(),
    };
    let files = |_: &str, path: &str| {
        Ok(Source {
            name: path.to_owned(),
            text: LIMITER.into(),
        })
    };
    let target = || -> Box<dyn Target> { Box::new(InProcess::new(evalua_test::engine())) };
    let files = Arc::new(files);
    for _ in 0..3 {
        let began = Instant::now();
        let report = evalua_test::run(&spec, &target, files.clone(), &Options::default());
        let took = began.elapsed();
        assert!(
            !report.has_failed(),
            "{:?}",
            report.cases.iter().find(|case| case.has_failed())
        );
        println!("{} cases in {took:?}", report.cases.len());
    }
}
