/** The lint for Redis Lua scripts. */
import { enter, init } from "./module.js";
import { checked } from "./options.js";
import * as raw from "./wasm/evalua_wasm.js";
import { bytesOf } from "./words.js";

/** What a script is checked for. */
export interface CheckOptions {
  /** The server that it is to run on: `redis-7.2` without this. */
  profile?: string;
}

/** A place in a source. */
export interface Place {
  /** The line, from 1. */
  line: number;
  /** The character in the line, from 1. */
  column: number;
  /** How many bytes are before it. */
  offset: number;
}

/** One thing that is wrong with a script. */
export interface Finding {
  /** The rule that it breaks. */
  rule: string;
  /** What is wrong and what to do. */
  message: string;
  start: Place;
  end: Place;
}

/** What will fail in a script, or not do what it looks like, without running it: errors of syntax included. */
export async function check(script: string | Uint8Array, options: CheckOptions = {}): Promise<Finding[]> {
  const { profile } = checked(options, { profile: "string" });
  const source = bytesOf(script);
  await init();
  return enter(() => raw.check(source, profile)) as Finding[];
}
