// The examples of the README, copied and run as they stand.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

const readme = readFileSync(new URL("node_modules/evalua/README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code);

/** Runs node on a copy of an example, and gives what it prints. */
function run(name, code, ...options) {
  writeFileSync(new URL(name, import.meta.url), code);
  // Node's tests do not run inside of others.
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  return execFileSync(process.execPath, [...options, name], { cwd: new URL(".", import.meta.url), encoding: "utf8", env });
}

test("the test of a script passes", () => {
  const [limiter] = blocks;
  assert.match(run("limiter.example.mjs", limiter, "--test"), /^# pass 1$/m);
});

test("the transaction is run", () => {
  const [, transaction] = blocks;
  assert.equal(run("transaction.mjs", transaction), "OK {}\n");
});

test("the message is heard", () => {
  const [, , channels] = blocks;
  assert.equal(run("channels.mjs", channels), "news hello\n");
});

test("the worker ends an endless loop", () => {
  const [, , , worker, main] = blocks;
  writeFileSync(new URL("worker.mjs", import.meta.url), worker);
  assert.match(run("main.mjs", main), /^\(error\) ERR user_script:1: script exceeded its limit of 5000000 instructions/);
});
