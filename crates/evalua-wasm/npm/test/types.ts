// What `tsc --strict` must say of the types: it compiles, and what is marked as an error is one.
import { Lua, LuaError, MultiErrorReply, ReplyError, WatchError, check, createClient, init, multi } from "evalua";
import type { Finding, LuaTable, LuaValue, RedisClient, Reply, TracedCall } from "evalua";

export async function uses(): Promise<void> {
  using redis: RedisClient = createClient({ clock: new Date(0), seed: 1, maxInstructions: 1e6, log: (level, line) => void [level, line] });
  const reply: Reply = await redis.eval("return 1", { keys: ["k"], arguments: ["1", 2, Uint8Array.of(3)] });
  const count: number = await redis.incr("k");
  const value: string | null = await redis.get("k");
  const pong = await redis.sendCommand<string>(["PING"]);
  const calls: TracedCall[] = await redis.trace.take();
  await redis.set("k", "v", { EX: 1, NX: true });
  await redis.clock.advance(1000);
  void [reply, count, value, pong.length, calls];

  const chain = redis.multi().incr("k").hGetAll("h").addCommand(["ECHO", "x"]).addCommand(["TIME"], (time) => String(time).length);
  const [after, hash, echo, length]: [number, Record<string, string>, Reply, number] = await chain.execTyped();
  const [first]: unknown[] = await chain.exec();
  const watched: string = await redis.watch(["k", "h"]);
  void [after, hash, echo, length, first, watched];
  await redis.subscribe(["news"], (message: string, channel: string) => void [message, channel]);
  await redis.pUnsubscribe();
  // @ts-expect-error who subscribes has a listener
  await redis.subscribe("news");

  // @ts-expect-error a chain takes what the client takes
  redis.multi().incr(1);
  // @ts-expect-error a field has a value
  await redis.hSet("h", "f");
  // @ts-expect-error the reply of the second command is no number
  const wrong: [number, number] = await redis.multi().incr("k").get("k").execTyped();
  void wrong;
  // @ts-expect-error a key is no number
  await redis.eval("return 1", { keys: [1] });
  // @ts-expect-error a number is no module
  await init(1);
  // @ts-expect-error no such option
  createClient({ clocks: 1 });
  // @ts-expect-error a value can be missing
  const certain: string = await redis.get("k");
  void certain;

  using lua = await Lua.create({ print: (line: string) => void line });
  const result: LuaValue = lua.doString("return 1");
  lua.global.set("f", (a: number) => multi(a, 2));
  const table = lua.global.get("t") as LuaTable;
  for (const [key, item] of table) void [key, item];
  // @ts-expect-error a promise is no value
  lua.global.set("x", Promise.resolve(1));
  void result;

  try {
    lua.doString("error()");
  } catch (error) {
    if (error instanceof LuaError) void [error.line?.toFixed(), error.traceback?.length, error.kind === "syntax"];
    if (error instanceof ReplyError) void error.code.length;
    if (error instanceof MultiErrorReply) void [error.replies.length, error.errorIndexes[0]?.toFixed(), [...error.errors()][0]?.code];
    if (error instanceof WatchError) void error.message;
  }
  const findings: Finding[] = await check("return 1");
  void findings;
}
