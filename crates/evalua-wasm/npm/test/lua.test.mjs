// Plain Lua of the package, and its lint.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Lua, LuaError, check, multi } from "evalua";

async function state(t, options) {
  const lua = await Lua.create(options);
  t.after(() => lua.dispose());
  return lua;
}

test("values cross in both directions", async (t) => {
  const lua = await state(t);
  assert.equal(lua.doString("return 7 / 2"), 3.5);
  assert.equal(lua.doString("return 'a' .. 1"), "a1");
  assert.equal(lua.doString("return nil"), undefined);
  assert.equal(lua.doString("return true"), true);
  lua.global.set("given", { list: [1, 2, { deep: "x" }], map: new Map([[3, false]]), bytes: Uint8Array.of(0xff), big: 10n });
  assert.equal(lua.doString("return given.list[3].deep .. #given.list .. tostring(given.map[3]) .. given.bytes:byte() .. given.big"), "x3false25510");
  const table = lua.doString("return setmetatable({10, 20, k = 'v'}, { __tostring = function() return 'mine' end })");
  assert.deepEqual(table.toArray(), [10, 20]);
  assert.deepEqual(table.toObject(), { 1: 10, 2: 20, k: "v" });
  assert.equal(String(table), "mine");
  table.set("k", [1]);
  assert.equal(table.get("k").length, 1);
  lua.global.set("same", table);
  assert.equal(lua.doString("return same.k[1]"), 1);
});

test("functions cross in both directions", async (t) => {
  const lua = await state(t);
  lua.global.set("divide", (a, b) => multi(Math.floor(a / b), a % b));
  assert.equal(lua.doString("local q, r = divide(17, 5) return q * 10 + r"), 32);
  const twice = lua.doString("return function(f, x) return f(f(x)), 'and more' end");
  assert.equal(twice((x) => x + 1, 5), 7);
  assert.deepEqual(twice.all((x) => x * 2, 5), [20, "and more"]);
  const pick = lua.doString("return function(t) return t.f(t.n) end");
  assert.equal(pick({ f: (n) => ({ n: n + 1 }), n: 1 }).get("n"), 2);
});

test("errors tell what and where", async (t) => {
  const lua = await state(t);
  const error = catching(() => lua.doString("local t = {}\nreturn t.x.y", "@app.lua"));
  assert.ok(error instanceof LuaError);
  assert.equal(error.message, "app.lua:2: attempt to index field 'x' (a nil value)");
  assert.deepEqual([error.kind, error.chunk, error.line], ["runtime", "app.lua", 2]);
  assert.match(error.traceback, /^stack traceback:\n\tapp.lua:2: in main chunk/);
  const syntax = catching(() => lua.doString("for i = 1, 3 do"));
  assert.deepEqual([syntax.kind, syntax.line, syntax.incomplete], ["syntax", 1, true]);
  const raised = catching(() => lua.doString("error({ code = 7 })"));
  assert.equal(raised.value.get("code"), 7);
});

test("what JavaScript throws can be caught by Lua, and comes out as it was", async (t) => {
  const lua = await state(t);
  const thrown = new TypeError("not that");
  lua.global.set("fail", () => {
    throw thrown;
  });
  assert.equal(lua.doString("return select(2, pcall(fail))", "=x"), "x:1: not that");
  const error = catching(() => lua.doString("\nfail()", "=x"));
  assert.equal(error.message, "x:2: not that");
  assert.equal(error.cause, thrown);
});

test("what Lua has no value for is refused", async (t) => {
  const lua = await state(t);
  const other = await state(t);
  const circle = {};
  circle.self = circle;
  assert.throws(() => lua.global.set("x", circle), /inside itself/);
  assert.throws(() => lua.global.set("x", new Date()), /no value for an object of type Date/);
  assert.throws(() => lua.global.set("x", Symbol("s")), /no value for Symbol\(s\)/);
  assert.throws(() => lua.global.set("x", other.global), /belongs to another Lua state/);
  assert.throws(() => lua.global.set(undefined, 1), LuaError);
  lua.global.set("later", async () => 1);
  assert.throws(() => lua.doString("later()"), /cannot return a promise/);
});

test("what is thrown need not be an error", async (t) => {
  const lua = await state(t);
  lua.global.set("fail", (kind) => {
    throw { text: "a text", null: null, undefined: undefined, object: { code: 1 } }[kind];
  });
  const messages = ["text", "null", "undefined", "object"].map((kind) => lua.doString(`return select(2, pcall(fail, "${kind}"))`, "=x"));
  assert.deepEqual(messages, ["x:1: a text", "x:1: JavaScript has thrown null", "x:1: JavaScript has thrown undefined", "x:1: JavaScript has thrown object"]);
});

test("what goes wrong in JavaScript leaves the module as it was", async (t) => {
  const lua = await state(t);
  const thrown = new RangeError("mine");
  const bad = {
    get field() {
      throw thrown;
    },
  };
  assert.equal(catching(() => lua.global.set("x", bad)), thrown);
  let deep = {};
  for (let level = 0; level < 100_000; level++) deep = { deep };
  assert.throws(() => lua.global.set("x", deep), { name: "RangeError", message: /at most 200 deep/ });
  lua.global.set("given", () => deep);
  assert.throws(() => lua.doString("given()"), /at most 200 deep/);
  assert.equal(lua.doString("return 1"), 1);
});

test("a state may be ended by what it calls", async (t) => {
  const lua = await state(t);
  lua.global.set("finish", (result) => {
    lua.dispose();
    return result;
  });
  assert.equal(lua.doString("return finish(4)"), 4);
  assert.throws(() => lua.doString("return 1"), /disposed/);
  const printing = await Lua.create({ print: () => printing.dispose() });
  assert.equal(printing.doString("print() return 5"), 5);
  assert.throws(() => printing.doString("return 1"), /disposed/);
});

test("options that are none are refused", async () => {
  await assert.rejects(Lua.create({ print: "here" }), { name: "TypeError", message: "print is here: a function is wanted" });
  await assert.rejects(Lua.create({ maxMemory: -1 }), RangeError);
  await assert.rejects(check("return 1", { profile: 7 }), /profile is 7: a string is wanted/);
});

test("strings are bytes where they are wanted so", async (t) => {
  const lua = await state(t, { binary: true });
  assert.deepEqual(lua.doString("return '\\255\\0'"), Uint8Array.of(0xff, 0));
});

test("limits hold for each call", async (t) => {
  const lua = await state(t, { maxInstructions: 100_000, maxMemory: 1 << 20, maxCallDepth: 100 });
  for (let round = 0; round < 2; round++) {
    assert.equal(catching(() => lua.doString("while true do pcall(error) end")).kind, "budget");
    assert.equal(catching(() => lua.doString("local s = 'x' while true do s = s .. s end")).kind, "memory");
    assert.match(catching(() => lua.doString("local function f() return 1 + f() end f()")).message, /stack overflow/);
  }
  assert.ok(lua.usedMemory < 1 << 20);
});

test("nested calls as deep as they may be end with an error", async (t) => {
  const lua = await state(t);
  lua.global.set("again", (f) => f(f));
  for (const source of [
    "local function f(g) return again(g) + 1 end f(f)",
    "local function f() return (string.gsub('a', 'a', f)) end f()",
    "local function f() table.sort({ 1, 2 }, f) end f()",
    "local t t = setmetatable({}, { __tostring = function() return tostring(t) end }) tostring(t)",
    "local t t = setmetatable({}, { __index = function(_, k) return t[k + 1] end }) return t[1]",
  ]) {
    assert.match(catching(() => lua.doString(source)).message, /stack overflow/, source);
  }
  assert.equal(lua.doString("return 1"), 1);
});

test("print goes where it is wanted", async (t) => {
  const lines = [];
  const lua = await state(t, { print: (line) => lines.push(line) });
  lua.doString("print('a', 1, nil) print('b\\nc')");
  assert.deepEqual(lines, ["a\t1\tnil", "b", "c"]);
});

test("libraries are there when asked for", async (t) => {
  const plain = await state(t);
  assert.equal(plain.doString("return io or os or debug or cjson or require"), undefined);
  const more = await state(t, { debug: true, redisLibraries: true });
  assert.equal(more.doString("return cjson.encode({ bit.bor(1, 2) }) .. type(debug.traceback)"), "[3]function");
});

test("what was disposed of is gone", async () => {
  const lua = await Lua.create();
  const table = lua.doString("return {}");
  table.dispose();
  assert.throws(() => table.get(1), /disposed/);
  assert.throws(() => lua.global.set("x", table), /disposed/);
  lua[Symbol.dispose]();
  lua.dispose();
  assert.throws(() => lua.doString("return 1"), /disposed/);
});

test("values that nobody holds go", async (t) => {
  const lua = await state(t);
  lua.doString("function id(x) return x end");
  const id = lua.global.get("id");
  for (let n = 0; n < 1000; n++) {
    id(["x".repeat(1000)]).dispose();
  }
  lua.doString("collectgarbage()");
  assert.ok(lua.usedMemory < 200_000, String(lua.usedMemory));
});

test("a state that nobody holds goes, with the functions that it was given", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const left = await (async () => {
    const lua = await Lua.create({ print: () => {} });
    lua.global.set("f", () => 1);
    lua.doString("f()");
    return new WeakRef(lua);
  })();
  for (let turn = 0; turn < 10 && left.deref() !== undefined; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  assert.equal(left.deref(), undefined);
});

test("the lint finds what will fail", async () => {
  const [found] = await check("return redis.call('GET', KEYS[1]) == nil");
  assert.equal(found.rule, "reply-compared-to-nil");
  assert.deepEqual(found.start, { line: 1, column: 8, offset: 7 });
  const [syntax] = await check("local x = = 1");
  assert.equal(syntax.start.line, 1);
  assert.deepEqual(await check("return 1", { profile: "valkey-8" }), []);
});

function catching(work) {
  try {
    work();
  } catch (error) {
    return error;
  }
  assert.fail("nothing was thrown");
}

test("a table raised beneath a function of JavaScript is in the cause", async (t) => {
  const lua = await state(t);
  lua.global.set("f", () => lua.doString("error({ code = 5 })"));
  assert.throws(() => lua.doString("f()"), (error) => error.value === undefined && error.cause.value.get("code") === 5);
  const [isFine, text] = lua.load("return pcall(f)").all();
  assert.deepEqual([isFine, text], [false, "chunk:1: (error object is a table value)"]);
});
