// Commands and scripts with numbers at the ends of 32 and 64 bits: a `usize` has 32 bits here, and the answers must be
// those of the machine that built the package.
//
// EVALUA_COMMANDS is what `examples/commands.rs` has written.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createClient } from "evalua";

test("commands with large numbers", async (t) => {
  const redis = createClient({ clock: 1_700_000_000_000, seed: 1, maxMemory: 16 << 20 });
  t.after(() => redis.dispose());
  const lines = readFileSync(process.env.EVALUA_COMMANDS, "latin1").trimEnd().split("\n");
  assert.ok(lines.length > 10_000, "the commands are there");
  const text = (hex) => Buffer.from(hex, "hex").toString();
  for (const [number, line] of lines.entries()) {
    const [words, expected] = line.split("\t");
    const command = words.split(" ").map(text);
    const shown = await redis.inspect(command);
    assert.equal(shown.text, text(expected), `line ${number + 1}: ${command.join(" ")}`);
  }
});
