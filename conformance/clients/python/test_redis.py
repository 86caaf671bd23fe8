"""Scripts, pipelines, transactions and messages through redis-py."""

import asyncio
import unittest
from pathlib import Path

import redis
import redis.asyncio

from server import Server

LIMITER = (Path(__file__).parents[3] / "examples/fixed_window.lua").read_text()


def setUpModule():
    global server
    server = Server().__enter__()
    unittest.addModuleCleanup(server.__exit__)


class Scripts(unittest.TestCase):
    def setUp(self):
        self.client = redis.Redis.from_url(server.url, decode_responses=True)
        self.addCleanup(self.client.close)
        self.client.flushall()

    def test_a_registered_script_runs_by_its_hash(self):
        limit = self.client.register_script(LIMITER)
        replies = [limit(keys=["user:1"], args=[3, 60]) for _ in range(4)]
        self.assertEqual(replies, [1, 1, 1, 0])
        self.assertEqual(self.client.ttl("user:1"), 60)

    def test_a_registered_script_is_loaded_again_after_a_flush(self):
        echo = self.client.register_script("return {KEYS[1], ARGV[1]}")
        self.assertEqual(echo(keys=["k"], args=["a"]), ["k", "a"])
        self.client.script_flush()
        self.assertEqual(self.client.script_exists(echo.sha), [False])
        self.assertEqual(echo(keys=["k"], args=["b"]), ["k", "b"])

    def test_a_script_is_part_of_a_pipeline(self):
        double = self.client.register_script("return redis.call('INCRBY', KEYS[1], redis.call('GET', KEYS[1]))")
        with self.client.pipeline() as pipeline:
            pipeline.set("n", 21)
            double(keys=["n"], client=pipeline)
            pipeline.get("n")
            self.assertEqual(pipeline.execute(), [True, 42, "42"])

    def test_errors_are_exceptions_with_the_server_s_text(self):
        with self.assertRaisesRegex(redis.ResponseError, "^MY failure$"):
            self.client.eval("return redis.error_reply('MY failure')", 0)
        self.client.set("text", "abc")
        with self.assertRaisesRegex(redis.ResponseError, r"^WRONGTYPE .* script: [0-9a-f]{40}, on @user_script:1\.$"):
            self.client.eval("return redis.call('LPUSH', KEYS[1], 1)", 1, "text")
        with self.assertRaises(redis.exceptions.NoScriptError):
            self.client.evalsha("0" * 40, 0)

    def test_functions(self):
        code = "#!lua name=lib\nredis.register_function{function_name='get', callback=function(keys) " \
            "return redis.call('GET', keys[1]) end, flags={'no-writes'}}"
        self.assertEqual(self.client.function_load(code, replace=True), "lib")
        self.client.set("k", "v")
        self.assertEqual(self.client.fcall("get", 1, "k"), "v")
        self.assertEqual(self.client.fcall_ro("get", 1, "k"), "v")
        self.assertEqual(self.client.function_flush(), True)

    def test_both_protocols_give_the_same_values(self):
        for protocol in (2, 3):
            with redis.Redis.from_url(server.url, protocol=protocol, decode_responses=True) as client:
                client.flushall()
                client.hset("h", mapping={"a": 1, "b": 2})
                self.assertEqual(client.hgetall("h"), {"a": "1", "b": "2"})
                client.zadd("z", {"m": 1.5, "n": 2})
                self.assertEqual(client.zscore("z", "m"), 1.5)
                self.assertEqual(client.smembers("none"), set())
                self.assertIsNone(client.get("none"))

    def test_bytes_pass_unchanged(self):
        with redis.Redis.from_url(server.url) as client:
            text = bytes(range(256))
            self.assertEqual(client.eval("return ARGV[1]", 0, text), text)

    def test_a_transaction_is_tried_again_when_a_watched_key_changes(self):
        rounds = []

        def raise_by_one(pipeline):
            value = int(pipeline.get("n") or 0)
            if not rounds:
                self.client.set("n", 10)
            rounds.append(value)
            pipeline.multi()
            pipeline.set("n", value + 1)

        self.client.transaction(raise_by_one, "n")
        self.assertEqual(rounds, [0, 10])
        self.assertEqual(self.client.get("n"), "11")

    def test_a_lock_is_its_owner_s(self):
        lock = self.client.lock("lock", timeout=10, blocking=False)
        other = self.client.lock("lock", timeout=10, blocking=False)
        self.assertTrue(lock.acquire())
        self.assertFalse(other.acquire())
        self.assertTrue(lock.extend(5))
        lock.release()
        self.assertTrue(other.acquire())
        with self.assertRaises(redis.exceptions.LockError):
            lock.release()

    def test_messages(self):
        with self.client.pubsub() as listener:
            listener.subscribe("news")
            listener.psubscribe("n*")
            for _ in range(2):
                self.assertIn(listener.get_message(timeout=5)["type"], ("subscribe", "psubscribe"))
            self.assertEqual(self.client.eval("return redis.call('PUBLISH', 'news', 'hello')", 0), 2)
            heard = [listener.get_message(timeout=5) for _ in range(2)]
            self.assertEqual([message["type"] for message in heard], ["message", "pmessage"])
            self.assertEqual([message["data"] for message in heard], ["hello", "hello"])

    def test_a_stream_with_a_group_of_consumers(self):
        self.client.xgroup_create("s", "workers", mkstream=True)
        id = self.client.xadd("s", {"job": "1"})
        self.assertEqual(self.client.xreadgroup("workers", "w1", {"s": ">"}), [["s", [(id, {"job": "1"})]]])
        self.assertEqual(self.client.xpending("s", "workers")["pending"], 1)
        self.assertEqual(self.client.xack("s", "workers", id), 1)


class Asynchronous(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = redis.asyncio.Redis.from_url(server.url, decode_responses=True)
        self.addAsyncCleanup(self.client.aclose)
        await self.client.flushall()

    async def test_of_many_calls_at_once_exactly_the_allowed_number_passes(self):
        limit = self.client.register_script(LIMITER)
        replies = await asyncio.gather(*(limit(keys=["shared"], args=[20, 60]) for _ in range(60)))
        self.assertEqual(sum(replies), 20)

    async def test_a_blocked_reader_is_woken_by_a_script(self):
        reader = asyncio.create_task(self.client.blpop(["queue"], timeout=5))
        while (await self.client.info("clients"))["blocked_clients"] == 0:
            await asyncio.sleep(0.01)
        await self.client.eval("return redis.call('RPUSH', KEYS[1], 'a')", 1, "queue")
        self.assertEqual(tuple(await reader), ("queue", "a"))

    async def test_messages(self):
        async with self.client.pubsub() as listener:
            await listener.subscribe("news")
            self.assertEqual((await listener.get_message(timeout=5))["type"], "subscribe")
            await self.client.publish("news", "hello")
            self.assertEqual((await listener.get_message(timeout=5))["data"], "hello")


if __name__ == "__main__":
    unittest.main()
