// node-redis, by the tests that the npm package passes as well: transactions, pipelines, messages of channels.

import { after, before } from "node:test";
import { createClient, MultiErrorReply, WatchError } from "redis";

import { channelTests } from "../../../crates/evalua-wasm/npm/test/channels.steps.mjs";
import { multiTests } from "../../../crates/evalua-wasm/npm/test/multi.steps.mjs";
import { startServer } from "./server.js";

let server;

before(async () => {
  server = await startServer();
});

after(() => server.stop());

async function connect(t) {
  const client = await createClient({ url: server.url }).connect();
  await client.flushAll();
  t.after(() => client.destroy());
  return client;
}

multiTests(connect, { MultiErrorReply, WatchError });
channelTests(connect);
