// Scripts through node-redis, in the words of an application.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { createClient, RESP_TYPES } from "redis";

import { startServer } from "./server.js";

const limiter = await readFile(new URL("../../../examples/fixed_window.lua", import.meta.url), "utf8");

let server;
let url;
const clients = [];

before(async () => {
  server = await startServer();
  url = server.url;
});

after(() => server.stop());

afterEach(async () => {
  const client = await connected();
  await client.flushAll();
  await client.sendCommand(["SCRIPT", "FLUSH"]);
  await Promise.all(clients.splice(0).map((each) => each.close()));
});

async function connected(options = {}) {
  const client = createClient({ url, ...options });
  clients.push(client);
  await client.connect();
  return client;
}

test("the rate limiter limits at the sixth call", async () => {
  const script = limiter;
  const client = createClient({ url });
  await client.connect();
  const replies = [];
  for (let call = 1; call <= 6; call += 1) {
    replies.push(await client.eval(script, { keys: ["user:123:requests"], arguments: ["5", "60"] }));
  }
  assert.deepEqual(replies, [1, 1, 1, 1, 1, 0]);
  assert.equal(await client.ttl("user:123:requests"), 60);
  await client.close();
});

test("of many calls at once exactly the allowed number passes", async () => {
  const all = await Promise.all([connected(), connected(), connected()]);
  const calls = Array.from({ length: 60 }, (_, i) =>
    all[i % all.length].eval(limiter, { keys: ["shared"], arguments: ["20", "60"] }),
  );
  const replies = await Promise.all(calls);
  assert.equal(replies.filter((reply) => reply === 1).length, 20);
});

test("a loaded script runs by its hash, and is gone after a flush", async () => {
  const client = await connected();
  const sha = await client.scriptLoad("return {KEYS[1], ARGV[1]}");
  assert.match(sha, /^[0-9a-f]{40}$/);
  assert.deepEqual(await client.scriptExists([sha, "0".repeat(40)]), [1, 0]);
  assert.deepEqual(await client.evalSha(sha, { keys: ["k"], arguments: ["a"] }), ["k", "a"]);
  await client.scriptFlush();
  await assert.rejects(client.evalSha(sha, { keys: ["k"], arguments: ["a"] }), {
    message: "NOSCRIPT No matching script. Please use EVAL.",
  });
});

test("errors reject with the server's text", async () => {
  const client = await connected();
  await assert.rejects(client.eval("return redis.error_reply('MYCODE no')"), { message: "MYCODE no" });
  await assert.rejects(client.eval("x = 1 return x +"), {
    message: /^ERR Error compiling script \(new function\): user_script:1: /,
  });
  await client.set("text", "abc");
  await assert.rejects(client.eval("return redis.call('LPUSH', KEYS[1], 1)", { keys: ["text"] }), {
    message: /^WRONGTYPE Operation against a key holding the wrong kind of value script: [0-9a-f]{40}, on @user_script:1\.$/,
  });
  assert.equal(await client.get("text"), "abc");
});

test("values of every type", async () => {
  const client = await connected();
  const types = await client.eval("return {1, 3.99, 'text', {1, {2}}, {ok = 'FINE'}, true, false, 'dropped'}");
  assert.deepEqual(types, [1, 3, "text", [1, [2]], "FINE", 1, null, "dropped"]);
  assert.equal(await client.eval("return nil"), null);
  assert.deepEqual(await client.eval("return {}"), []);
});

test("bytes that are no text pass unchanged", async () => {
  const client = (await connected()).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  assert.deepEqual(await client.eval("return ARGV[1]", { arguments: [bytes] }), bytes);
});

test("both versions of the protocol, and a database of one's own", async () => {
  for (const RESP of [2, 3]) {
    const client = await connected({ RESP, database: RESP });
    await client.hSet("h", { a: "1", b: "2" });
    assert.deepEqual({ ...(await client.hGetAll("h")) }, { a: "1", b: "2" });
    await client.zAdd("z", [{ value: "m", score: 1.5 }]);
    assert.equal(await client.zScore("z", "m"), 1.5);
    assert.equal(await client.get("none"), null);
    assert.deepEqual(await client.eval("return redis.call('KEYS', '*')").then((keys) => keys.sort()), ["h", "z"]);
    assert.equal(await client.dbSize(), 2);
  }
  const elsewhere = await connected();
  assert.equal(await elsewhere.dbSize(), 0);
});

test("the keyspace as an application uses it", async () => {
  const client = await connected({ name: "worker-1" });
  assert.equal(await client.clientGetName(), "worker-1");
  assert.equal(await client.ping(), "PONG");
  await client.rPush("queue", ["a", "b", "c"]);
  assert.deepEqual(await client.lRange("queue", 0, -1), ["a", "b", "c"]);
  assert.equal(await client.set("once", "1", { condition: "NX", expiration: { type: "EX", value: 10 } }), "OK");
  assert.equal(await client.set("once", "2", { condition: "NX" }), null);
  const found = [];
  for await (const keys of client.scanIterator({ MATCH: "*", COUNT: 10 })) found.push(...keys);
  assert.deepEqual(found.sort(), ["once", "queue"]);
});
