/**
 * Redis Lua scripts with no server: an in-memory Redis ({@link createClient}), plain Lua 5.1 ({@link Lua}) and a lint
 * for scripts ({@link check}). Nothing is sent anywhere.
 */
export { check, type CheckOptions, type Finding, type Place } from "./check.js";
export {
  createClient,
  type Bytes,
  type Clock,
  type ClientOptions,
  type Coverage,
  type EvalOptions,
  type FaultOptions,
  type Key,
  type RedisClient,
  type Reply,
  type SetOptions,
  type Shown,
  type Trace,
  type TracedCall,
  type Word,
} from "./client.js";
export { LuaError, ReplyError, type LuaErrorKind } from "./errors.js";
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
export { splitLine } from "./words.js";
