// The corpora of the project, run by the package: it must give the same bytes as the machine that built it.
//
// EVALUA_ROOT is the project's folder, EVALUA_NATIVE what `examples/corpus.rs` has written.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Lua, LuaError, createClient, init, splitLine } from "evalua";

const root = process.env.EVALUA_ROOT;
const native = process.env.EVALUA_NATIVE;
await init();

/** Programs that take gigabytes. */
const TOO_LARGE = ["functions/stack_overflow.lua"];

test("programs of plain Lua", async (t) => {
  const corpus = join(root, "conformance/lua");
  const programs = readdirSync(corpus, { recursive: true })
    .filter((name) => name.endsWith(".lua"))
    .sort();
  assert.ok(programs.length > 300, "the corpus is there");
  for (const name of programs) {
    await t.test(name, { skip: TOO_LARGE.includes(name) && "takes more memory than a module can have" }, () => {
      const expected = withoutAddresses(readFileSync(join(native, name), "latin1"));
      assert.equal(outputOf(readFileSync(join(corpus, name))), expected);
    });
  }
});

/** What a program prints, and then its error. Bytes are characters, and addresses are all the same. */
function outputOf(source) {
  let printed = "";
  let failed = "";
  const latin1 = (bytes) => Buffer.from(bytes).toString("latin1");
  const lua = new Lua({ binary: true, debug: true, print: (line) => (printed += `${latin1(line)}\n`) });
  try {
    lua.global.set("put", (text) => void (printed += latin1(text)));
    lua.doString(readFileSync(new URL("prelude.lua", import.meta.url)), "=prelude");
    lua.doString(source, "@script.lua");
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    failed = Buffer.from([error.message, error.traceback].filter(Boolean).join("\n") + "\n").toString("latin1");
  }
  const before = printed.length;
  lua.dispose();
  // What comes last has no end of its own: it was cut off.
  if (printed.length > before) printed = printed.slice(0, -1);
  return withoutAddresses(printed + failed);
}

function withoutAddresses(text) {
  return text.replace(/0x[0-9a-f]{5,}/g, "ADDRESS");
}

for (const profile of ["redis-7.0", "redis-7.2", "valkey-8"]) {
  test(`transcripts of scripts on ${profile}`, async (t) => {
    for (const [folder, scripts] of [["conformance/redis", false], ["examples", true]]) {
      const files = readdirSync(join(root, folder)).filter((name) => name.endsWith(".cases"));
      assert.ok(files.length > 0, "the transcripts are there");
      for (const name of files) {
        const script = scripts ? readFileSync(join(root, folder, name.replace(".cases", ".lua"))) : undefined;
        for (const { title, tags, steps } of cases(readFileSync(join(root, folder, name), "utf8"))) {
          const servers = tags.filter((tag) => tag !== "resp3");
          if (servers.length > 0 && !servers.includes(profile)) continue;
          await t.test(`${name}: ${title}`, () => replay(profile, tags.includes("resp3"), steps, script));
        }
      }
    }
  });
}

/** Runs the steps of a case on an engine of its own. */
async function replay(profile, isResp3, steps, script) {
  const redis = createClient({ profile, clock: 1_700_000_000_000, RESP: isResp3 ? 3 : 2 });
  try {
    for (const { kind, line, reply } of steps) {
      if (kind === "clock> +") {
        await redis.clock.advance(Math.round(Number(line) * 1000));
        continue;
      }
      let words = await splitLine(line);
      if (kind === "script>") {
        const found = words.findIndex((word) => Buffer.from(word).toString() === ",");
        const comma = found < 0 ? words.length : found;
        words = ["EVAL", script, comma, ...words.slice(0, comma), ...words.slice(comma + 1)];
      }
      assert.equal((await redis.inspect(words)).text, reply.join("\n"), line);
    }
  } finally {
    redis.dispose();
  }
}

/** The cases of a transcript; `examples/README.md` has its form. */
function cases(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const title = /^== (.*?)(?: \[(.*)\])?$/.exec(line);
    const kind = ["redis>", "script>", "clock> +"].find((prompt) => line.startsWith(prompt));
    if (title) found.push({ title: title[1], tags: title[2]?.split(" ") ?? [], steps: [] });
    else if (kind) found.at(-1).steps.push({ kind, line: line.slice(kind.length).trim(), reply: [] });
    else if (line !== "") found.at(-1).steps.at(-1).reply.push(line);
  }
  return found;
}
