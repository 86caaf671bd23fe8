// Transactions and pipelines of the package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MultiErrorReply, ReplyError, WatchError, createClient } from "evalua";
import { multiTests } from "./multi.steps.mjs";

async function connect(t, options) {
  const redis = await createClient(options).connect();
  t.after(() => redis.dispose());
  return redis;
}

multiTests(connect, { MultiErrorReply, WatchError });

test("a chain has every command of the client", async (t) => {
  const redis = await connect(t);
  const chain = redis.multi();
  const names = Object.keys(Object.getPrototypeOf(redis));
  assert.ok(names.includes("get") && names.includes("fCallRo"));
  assert.deepEqual(names.filter((name) => typeof chain[name] !== "function"), []);
});

test("one reply of a transaction can be bytes", async (t) => {
  const redis = await connect(t, { RESP: 3 });
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0xff);
  const script = "redis.setresp(3) return redis.call('HGETALL', KEYS[1])";
  const [, binary, hash, map, failed] = await redis
    .multi()
    .hSet("h", "f", bytes)
    .eval("return redis.call('HGET', KEYS[1], 'f')", { keys: ["h"], binary: true })
    .hGetAll("h")
    .eval(script, { keys: ["h"] })
    .eval("return { redis.pcall('GET', KEYS[1]) }", { keys: ["h"] })
    .exec();
  assert.deepEqual([...binary], [0xef, 0xbb, 0xbf, 0xff]);
  assert.deepEqual(hash, { f: "\ufeff\ufffd" });
  assert.deepEqual(map, new Map([["f", "\ufeff\ufffd"]]));
  assert.ok(failed[0] instanceof ReplyError);
});

test("a transaction that cannot be sent leaves none open", async (t) => {
  const redis = await connect(t);
  await assert.rejects(redis.multi().incr("n").set("k", { a: 1 }).exec(), { name: "TypeError", message: /word 3 of the command/ });
  assert.throws(() => redis.multi().eval("return 1", { keys: "k" }), /keys is k: an array is wanted/);
  assert.equal(await redis.get("n"), null);
});

test("scripts in a transaction are traced, and fail on request", async (t) => {
  const redis = await connect(t, { trace: true });
  await redis.failNext({ error: "ERR lost", command: "incr", caller: "script" });
  const call = "return redis.call('INCR', KEYS[1])";
  const failed = await redis.multi().incr("n").eval(call, { keys: ["n"] }).eval(call, { keys: ["n"] }).exec().catch((error) => error);
  assert.deepEqual(failed.errorIndexes, [1]);
  assert.equal(failed.replies[1].code, "ERR");
  assert.deepEqual([failed.replies[0], failed.replies[2]], [1, 2]);
  assert.deepEqual((await redis.trace.take()).map(({ args }) => args), [["INCR", "n"], ["INCR", "n"]]);
});
