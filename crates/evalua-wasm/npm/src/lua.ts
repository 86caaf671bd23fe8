/** {@link Lua}: plain Lua 5.1, with values and functions that go both ways. */
import { dispose } from "./disposal.js";
import { LuaError } from "./errors.js";
import { enter, init, release } from "./module.js";
import { checked } from "./options.js";
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

/** How deep objects may be inside of each other on their way into a state: as deep as calls of C functions in Lua. */
const DEEPEST = 200;

/** A Lua state. */
export class Lua {
  readonly #state: raw.LuaState;
  readonly #gone: FinalizationRegistry<number>;
  #isDisposed = false;
  /** How many calls into the state run, one inside the other. */
  #depth = 0;
  #global: LuaTable | undefined;

  /** Makes a state, after having loaded the module. */
  static async create(options: LuaOptions = {}): Promise<Lua> {
    await init();
    return new Lua(options);
  }

  /** Makes a state at once, where the module was loaded before: by `init`, or by another state or client. */
  constructor(options: LuaOptions = {}) {
    const given = settings(options);
    this.#state = enter(() => guard(() => new raw.LuaState(given)));
    this.#gone = new FinalizationRegistry((id) => this.#release(id));
  }

  /** The table of globals. */
  get global(): LuaTable {
    this.#global ??= this.#in(this.#use((state) => state.globals())) as LuaTable;
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
    const [code, title] = [bytesOf(source), bytesOf(name)];
    return this.#in(this.#use((state) => state.load(code, title))) as LuaFunction;
  }

  /** How many bytes its values take. */
  get usedMemory(): number {
    return this.#use((state) => state.usedMemory());
  }

  /** Lets go of the state and of all that is in it. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // A function that the state calls may do this: then it goes when the last call has ended.
    if (this.#depth === 0) release(() => this.#state.free());
  }

  [dispose](): void {
    this.dispose();
  }

  #use<T>(work: (state: raw.LuaState) => T): T {
    if (this.#isDisposed) throw new Error("the Lua state was disposed of");
    this.#depth++;
    try {
      return enter(() => work(this.#state));
    } catch (error) {
      throw this.#failure(error);
    } finally {
      this.#depth--;
      if (this.#depth === 0 && this.#isDisposed) release(() => this.#state.free());
    }
  }

  /** The error of what the module has thrown. */
  #failure(error: unknown): unknown {
    if (!isFacts(error)) return error;
    const value = this.#in(error.value);
    return new LuaError(error.message, { ...error, value });
  }

  #release(id: number): void {
    if (!this.#isDisposed) release(() => this.#state.release(id));
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
            get: (key) => this.#in(this.#lend([key], (state, [at]) => state.tableGet(id, at))),
            set: (key, value) => this.#lend([key, value], (state, [at, what]) => state.tableSet(id, at, what)),
            length: () => this.#use((state) => state.tableLength(id)),
            entries: () => this.#use((state) => state.tableEntries(id)).map((value) => this.#in(value)),
            text: () => this.#use((state) => state.textOf(id)),
          },
          disposed,
        );
      case "function": {
        const all = (...args: LuaInput[]): LuaValue[] =>
          this.#lend(args, (state, given) => state.call(id, given)).map((result: unknown) => this.#in(result));
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

  /** Gives values to the state, and lets go of what was made of them and has not arrived. */
  #lend<T>(values: readonly unknown[], work: (state: raw.LuaState, given: unknown[]) => T): T {
    const made: number[] = [];
    try {
      const given = values.map((value) => this.#out(value, made, []));
      return this.#use((state) => work(state, given));
    } finally {
      for (const id of made) this.#release(id);
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
      const called = Lua.#callback(new WeakRef(this), value as (...args: LuaValue[]) => unknown);
      return keep(this.#use((state) => state.newFunction(called)));
    }
    if (inside.includes(value as object)) throw new TypeError("Lua gets copies of objects: one that is inside itself has none");
    if (inside.length === DEEPEST) throw new RangeError(`Lua gets objects that are at most ${DEEPEST} deep inside of each other`);
    const around = [...inside, value as object];
    const table = (items: readonly unknown[], entries: readonly (readonly unknown[])[]): unknown => {
      const out = (part: unknown): unknown => this.#out(part, made, around);
      const [list, flat] = [items.map(out), entries.flat(1).map(out)];
      return keep(this.#use((state) => state.newTable(list, flat)));
    };
    if (Array.isArray(value)) return table(value, []);
    if (value instanceof Map) return table([], [...value]);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      return table([], Object.entries(value as object));
    }
    throw new TypeError(`Lua has no value for ${nameOf(value)}: plain objects, arrays and maps become tables`);
  }

  /** What the state calls for a function of JavaScript's. It does not hold the state, which holds it. */
  static #callback(state: WeakRef<Lua>, call: (...args: LuaValue[]) => unknown): (args: unknown[]) => unknown[] {
    return (args) => {
      const lua = state.deref();
      if (lua === undefined) throw new Error("the Lua state is gone");
      return lua.#answer(call, args);
    };
  }

  /** Calls a function of JavaScript's for the state: with an array of its arguments, for one of its results. */
  #answer(call: (...args: LuaValue[]) => unknown, args: readonly unknown[]): unknown[] {
    const result = call(...args.map((arg) => this.#in(arg)));
    if (result instanceof Promise) throw new TypeError("a function that Lua calls cannot return a promise");
    const results = result instanceof Multi ? result.values : result === undefined ? [] : [result];
    const made: number[] = [];
    try {
      return results.map((value) => this.#out(value, made, []));
    } catch (error) {
      for (const id of made) this.#release(id);
      throw error;
    }
  }
}

/** What a state is to be like, for the module. */
function settings(options: LuaOptions): object {
  const { print = console.log, ...given } = checked(options, {
    binary: "boolean",
    maxInstructions: "number",
    maxMemory: "number",
    maxCallDepth: "number",
    debug: "boolean",
    redisLibraries: "boolean",
    print: "function",
  });
  return { maxMemory: 2 ** 30, ...given, print: (line: string) => print(line) };
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
