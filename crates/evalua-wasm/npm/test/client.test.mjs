// The in-memory Redis of the package, as those who install it have it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplyError, createClient, splitLine } from "evalua";

/** A client that is disposed of when the test ends. */
function client(t, options) {
  const made = createClient({ clock: 1_700_000_000_000, ...options });
  t.after(() => made.dispose());
  return made;
}

test("a script runs with keys and arguments", async (t) => {
  const redis = await client(t).connect();
  const script = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
  assert.equal(await redis.eval(script, { keys: ["visits"], arguments: ["5"] }), 5);
  const sha = await redis.scriptLoad(script);
  assert.match(sha, /^[0-9a-f]{40}$/);
  assert.deepEqual(await redis.scriptExists([sha, "0".repeat(40)]), [1, 0]);
  assert.equal(await redis.evalSha(sha, { keys: ["visits"], arguments: [7] }), 12);
  assert.equal(await redis.get("visits"), "12");
});

test("functions are loaded and called", async (t) => {
  const redis = client(t);
  const library = "#!lua name=lib\nredis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)";
  assert.equal(await redis.functionLoad(library), "lib");
  assert.equal(await redis.functionLoad(library, { REPLACE: true }), "lib");
  assert.equal(await redis.fCall("put", { keys: ["k"], arguments: ["v"] }), "OK");
  assert.equal(await redis.get("k"), "v");
  await assert.rejects(redis.fCall("no"), { name: "ReplyError", message: "ERR Function not found" });
});

test("an error reply has its code, script and line", async (t) => {
  const redis = client(t);
  const failed = await redis.eval("local t = {}\nreturn t.a.b").catch((error) => error);
  assert.ok(failed instanceof ReplyError);
  assert.equal(failed.code, "ERR");
  assert.equal(failed.line, 2);
  assert.match(failed.script, /^[0-9a-f]{40}$/);
  assert.match(failed.message, /^ERR user_script:2: attempt to index field 'a' \(a nil value\) script: /);
  const wrong = await redis.eval("return 1 +").catch((error) => error);
  assert.equal(wrong.line, 1);
  await redis.lPush("list", ["a"]);
  await assert.rejects(redis.get("list"), { code: "WRONGTYPE" });
  const [inside] = await redis.eval("return { redis.pcall('GET', 'list') }");
  assert.equal(inside.code, "WRONGTYPE");
});

test("bytes go in and come out", async (t) => {
  const redis = client(t);
  const bytes = Uint8Array.of(0xff, 0, 0x80);
  await redis.set("k", bytes);
  const got = await redis.sendCommand(["GET", "k"], { binary: true });
  assert.deepEqual([...got], [0xff, 0, 0x80]);
  assert.equal(await redis.get("k"), "\ufffd\0\ufffd");
  const [upper] = await redis.eval("return { ARGV[1] .. 'x' }", { arguments: [bytes], binary: true });
  assert.deepEqual([...upper], [0xff, 0, 0x80, 0x78]);
  await assert.rejects(redis.sendCommand(["SET", "k", { a: 1 }]), /word 3 of the command is an object of type Object/);
});

test("the clock stands until it is moved", async (t) => {
  const redis = client(t);
  await redis.set("k", "v", { EX: 60, NX: true });
  assert.equal(await redis.ttl("k"), 60);
  await redis.clock.advance(59_999);
  assert.equal(await redis.pTTL("k"), 1);
  await redis.clock.advance(2);
  assert.equal(await redis.get("k"), null);
  assert.equal(await redis.clock.now(), 1_700_000_060_001);
  await redis.clock.set(new Date(5));
  assert.deepEqual(await redis.sendCommand(["TIME"]), ["0", "5000"]);
  const before = Date.now();
  await redis.clock.run();
  assert.ok((await redis.clock.now()) >= before);
  await redis.sendCommand(["EVALUA", "CLOCK", "SET", "7"]);
  assert.ok((await redis.sendCommand(["EVALUA", "CLOCK", "AUTO"])) >= before);
  await assert.rejects(redis.clock.advance(-1), RangeError);
});

test("without a clock of its own an engine follows the host's", async (t) => {
  const before = Date.now();
  const redis = createClient();
  t.after(() => redis.dispose());
  assert.ok((await redis.clock.now()) >= before);
  const slept = Date.now();
  await redis.sendCommand(["DEBUG", "SLEEP", "0.01"]);
  assert.ok(Date.now() - slept >= 10);
});

test("random numbers follow the seed", async (t) => {
  const draw = (redis) => redis.eval("return { math.random(1000000), redis.call('RANDOMKEY') }");
  const replies = [];
  for (const seed of [7, 7, 8]) {
    const redis = client(t, { seed });
    await redis.mSet({ a: 1, b: 2, c: 3, d: 4, e: 5 });
    replies.push(await draw(redis));
  }
  assert.deepEqual(replies[0], replies[1]);
  assert.notDeepEqual(replies[0], replies[2]);
});

test("the trace tells what a script has called", async (t) => {
  const redis = client(t, { trace: true });
  await redis.eval("redis.call('SET', KEYS[1], 'v')\nreturn redis.call('EXPIRE', KEYS[1], 60)", { keys: ["k"] });
  const [set, expire] = await redis.trace.take();
  assert.deepEqual([set.args, set.line, set.writes, set.text], [["SET", "k", "v"], 1, true, "OK"]);
  assert.deepEqual(expire.expiries, [{ key: "k", before: null, after: 1_700_000_060_000 }]);
  assert.deepEqual(expire.keys, [{ key: "k", writes: true, declared: true }]);
  assert.deepEqual(await redis.trace.take(), []);
});

test("a snapshot has all keys", async (t) => {
  const redis = client(t);
  await redis.hSet("h", { a: 1, b: 2 });
  await redis.set("s", "v", { PX: 1500 });
  await redis.select(3);
  await redis.rPush("l", ["x"]);
  const shown = await redis.snapshot();
  assert.deepEqual(shown.map(({ db, key, type, value, ttl }) => [db, key, type, value, ttl]), [
    [0, "h", "hash", ["a", "1", "b", "2"], null],
    [0, "s", "string", "v", 1500],
    [3, "l", "list", ["x"], null],
  ]);
});

test("coverage tells which statements have run", async (t) => {
  const redis = client(t, { coverage: true });
  await redis.eval("if ARGV[1] == 'x' then\n  return 1\nend\nreturn 2", { arguments: ["y"] });
  const [{ statements, branches }] = await redis.takeCoverage();
  assert.deepEqual(statements.map(({ line, runs }) => [line, runs]), [[1, 1], [2, 0], [4, 1]]);
  assert.deepEqual(branches, [{ line: 1, column: 4, kind: "if", taken: [0, 1] }]);
});

test("limits end what would not end", async (t) => {
  const redis = client(t, { maxInstructions: 1_000_000, maxMemory: 1 << 20 });
  await assert.rejects(redis.eval("while true do end"), /exceeded its limit of 1000000 instructions/);
  await assert.rejects(redis.eval("local s = 'x' while true do s = s .. s end"), /not enough memory/);
  assert.equal(await redis.eval("return 1"), 1);
});

test("commands fail on request", async (t) => {
  const redis = client(t);
  await redis.failNext({ error: "OOM no memory", command: "set", caller: "script", after: 1 });
  assert.equal(await redis.set("k", "v"), "OK");
  const script = "redis.call('SET', 'a', 1) return redis.call('SET', 'b', 1)";
  await assert.rejects(redis.eval(script), { code: "OOM" });
  await redis.failNext({});
  await assert.rejects(redis.eval(script), /interrupted/);
  assert.equal(await redis.clearFaults(), 0);
  await assert.rejects(redis.failNext({ error: "x", command: "nosuch" }), /unknown command/);
  await assert.rejects(redis.failNext({ error: "x", caller: "me" }), /a caller is 'client' or 'script'/);
});

test("typed commands are answered as by node-redis", async (t) => {
  const redis = client(t);
  assert.equal(await redis.hSet("h", "f", "1"), 1);
  assert.equal(await redis.hIncrBy("h", "f", 2), 3);
  assert.deepEqual(await redis.hGetAll("h"), { f: "3" });
  assert.equal(await redis.zAdd("z", [{ score: 1.5, value: "a" }, { score: Infinity, value: "b" }]), 2);
  assert.deepEqual(await redis.zRangeWithScores("z", 0, -1), [{ value: "a", score: 1.5 }, { value: "b", score: Infinity }]);
  assert.equal(await redis.zScore("z", "none"), null);
  assert.deepEqual(await redis.lRange("none", 0, -1), []);
  assert.equal(await redis.xAdd("x", "1-1", { a: "b" }), "1-1");
  assert.deepEqual(await redis.xRange("x", "-", "+"), [{ id: "1-1", message: { a: "b" } }]);
  assert.deepEqual(new Set(await redis.keys("*")), new Set(["h", "z", "x"]));
  assert.equal(await redis.del(["h", "z", "none"]), 2);
});

test("with RESP3 maps, sets and doubles come as such", async (t) => {
  const redis = client(t, { RESP: 3 });
  await redis.hSet("h", { a: 1 });
  await redis.sAdd("s", ["x"]);
  assert.deepEqual(await redis.sendCommand(["HGETALL", "h"]), new Map([["a", "1"]]));
  assert.deepEqual(await redis.sendCommand(["SMEMBERS", "s"]), new Set(["x"]));
  assert.deepEqual(await redis.hGetAll("h"), { a: "1" });
  assert.equal(await redis.eval("return true"), 1);
  assert.equal(await redis.eval("redis.setresp(3) return true"), true);
});

test("integers are exact", async (t) => {
  const redis = client(t);
  await redis.set("n", "9223372036854775806");
  assert.equal(await redis.incr("n"), 9223372036854775807n);
  assert.equal(await redis.incrBy("m", 2 ** 53 - 1), 2 ** 53 - 1);
});

test("a reply is shown as redis-cli prints it", async (t) => {
  const redis = client(t);
  assert.deepEqual(await redis.inspect(["EVAL", "return {1, 'a', false}", "0"]), {
    reply: [1, "a", null],
    text: '1) (integer) 1\n2) "a"\n3) (nil)',
  });
  const { reply, text } = await redis.inspect(["NOSUCH"]);
  assert.ok(reply instanceof ReplyError);
  assert.match(text, /^\(error\) ERR unknown command/);
});

test("sessions share data, and watch each other", async (t) => {
  const one = await client(t).connect();
  const two = one.duplicate();
  t.after(() => two.dispose());
  await one.sendCommand(["WATCH", "k"]);
  await two.set("k", "theirs");
  await one.sendCommand(["MULTI"]);
  assert.equal(await one.set("k", "mine"), "QUEUED");
  assert.equal(await one.sendCommand(["EXEC"]), null);
  assert.equal(await one.get("k"), "theirs");
});

test("log lines go where they are wanted", async (t) => {
  const lines = [];
  const redis = client(t, { log: (level, line) => lines.push([level, line]) });
  await redis.eval("redis.log(redis.LOG_WARNING, 'careful')");
  assert.deepEqual(lines, [["warning", "careful"]]);
});

test("what a log asks for is done when the command has ended", async (t) => {
  const later = [];
  const redis = await client(t, {
    log: () => {
      const other = redis.duplicate();
      t.after(() => other.dispose());
      later.push(redis.get("k"), two.get("k"), other.get("k"));
    },
  }).connect();
  const two = await redis.duplicate().connect();
  t.after(() => two.dispose());
  await redis.eval("redis.log(redis.LOG_WARNING, '') redis.call('SET', 'k', 'v')");
  assert.deepEqual(await Promise.all(later), ["v", "v", "v"]);
  assert.equal(await redis.ping(), "PONG");
});

test("a log may end its client", async (t) => {
  const redis = client(t, { log: () => redis.dispose() });
  assert.equal(await redis.eval("redis.log(redis.LOG_WARNING, '') return 1"), 1);
  await assert.rejects(redis.ping(), /the client was disposed of/);
  assert.equal(await client(t).ping(), "PONG");
});

test("a client that is disposed of while it loads stays so", async () => {
  const redis = createClient();
  const pong = redis.ping();
  redis.dispose();
  await assert.rejects(pong, /the client was disposed of/);
  assert.equal(redis.isOpen, false);
});

test("options that are none are refused", async (t) => {
  assert.throws(() => createClient({ profile: 7 }), { name: "TypeError", message: "profile is 7: a string is wanted" });
  assert.throws(() => createClient({ log: "loud" }), /log is loud: a function is wanted/);
  assert.throws(() => createClient({ maxInstructions: NaN }), { name: "RangeError", message: "maxInstructions is NaN: a number from 0 on is wanted" });
  assert.throws(() => createClient({ seed: -1 }), RangeError);
  assert.throws(() => createClient({ RESP: 4 }), /RESP is 4: 2 or 3 is wanted/);
  assert.throws(() => createClient({ clock: "now" }), /now is no time/);
  const redis = client(t);
  await assert.rejects(redis.failNext({ error: 5 }), /error is 5: a string is wanted/);
  await assert.rejects(redis.seed("x"), /seed is x: a number is wanted/);
  await assert.rejects(redis.eval("return #KEYS", { keys: "abc" }), { name: "TypeError", message: "keys is abc: an array is wanted" });
  await assert.rejects(redis.eval("return #ARGV", { arguments: "5" }), /arguments is 5: an array is wanted/);
  await assert.rejects(redis.sendCommand("PING"), /the command is PING: an array of its words is wanted/);
  assert.equal(await redis.ping(), "PONG");
});

test("what is too long is refused, or is bytes", async (t) => {
  const redis = client(t);
  await assert.rejects(redis.set("k", new Uint8Array(2 ** 29)), { name: "RangeError", message: /at most 536870912 can be sent/ });
  const long = await redis.eval("return string.rep('x', 2^29)");
  assert.deepEqual([long.constructor, long.length], [Uint8Array, 2 ** 29]);
  assert.equal(await redis.ping(), "PONG");
});

test("there are the profiles of other servers, and no others", async (t) => {
  assert.equal(await client(t, { profile: "valkey-8" }).eval("return server.REPL_ALL"), 3);
  await assert.rejects(client(t, { profile: "redis-9" }).ping(), /no profile 'redis-9'; there are redis-7.2, redis-7.0, valkey-8/);
});

test("what was disposed of is gone", async () => {
  const redis = createClient();
  await redis.ping();
  redis[Symbol.dispose]();
  await assert.rejects(redis.ping(), /disposed/);
});

test("lines are split as by redis-cli", async () => {
  const words = await splitLine(`set k "a b\\n" 'c' "\\xff"`);
  assert.deepEqual(words.map((word) => Buffer.from(word).toString("latin1")), ["set", "k", "a b\n", "c", "\xff"]);
  await assert.rejects(splitLine('"'), SyntaxError);
});
