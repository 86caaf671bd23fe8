// How large the module is on its way to a page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

const LIMIT = 700_000;

test("the module is small when it is packed", () => {
  const path = fileURLToPath(import.meta.resolve("evalua/evalua.wasm"));
  const size = gzipSync(readFileSync(path), { level: 9 }).length;
  assert.ok(size <= LIMIT, `${path} has ${size} bytes packed by gzip -9: at most ${LIMIT} are allowed`);
});
