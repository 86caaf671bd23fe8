/** {@link Lua}: plain Lua 5.1, with values and functions that go both ways. */
import { dispose } from "./disposal.js";
import { LuaError } from "./errors.js";
import { enter, init } from "./module.js";
import * as raw from "./wasm/evalua_wasm.js";
import { bytesOf, nameOf } from "./words.js";

/** A value as it comes from Lua: nil is undefined, and a string is bytes if the state was made so. */
export type LuaValue = undefined | boolean | number | string | Uint8Array | LuaTable | LuaFunction | LuaHandle;

/** A value as Lua takes it. Arrays, maps and plain objects become new tables, functions become functions. */
export type LuaInput =
  | LuaValue
  | null
  | bigint
  | readonly LuaInput[]
  | ReadonlyMap<LuaInput, LuaInput>
  | { readonly [key: string]: LuaInput }
  | ((...args: never[]) => unknown);

/** What a state is to be like. */
export interface LuaOptions {
  /** Whether strings come from Lua as bytes. */
  binary?: boolean;
  /** How many calls and turns of loops each call from JavaScript may make; without this, any number. */
  maxInstructions?: number;
  /** How many bytes its values may take: 1 GiB without this. */
  maxMemory?: number;
  /** How deep calls may be. */
  maxCallDepth?: number;
  /** Whether there is the library `debug`. */
  debug?: boolean;
  /** Whether there are the libraries that scripts of Redis have: `cjson`, `cmsgpack`, `struct`, `bit`. */
  redisLibraries?: boolean;
  /** Where the lines go that `print` writes: `console.log` without this. */
  print?: (line: string) => void;
}

/** A function of Lua's. It returns its first result. */
export interface LuaFunction {
  (...args: LuaInput[]): LuaValue;
  /** Calls it, and returns all of its results. */
  all(...args: LuaInput[]): LuaValue[];
  dispose(): void;
}

/** A coroutine or a userdata. */
export interface LuaHandle {
  readonly kind: "thread" | "userdata";
  toString(): string;
  dispose(): void;
}

/** Several results of a function of JavaScript's: see {@link multi}. */
class Multi {
  constructor(readonly values: readonly LuaInput[]) {}
}

/** What a function of JavaScript's returns in place of one result: several. */
export function multi(...values: LuaInput[]): unknown {
  return new Multi(values);
}

/** A value that stays in the state: its number there. */
interface Held {
  readonly kind: string;
  readonly id: number;
}

/** The numbers that faces stand for. */
const faces = new WeakMap<object, { readonly lua: Lua; readonly id: number }>();

/** A Lua state. */
export class Lua {
  readonly #state: raw.LuaState;
  readonly #gone: FinalizationRegistry<number>;
  #isDisposed = false;
  #global: LuaTable | undefined;

  /** Makes a state, after having loaded the module. */
  static async create(options: LuaOptions = {}): Promise<Lua> {
    await init();
    return new Lua(options);
  }

  /** Makes a state at once, where the module was loaded before: by `init`, or by another state or client. */
  constructor(options: LuaOptions = {}) {
    const { maxMemory = 2 ** 30, print = console.log, ...others } = options;
    const given = { ...others, maxMemory, print: (line: string) => print(line) };
    this.#state = enter(() => guard(() => new raw.LuaState(given)));
    this.#gone = new FinalizationRegistry((id) => this.#release(id));
  }

  /** The table of globals. */
  get global(): LuaTable {
    this.#global ??= this.#use((state) => this.#in(state.globals())) as LuaTable;
    return this.#global;
  }

  /**
   * Runs a source, and returns what it returns first.
   *
   * @throws LuaError
   */
  doString(source: string | Uint8Array, name = "=chunk"): LuaValue {
    const chunk = this.load(source, name);
    try {
      return chunk();
    } finally {
      chunk.dispose();
    }
  }

  /**
   * Makes a function of a source. In messages `name` stands for it, without the `=` or `@` it begins with.
   *
   * @throws LuaError where its syntax is wrong
   */
  load(source: string | Uint8Array, name = "=chunk"): LuaFunction {
    return this.#use((state) => this.#in(state.load(bytesOf(source), bytesOf(name)))) as LuaFunction;
  }

  /** How many bytes its values take. */
  get usedMemory(): number {
    return this.#use((state) => state.usedMemory());
  }

  /** Lets go of the state and of all that is in it. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#state.free();
  }

  [dispose](): void {
    this.dispose();
  }

  #use<T>(work: (state: raw.LuaState) => T): T {
    if (this.#isDisposed) throw new Error("the Lua state was disposed of");
    try {
      return enter(() => work(this.#state));
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The error of what the module has thrown. */
  #failure(error: unknown): unknown {
    if (!isFacts(error)) return error;
    const value = this.#in(error.value);
    return new LuaError(error.message, { ...error, value });
  }

  #release(id: number): void {
    if (!this.#isDisposed) enter(() => this.#state.release(id));
  }

  /** What a value that has come from the state is here. */
  #in(value: unknown): LuaValue {
    if (!isHeld(value)) return value as LuaValue;
    const face = this.#face(value);
    faces.set(face, { lua: this, id: value.id });
    this.#gone.register(face, value.id, face);
    return face;
  }

  #face({ kind, id }: Held): LuaTable | LuaFunction | LuaHandle {
    const disposed = (face: object): void => {
      if (faces.delete(face)) {
        this.#gone.unregister(face);
        this.#release(id);
      }
    };
    switch (kind) {
      case "table":
        return new LuaTable(
          {
            get: (key) => this.#use((state) => this.#lend((out) => this.#in(state.tableGet(id, out(key))))),
            set: (key, value) => this.#use((state) => this.#lend((out) => state.tableSet(id, out(key), out(value)))),
            length: () => this.#use((state) => state.tableLength(id)),
            entries: () => this.#use((state) => state.tableEntries(id)).map((value) => this.#in(value)),
            text: () => this.#use((state) => state.textOf(id)),
          },
          disposed,
        );
      case "function": {
        const all = (...args: LuaInput[]): LuaValue[] =>
          this.#use((state) =>
            this.#lend((out) => state.call(id, args.map(out))).map((result: unknown) => this.#in(result)),
          );
        const face: LuaFunction = Object.assign((...args: LuaInput[]) => all(...args)[0], {
          all,
          dispose: () => disposed(face),
        });
        return face;
      }
      default: {
        const face: LuaHandle = {
          kind: kind as LuaHandle["kind"],
          toString: () => this.#use((state) => state.textOf(id)),
          dispose: () => disposed(face),
        };
        return face;
      }
    }
  }

  /** Does something with values on their way into the state, and lets go of what was made of them and not arrived. */
  #lend<T>(work: (out: (value: unknown) => unknown) => T): T {
    const made: number[] = [];
    try {
      return work((value) => this.#out(value, made, []));
    } finally {
      for (const id of made) this.#state.release(id);
    }
  }

  /** What a value is on its way into the state. `made` is what was made of it, `inside` what it is inside of. */
  #out(value: unknown, made: number[], inside: object[]): unknown {
    switch (typeof value) {
      case "undefined":
      case "boolean":
      case "number":
      case "string":
        return value;
      case "bigint":
        return Number(value);
      case "symbol":
        throw new TypeError(`Lua has no value for ${String(value)}`);
    }
    if (value === null || value instanceof Uint8Array) return value;
    const face = faces.get(value as object);
    if (face !== undefined) {
      if (face.lua !== this) throw new TypeError("the value belongs to another Lua state");
      return { id: face.id };
    }
    if (value instanceof LuaTable) throw new Error("the Lua value was disposed of");
    const keep = (held: unknown): unknown => {
      const { id } = held as Held;
      made.push(id);
      // The state lets go of it where it arrives.
      return { id, own: true };
    };
    if (typeof value === "function") {
      return keep(this.#state.newFunction(this.#callback(value as (...args: LuaValue[]) => unknown)));
    }
    if (inside.includes(value as object)) throw new TypeError("Lua gets copies of objects: one that is inside itself has none");
    const around = [...inside, value as object];
    const out = (part: unknown): unknown => this.#out(part, made, around);
    if (Array.isArray(value)) return keep(this.#state.newTable(value.map(out), []));
    if (value instanceof Map) return keep(this.#state.newTable([], [...value].flat(1).map(out)));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return keep(this.#state.newTable([], Object.entries(value as object).flat(1).map(out)));
    }
    throw new TypeError(`Lua has no value for ${nameOf(value)}: plain objects, arrays and maps become tables`);
  }

  /** What the state calls for a function of JavaScript's: with an array of its arguments, for one of its results. */
  #callback(call: (...args: LuaValue[]) => unknown): (args: unknown[]) => unknown[] {
    return (args) => {
      const result = call(...args.map((arg) => this.#in(arg)));
      if (result instanceof Promise) throw new TypeError("a function that Lua calls cannot return a promise");
      const results = result instanceof Multi ? result.values : result === undefined ? [] : [result];
      const made: number[] = [];
      try {
        return results.map((value) => this.#out(value, made, []));
      } catch (error) {
        for (const id of made) this.#state.release(id);
        throw error;
      }
    };
  }
}

/** How a table reaches its state. */
interface Reach {
  get(key: LuaInput): LuaValue;
  set(key: LuaInput, value: LuaInput): void;
  length(): number;
  entries(): LuaValue[];
  text(): string;
}

/** A table of Lua's, which stays where it is: what is changed here changes there. */
export class LuaTable {
  readonly #reach: Reach;
  readonly #dispose: (face: object) => void;

  /** @internal */
  constructor(reach: Reach, disposed: (face: object) => void) {
    this.#reach = reach;
    this.#dispose = disposed;
  }

  /** The value under a key, by its metatable where it has one. */
  get(key: LuaInput): LuaValue {
    return this.#reach.get(key);
  }

  /** Sets the value under a key, by its metatable where it has one. */
  set(key: LuaInput, value: LuaInput): void {
    this.#reach.set(key, value);
  }

  /** Its length, as `#` has it. */
  get length(): number {
    return this.#reach.length();
  }

  /** Its keys and values, in the order of `pairs`. */
  entries(): [LuaValue, LuaValue][] {
    const flat = this.#reach.entries();
    return Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at], flat[2 * at + 1]]);
  }

  [Symbol.iterator](): Iterator<[LuaValue, LuaValue]> {
    return this.entries()[Symbol.iterator]();
  }

  /** The items from 1 to its length. */
  toArray(): LuaValue[] {
    return Array.from({ length: this.length }, (_, at) => this.get(at + 1));
  }

  /** Its fields as an object, keys as text. Tables inside of it stay tables. */
  toObject(): Record<string, LuaValue> {
    return Object.fromEntries(this.entries().map(([key, value]) => [String(key), value]));
  }

  toString(): string {
    return this.#reach.text();
  }

  dispose(): void {
    this.#dispose(this);
  }

  [dispose](): void {
    this.dispose();
  }
}

function isHeld(value: unknown): value is Held {
  return typeof value === "object" && value !== null && "kind" in value && "id" in value;
}

interface Facts {
  readonly kind: LuaError["kind"];
  readonly message: string;
  readonly chunk: string | undefined;
  readonly line: number | undefined;
  readonly traceback: string | undefined;
  readonly incomplete: boolean;
  readonly cause: unknown;
  readonly value: unknown;
}

function isFacts(error: unknown): error is Facts {
  return typeof error === "object" && error !== null && "kind" in error && "incomplete" in error && !(error instanceof Error);
}

/** Makes an error of what the module throws where there is no state yet. */
function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isFacts(error) ? new LuaError(error.message, { ...error, value: undefined }) : error;
  }
}
