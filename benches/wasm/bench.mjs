// evalua in WebAssembly beside fengari and wasmoon: `node bench.mjs`, after `cargo xtask wasm` and `npm ci` here.
//
// Each program runs in processes of its own for each engine, by turns, three times; fengari, which takes minutes,
// once. A figure is the least CPU time of the process while the program runs: the second time in that process, for the first is
// the engine's to compile itself. Then what it takes to make an engine, the median of a hundred.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PROGRAMS = ["array", "closures", "fib", "fields", "hash_strings", "json", "loop", "patterns", "redis_limiter", "trees"];

/** How each engine is made and runs a source, in how many processes, and how often a program runs there before it is timed. */
const ENGINES = {
  evalua: {
    rounds: 3,
    warmups: 1,
    async prepare() {
      const { init, Lua } = await import(process.env.EVALUA ?? "../../crates/evalua-wasm/npm/dist/node.js");
      await init();
      return () => {
        const lua = new Lua({ print: () => {} });
        return { run: (source) => lua.doString(source), end: () => lua.dispose() };
      };
    },
  },
  wasmoon: {
    rounds: 3,
    warmups: 1,
    async prepare() {
      const { LuaFactory } = await import("wasmoon");
      const factory = new LuaFactory();
      await factory.getLuaModule();
      return async () => {
        const lua = await factory.createEngine();
        lua.global.set("print", () => {});
        return { run: (source) => lua.doStringSync(source), end: () => lua.global.close() };
      };
    },
  },
  fengari: {
    rounds: 1,
    warmups: 0,
    async prepare() {
      const { lua, lauxlib, lualib, to_luastring } = (await import("fengari")).default;
      return () => {
        const L = lauxlib.luaL_newstate();
        lualib.luaL_openlibs(L);
        lua.lua_pushjsfunction(L, () => 0);
        lua.lua_setglobal(L, to_luastring("print"));
        const run = (source) => {
          if (lauxlib.luaL_dostring(L, to_luastring(source)) !== lua.LUA_OK) throw new Error(lua.lua_tojsstring(L, -1));
        };
        return { run, end: () => {} };
      };
    },
  },
};

async function timeOf(name, program) {
  const { prepare, warmups } = ENGINES[name];
  const make = await prepare();
  const source = readFileSync(new URL(`../programs/${program}.lua`, import.meta.url), "utf8");
  let used;
  for (let run = 0; run <= warmups; run++) {
    const engine = await make();
    const before = process.cpuUsage();
    engine.run(source);
    used = process.cpuUsage(before);
    engine.end();
  }
  return (used.user + used.system) / 1000;
}

async function creationOf(name) {
  const make = await ENGINES[name].prepare();
  const times = [];
  for (let n = 0; n < 100; n++) {
    const before = performance.now();
    const engine = await make();
    times.push(performance.now() - before);
    engine.end();
  }
  return times.sort((a, b) => a - b)[50];
}

const mean = (ratios) => Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);

function table() {
  const self = fileURLToPath(import.meta.url);
  const ask = (...words) => Number(execFileSync(process.execPath, [self, ...words], { encoding: "utf8" }));
  const names = (process.env.ENGINES ?? "evalua,wasmoon,fengari").split(",");
  const others = names.filter((name) => name !== "evalua");
  console.log(`| program | ${names.map((name) => `${name}, ms`).join(" | ")} | ${others.map((name) => `${name} / evalua`).join(" | ")} |`);
  console.log(`|---|${"---|".repeat(names.length + others.length)}`);
  const ratios = others.map(() => []);
  for (const program of PROGRAMS) {
    const times = names.map(() => Infinity);
    for (let round = 1; round <= 3; round++) {
      names.forEach((name, at) => {
        if (round <= ENGINES[name].rounds) times[at] = Math.min(times[at], ask("--time", name, program));
      });
    }
    others.forEach((name, at) => ratios[at].push(times[names.indexOf(name)] / times[0]));
    const shown = [...times.map((time) => time.toFixed(0)), ...ratios.map((list) => list.at(-1).toFixed(1))];
    console.log(`| ${program} | ${shown.join(" | ")} |`);
  }
  console.log(`| **geometric mean** | ${names.map(() => "").join(" | ")} | ${ratios.map((list) => `**${mean(list).toFixed(2)}**`).join(" | ")} |`);
  const creations = names.map((name) => ask("--create", name).toFixed(2));
  console.log(`| making an engine | ${creations.join(" | ")} | ${others.map(() => "").join(" | ")} |`);
}

const [what, name, program] = process.argv.slice(2);
if (what === "--time") console.log(await timeOf(name, program));
else if (what === "--create") console.log(await creationOf(name));
else table();
