// Messages of channels as applications take them with node-redis: the package and node-redis itself pass the same tests
// (conformance/clients/node/npm_package.test.js).
import assert from "node:assert/strict";
import { test } from "node:test";

/** Declares the tests. `connect` gives a client that is connected to empty data, for one test. */
export function channelTests(connect) {
  /** A client, another on the same data that is to subscribe, and a function that waits until all has come to it. */
  async function both(t) {
    const redis = await connect(t);
    const subscriber = await redis.duplicate().connect();
    t.after(() => subscriber.destroy());
    const settled = async () => {
      const end = deferred();
      await subscriber.subscribe("end", end.resolve);
      await redis.publish("end", "");
      await end.promise;
      await subscriber.unsubscribe("end");
    };
    return { redis, subscriber, settled };
  }

  test("listeners are called with the messages of channels and patterns", async (t) => {
    const { redis, subscriber, settled } = await both(t);
    const heard = [];
    const listener = (name) => (message, channel) => void heard.push([name, message, channel]);
    assert.equal(await subscriber.subscribe(["news", "sport"], listener("channel")), undefined);
    await subscriber.pSubscribe("n*", listener("pattern"));
    assert.equal(await redis.publish("news", "one"), 2);
    assert.equal(await redis.publish("sport", "two"), 1);
    assert.equal(await redis.publish("other", "three"), 0);
    await redis.eval("return redis.call('PUBLISH', 'sport', ARGV[1])", { arguments: ["four"] });
    await redis.multi().publish("news", "five").exec();
    await settled();
    assert.deepEqual(heard, [
      ["channel", "one", "news"],
      ["pattern", "one", "news"],
      ["channel", "two", "sport"],
      ["channel", "four", "sport"],
      ["channel", "five", "news"],
      ["pattern", "five", "news"],
    ]);
  });

  test("listeners leave one by one, and all at once", async (t) => {
    const { redis, subscriber, settled } = await both(t);
    const heard = [];
    const [one, two] = ["one", "two"].map((name) => (message) => void heard.push(`${name} ${message}`));
    await subscriber.subscribe("news", one);
    await subscriber.subscribe("news", one);
    await subscriber.subscribe("news", two);
    await redis.publish("news", "a");
    await settled();
    await subscriber.unsubscribe("news", one);
    assert.equal(await redis.publish("news", "b"), 1);
    await settled();
    await subscriber.unsubscribe("news", two);
    assert.equal(await redis.publish("news", "c"), 0);
    await subscriber.pSubscribe(["n*", "s*"], one);
    await subscriber.pUnsubscribe("s*");
    assert.equal(await redis.publish("sport", "d"), 0);
    assert.equal(await redis.publish("news", "e"), 1);
    await settled();
    await subscriber.pUnsubscribe();
    await subscriber.unsubscribe();
    assert.equal(await redis.publish("news", "f"), 0);
    assert.deepEqual(heard, ["one a", "two a", "two b", "one e"]);
    assert.equal(await subscriber.ping(), "PONG");
  });

  test("events of keys are messages", async (t) => {
    const { redis, subscriber, settled } = await both(t);
    const heard = [];
    await redis.sendCommand(["CONFIG", "SET", "notify-keyspace-events", "KEA"]);
    await subscriber.pSubscribe("__keyevent@0__:*", (key, channel) => void heard.push([key, channel]));
    await redis.set("k", "v");
    await redis.del("k");
    await settled();
    await redis.sendCommand(["CONFIG", "SET", "notify-keyspace-events", ""]);
    assert.deepEqual(heard, [["k", "__keyevent@0__:set"], ["k", "__keyevent@0__:del"]]);
  });
}

function deferred() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
