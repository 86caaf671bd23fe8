// Messages of channels in the package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "evalua";
import { channelTests } from "./channels.steps.mjs";

async function connect(t, options) {
  const redis = await createClient(options).connect();
  t.after(() => redis.dispose());
  return redis;
}

channelTests(connect);

test("listeners have been called when the command comes back", async (t) => {
  const redis = await connect(t, { RESP: 3 });
  const heard = [];
  await redis.subscribe("news", (message) => void heard.push(message));
  await redis.publish("news", "one");
  assert.deepEqual(heard, ["one"]);
  await redis.sSubscribe("shard", async (message, channel) => void heard.push(await redis.get("k"), message, channel));
  await redis.set("k", "v");
  assert.equal(await redis.sPublish("shard", "two"), 1);
  await redis.ping();
  assert.deepEqual(heard, ["one", "v", "two", "shard"]);
  await redis.sUnsubscribe("shard");
  assert.equal(await redis.sPublish("shard", "three"), 0);
});

test("a message reaches those who listened when it came", async (t) => {
  const redis = await connect(t, { RESP: 3 });
  const heard = [];
  await redis.subscribe("news", (message) => void heard.push(message));
  await Promise.all([redis.publish("news", "one"), redis.unsubscribe("news"), redis.publish("news", "two")]);
  assert.deepEqual(heard, ["one"]);
});

test("a key that expires by the clock is told of", async (t) => {
  const redis = await connect(t, { clock: 0 });
  const subscriber = await redis.duplicate().connect();
  const heard = [];
  await redis.sendCommand(["CONFIG", "SET", "notify-keyspace-events", "Ex"]);
  await subscriber.subscribe("__keyevent@0__:expired", (key) => void heard.push(key));
  await redis.set("k", "v", { PX: 10 });
  await redis.clock.advance(11);
  assert.equal(await redis.get("k"), null);
  assert.deepEqual(heard, ["k"]);
  await assert.rejects(subscriber.get("k"), /^ReplyError: ERR Can't execute 'get'/);
  subscriber.dispose();
  assert.equal(await redis.publish("__keyevent@0__:expired", "x"), 0);
});

test("what cannot listen is refused", async (t) => {
  const redis = await connect(t);
  await assert.rejects(redis.subscribe("news", "loud"), { name: "TypeError", message: "the listener is loud: a function is wanted" });
  assert.equal(await redis.publish("news", "one"), 0);
});
