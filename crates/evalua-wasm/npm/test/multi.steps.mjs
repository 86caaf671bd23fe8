// Transactions and pipelines as applications write them with node-redis: the package and node-redis itself pass the
// same tests (conformance/clients/node/npm_package.test.js).
import assert from "node:assert/strict";
import { test } from "node:test";

/**
 * Declares the tests.
 *
 * @param connect gives a client that is connected to empty data, for one test
 * @param errors the classes of the errors of the package that is tested
 */
export function multiTests(connect, { MultiErrorReply, WatchError }) {
  /** A second client on the same data. */
  const another = async (t, client) => {
    const other = await client.duplicate().connect();
    t.after(() => other.destroy());
    return other;
  };

  test("a transaction gives what the methods of the client give", async (t) => {
    const redis = await connect(t);
    const [set, count, added, scored, hash, score, members, ranged, id, entries, length, none] = await redis
      .multi()
      .set("k", "1", { EX: 60 })
      .incrBy("k", 4)
      .hSet("h", { a: "1", b: "2" })
      .zAdd("z", [{ score: 1.5, value: "a" }, { score: Infinity, value: "b" }])
      .hGetAll("h")
      .zScore("z", "a")
      .sMembers("none")
      .zRangeWithScores("z", 0, -1)
      .xAdd("x", "1-1", { a: "b" })
      .xRange("x", "-", "+")
      .addCommand(["STRLEN", "k"])
      .get("none")
      .exec();
    assert.deepEqual([set, count, added, scored, score, members, id, length, none], ["OK", 5, 2, 2, 1.5, [], "1-1", 1, null]);
    assert.deepEqual({ ...hash }, { a: "1", b: "2" });
    assert.deepEqual(ranged, [{ value: "a", score: 1.5 }, { value: "b", score: Infinity }]);
    assert.deepEqual(entries.map(({ id, message }) => [id, { ...message }]), [["1-1", { a: "b" }]]);
  });

  test("scripts and functions run in a transaction", async (t) => {
    const redis = await connect(t);
    const script = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
    const sha = await redis.scriptLoad(script);
    const library = "#!lua name=lib\nredis.register_function('put', function(keys, args) return redis.call('SET', keys[1], args[1]) end)";
    await redis.functionLoad(library, { REPLACE: true });
    const results = await redis
      .multi()
      .eval(script, { keys: ["n"], arguments: ["2"] })
      .evalSha(sha, { keys: ["n"], arguments: ["3"] })
      .fCall("put", { keys: ["k"], arguments: ["v"] })
      .exec();
    assert.deepEqual(results, [2, 5, "OK"]);
    await redis.functionDelete("lib");
  });

  test("a transaction in which commands fail is run, and rejects with all replies", async (t) => {
    const redis = await connect(t);
    await redis.set("k", "text");
    const chain = redis.multi().incr("k").set("after", "1").lPush("k", "x").eval("return redis.error_reply('MINE of mine')");
    const failed = await chain.exec().catch((error) => error);
    assert.ok(failed instanceof MultiErrorReply);
    assert.equal(failed.message, "3 commands failed, see .replies and .errorIndexes for more information");
    assert.deepEqual(failed.errorIndexes, [0, 2, 3]);
    assert.equal(failed.replies[1], "OK");
    assert.equal(failed.replies[0].message, "ERR value is not an integer or out of range");
    assert.deepEqual([...failed.errors()].map(({ message }) => message.split(" ", 1)[0]), ["ERR", "WRONGTYPE", "MINE"]);
    assert.equal(await redis.get("after"), "1");
  });

  test("a transaction with a command that is refused is not run", async (t) => {
    const redis = await connect(t);
    const chain = redis.multi().set("k", "1").addCommand(["NOSUCH", "x"]).addCommand(["GET"]);
    await assert.rejects(chain.exec(), { message: "ERR unknown command 'NOSUCH', with args beginning with: 'x' " });
    assert.equal(await redis.get("k"), null);
    assert.equal(await redis.ping(), "PONG");
  });

  test("a transaction is not run when a key has changed that is watched", async (t) => {
    const redis = await connect(t);
    const other = await another(t, redis);
    assert.equal(await redis.watch(["k", "l"]), "OK");
    await other.set("l", "theirs");
    const failed = await redis.multi().set("k", "mine").exec().catch((error) => error);
    assert.ok(failed instanceof WatchError);
    assert.equal(failed.message, "One (or more) of the watched keys has been changed");
    assert.equal(await redis.get("k"), null);
    assert.deepEqual(await redis.multi().set("k", "mine").exec(), ["OK"]);

    await redis.watch("k");
    await other.set("k", "theirs");
    assert.equal(await redis.unwatch(), "OK");
    assert.deepEqual(await redis.multi().append("k", "!").exec(), [7]);
  });

  test("a chain can be built in a loop, and run again", async (t) => {
    const redis = await connect(t);
    const chain = redis.multi();
    for (let turn = 0; turn < 3; turn += 1) chain.incr("n");
    assert.deepEqual(await chain.exec(), [1, 2, 3]);
    assert.deepEqual(await chain.execTyped(), [4, 5, 6]);
    assert.deepEqual(await chain.exec(true), [7, 8, 9]);
  });

  test("nothing of the client comes between the commands of a transaction", async (t) => {
    const redis = await connect(t);
    const [transaction, between] = await Promise.all([redis.multi().incr("n").incr("n").exec(), redis.incr("n")]);
    assert.deepEqual([transaction, between], [[1, 2], 3]);
  });

  test("a pipeline runs all commands, and rejects with the first error", async (t) => {
    const redis = await connect(t);
    assert.deepEqual(await redis.multi().set("k", "text").get("k").zScore("z", "a").execAsPipeline(), ["OK", "text", null]);
    const failed = await redis.multi().incr("k").lPush("k", "x").set("after", "1").execAsPipelineTyped().catch((error) => error);
    assert.ok(!(failed instanceof MultiErrorReply));
    assert.equal(failed.message, "ERR value is not an integer or out of range");
    assert.equal(await redis.get("after"), "1");
  });

  test("an empty chain gives nothing", async (t) => {
    const redis = await connect(t);
    assert.deepEqual(await redis.multi().exec(), []);
    assert.deepEqual(await redis.multi().execAsPipeline(), []);
  });

  test("a chain can choose a database, and make something of a reply", async (t) => {
    const redis = await connect(t);
    const lower = (reply) => reply.toLowerCase();
    const results = await redis.multi().select(3).set("k", "v").addCommand(["ECHO", "LOUD"], lower).exec();
    assert.deepEqual(results, ["OK", "OK", "loud"]);
    assert.equal(await redis.get("k"), "v");
    await redis.select(0);
    assert.equal(await redis.get("k"), null);
  });
}
