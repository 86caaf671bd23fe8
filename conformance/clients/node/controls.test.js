// What evalua has beside a server: a test steers time, faults and chance through its own client.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { createClient } from "redis";

import { isEvalua, startServer } from "./server.js";

const skip = isEvalua ? false : "the real server has no such commands";
const limiter = await readFile(new URL("../../../examples/fixed_window.lua", import.meta.url), "utf8");

let server;
let client;

before(async () => {
  server = await startServer();
  client = createClient({ url: server.url });
  await client.connect();
});

after(async () => {
  await client.close();
  await server.stop();
});

const evalua = (...words) => client.sendCommand(["EVALUA", ...words]);

test("a window of the rate limiter ends when the test says so", { skip }, async () => {
  const call = () => client.eval(limiter, { keys: ["user:1"], arguments: ["2", "60"] });
  assert.equal(await evalua("CLOCK", "SET", "1700000000000"), 1700000000000);
  assert.deepEqual([await call(), await call(), await call()], [1, 1, 0]);
  assert.equal(await evalua("CLOCK", "ADVANCE", "60001"), 1700000060001);
  assert.equal(await call(), 1);
  assert.ok((await evalua("CLOCK", "AUTO")) > 1700000060001);
});

test("a client that waits is answered when the test says so", { skip }, async () => {
  await evalua("CLOCK", "SET", "1700000000000");
  const other = client.duplicate();
  await other.connect();
  const waiting = other.blPop("queue", 3600);
  while (!(await client.info("clients")).includes("blocked_clients:1"));
  await evalua("CLOCK", "ADVANCE", "3600000");
  assert.equal(await waiting, null);
  await other.close();
  await evalua("CLOCK", "AUTO");
});

test("commands fail on request, those of scripts too", { skip }, async () => {
  const oom = "OOM command not allowed when used memory > 'maxmemory'.";
  await evalua("FAIL", "NEXT", "2", "COMMAND", "SET", "ERROR", oom);
  await assert.rejects(client.set("k", "1"), { message: oom });
  const script = "redis.call('INCR', KEYS[1]) return redis.call('SET', KEYS[2], 1)";
  const keys = ["counter", "k"];
  await assert.rejects(client.eval(script, { keys }), { message: /^OOM command not allowed .* script: / });
  assert.equal(await client.eval(script, { keys }), "OK");
  assert.equal(await client.get("counter"), "2");
  await evalua("FAIL", "NEXT", "5", "CALLER", "SCRIPT", "ERROR", "ERR lost");
  assert.equal(await client.get("counter"), "2");
  assert.equal(await evalua("FAIL", "CLEAR"), 5);
});

test("the same seed gives the same choices", { skip }, async () => {
  await client.sAdd("members", Array.from({ length: 100 }, (_, i) => `m${i}`));
  const draw = async () => {
    await evalua("SEED", "42");
    return [await client.sRandMember("members"), await client.eval("return math.random(1000000)")];
  };
  assert.deepEqual(await draw(), await draw());
});

test("what a script has called can be looked at", { skip }, async () => {
  await evalua("TRACE", "ON");
  await client.eval("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])", {
    keys: ["traced"],
    arguments: ["v"],
  });
  const calls = await evalua("TRACE", "GET");
  await evalua("TRACE", "OFF");
  assert.deepEqual(
    calls.map(([words, reply, db]) => [words, reply, db]),
    [
      [["SET", "traced", "v"], "OK", 0],
      [["GET", "traced"], "v", 0],
    ],
  );
});
