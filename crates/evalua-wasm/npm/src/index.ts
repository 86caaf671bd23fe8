/**
 * Redis Lua scripts with no server: an in-memory Redis ({@link createClient}), plain Lua 5.1 ({@link Lua}) and a lint
 * for scripts ({@link check}). Nothing is sent anywhere.
 */
export { check, type CheckOptions, type Finding, type Place } from "./check.js";
export {
  createClient,
  type Clock,
  type ClientOptions,
  type Coverage,
  type FaultOptions,
  type RedisClient,
  type Shown,
  type Trace,
  type TracedCall,
} from "./client.js";
export type { Bytes, EvalOptions, Key, Reply, ScoredMember, SetOptions } from "./commands.js";
export { LuaError, MultiErrorReply, ReplyError, WatchError, type LuaErrorKind } from "./errors.js";
export {
  Lua,
  multi,
  type LuaFunction,
  type LuaHandle,
  type LuaInput,
  type LuaOptions,
  type LuaTable,
  type LuaValue,
} from "./lua.js";
export { init, type ModuleSource } from "./module.js";
export type { Multi } from "./multi.js";
export type { Listener } from "./subscriptions.js";
export { splitLine, type Word } from "./words.js";
