// Scripts, pipelines, transactions and messages through ioredis.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { Redis } from "ioredis";

import { startServer } from "./server.js";

const limiter = await readFile(new URL("../../../examples/fixed_window.lua", import.meta.url), "utf8");

let server;
const clients = [];

before(async () => {
  server = await startServer();
});

after(() => server.stop());

afterEach(async () => {
  await connected().flushall();
  await Promise.all(clients.splice(0).map((each) => each.quit()));
});

function connected(options = {}) {
  const client = new Redis(server.url, options);
  clients.push(client);
  return client;
}

test("a script becomes a command of the client", async () => {
  const client = connected();
  client.defineCommand("limit", { numberOfKeys: 1, lua: limiter });
  const replies = [];
  for (let call = 1; call <= 4; call += 1) replies.push(await client.limit("user:1", 3, 60));
  assert.deepEqual(replies, [1, 1, 1, 0]);
  assert.equal(await client.ttl("user:1"), 60);
});

test("a defined command loads its script again after a flush", async () => {
  const client = connected();
  client.defineCommand("echo2", { numberOfKeys: 1, lua: "return {KEYS[1], ARGV[1]}" });
  assert.deepEqual(await client.echo2("k", "a"), ["k", "a"]);
  await client.script("FLUSH");
  assert.deepEqual(await client.echo2("k", "b"), ["k", "b"]);
});

test("binary arguments come back as they went", async () => {
  const client = connected();
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  client.defineCommand("same", { numberOfKeys: 0, lua: "return ARGV[1]" });
  assert.deepEqual(await client.sameBuffer(bytes), bytes);
});

test("a pipeline has one reply for each command, errors among them", async () => {
  const client = connected();
  client.defineCommand("fail", { numberOfKeys: 0, lua: "return redis.error_reply('MY failure')" });
  const replies = await client.pipeline().set("k", "v").fail().incr("k").get("k").exec();
  assert.deepEqual(replies[0], [null, "OK"]);
  assert.match(replies[1][0].message, /^MY failure/);
  assert.equal(replies[2][0].message, "ERR value is not an integer or out of range");
  assert.deepEqual(replies[3], [null, "v"]);
});

test("a transaction runs as one, and not at all when a watched key has changed", async () => {
  const [client, other] = [connected(), connected()];
  assert.deepEqual(await client.multi().set("a", 1).incr("a").exec(), [
    [null, "OK"],
    [null, 2],
  ]);
  await client.watch("a");
  await other.set("a", 10);
  assert.equal(await client.multi().incr("a").exec(), null);
  assert.equal(await client.get("a"), "10");
});

test("messages reach subscribers of a channel and of a pattern, from scripts too", async () => {
  const [listener, matcher, client] = [connected(), connected(), connected()];
  assert.equal(await listener.subscribe("news", "other"), 2);
  assert.equal(await matcher.psubscribe("n?ws"), 1);
  const heard = [once(listener, "message"), once(matcher, "pmessage")];
  assert.equal(await client.eval("return redis.call('PUBLISH', KEYS[1], ARGV[1])", 1, "news", "hello"), 2);
  assert.deepEqual(await heard[0], ["news", "hello"]);
  assert.deepEqual(await heard[1], ["n?ws", "news", "hello"]);
  assert.equal(await listener.unsubscribe("news"), 1);
  assert.equal(await client.publish("news", "again"), 1);
});

test("events of keys are messages when they are asked for", async () => {
  const [listener, client] = [connected(), connected()];
  await client.config("SET", "notify-keyspace-events", "KEA");
  await listener.psubscribe("__key*__:*");
  const heard = [];
  listener.on("pmessage", (_, channel, message) => heard.push(`${channel} ${message}`));
  await client.set("k", "v", "PX", 30);
  while (heard.length < 6) await once(listener, "pmessage");
  assert.deepEqual(heard, [
    "__keyspace@0__:k set",
    "__keyevent@0__:set k",
    "__keyspace@0__:k expire",
    "__keyevent@0__:expire k",
    "__keyspace@0__:k expired",
    "__keyevent@0__:expired k",
  ]);
  await client.config("SET", "notify-keyspace-events", "");
});

test("a blocked client is served in its turn", async () => {
  const [first, second, client] = [connected(), connected(), connected()];
  await Promise.all([first.ping(), second.ping()]);
  const waiting = [first.blpop("queue", 0)];
  await blocked(client, 1);
  waiting.push(second.brpoplpush("queue", "done", 0));
  await blocked(client, 2);
  await client.rpush("queue", "a", "b");
  assert.deepEqual(await Promise.all(waiting), [["queue", "a"], "b"]);
  assert.equal(await first.blpop("queue", 0.05), null);
});

/** Waits until so many clients are blocked. */
async function blocked(client, count) {
  while (!(await client.info("clients")).includes(`blocked_clients:${count}\r\n`));
}

test("streams and scans are read to their ends", async () => {
  const client = connected();
  for (let i = 0; i < 250; i += 1) await client.hset("h", `field:${i}`, i);
  const seen = new Set();
  for await (const items of client.hscanStream("h", { count: 50 })) {
    for (let i = 0; i < items.length; i += 2) seen.add(items[i]);
  }
  assert.equal(seen.size, 250);
  const id = await client.xadd("s", "*", "field", "value");
  assert.deepEqual(await client.xread("COUNT", 1, "STREAMS", "s", "0"), [["s", [[id, ["field", "value"]]]]]);
});
