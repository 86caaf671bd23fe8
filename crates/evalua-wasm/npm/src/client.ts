/** {@link RedisClient}: an in-memory Redis with the face of node-redis, and the controls of tests. */
import { dispose } from "./disposal.js";
import { ReplyError } from "./errors.js";
import { enter, init, release } from "./module.js";
import { checked } from "./options.js";
import * as raw from "./wasm/evalua_wasm.js";
import { nameOf, pack, type Word } from "./words.js";

export type { Word } from "./words.js";

/** A key, a field, a member: text, or bytes. */
export type Key = string | Uint8Array;

/** A reply as text: an integer beyond 2^53 is a bigint; maps and sets come with RESP3 alone. */
export type Reply =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | ReplyError
  | Reply[]
  | Map<Reply, Reply>
  | Set<Reply>;

/** Asks for byte strings in place of text. */
export interface Bytes {
  binary?: boolean;
}

/** What an engine is to be like. */
export interface ClientOptions {
  /** The server to be like: `redis-7.2` without this, `redis-7.0` or `valkey-8`. */
  profile?: string;
  /** A clock that stands at this instant, in Unix milliseconds, until it is moved; without this, the host's. */
  clock?: number | Date;
  /** The seed of every random number: 0 without this. */
  seed?: number;
  /** How many calls and turns of loops a script may make; without this, any number. */
  maxInstructions?: number;
  /** How many bytes scripts may use: 1 GiB without this. */
  maxMemory?: number;
  /** Whether it is counted which lines of scripts run. Scripts are slower with it. */
  coverage?: boolean;
  /** Whether commands that scripts call are recorded from the start. */
  trace?: boolean;
  /** The version of the protocol: 2 without this. With 3, replies can be maps, sets and booleans. */
  RESP?: 2 | 3;
  /** Where the lines go that scripts write with `redis.log`; without this, nowhere. */
  log?: (level: "debug" | "verbose" | "notice" | "warning", line: string) => void;
}

/** What a script is run with. */
export interface EvalOptions extends Bytes {
  keys?: readonly Key[];
  arguments?: readonly Word[];
}

/** The options of SET. */
export interface SetOptions {
  EX?: number;
  PX?: number;
  EXAT?: number;
  PXAT?: number;
  KEEPTTL?: boolean;
  NX?: boolean;
  XX?: boolean;
  GET?: boolean;
}

/** What is to fail. */
export interface FaultOptions {
  /** The text of the error, code word first. Without it, the script that calls the command ends there. */
  error?: string;
  /** Only this command; a subcommand is written as `OBJECT|ENCODING`. */
  command?: string;
  /** Only commands that are called from there. */
  caller?: "client" | "script";
  /** How many are let pass before: 0 without this. */
  after?: number;
  /** How many fail: 1 without this. */
  times?: number;
}

/** A command that a script has called. */
export interface TracedCall {
  args: Key[];
  reply: Reply;
  /** The reply as redis-cli prints it. */
  text: string;
  /** The digest of the script, or the name of the function. */
  script: string | null;
  /** The line that has called it, from 1. */
  line: number | null;
  /** Whether the command is one that writes. */
  writes: boolean;
  keys: { key: Key; writes: boolean; declared: boolean }[];
  /** Changes of expiry, in Unix milliseconds; null for none. */
  expiries: { key: Key; before: number | null; after: number | null }[];
  db: number;
  /** Unix milliseconds. */
  at: number;
}

/** A key as a snapshot has it. */
export interface Shown {
  db: number;
  key: Key;
  type: "string" | "hash" | "list" | "set" | "zset" | "stream";
  /** What the command replies that reads all of it. */
  value: Reply;
  /** Unix milliseconds; null for never. */
  expiresAt: number | null;
  /** Milliseconds until then. */
  ttl: number | null;
  /** The value as redis-cli prints it. */
  text: string;
}

/** How often statements of a script have run, and which ways its choices went. */
export interface Coverage {
  /** The digest of a script, the name of a library. */
  name: string;
  source: string;
  statements: { line: number; column: number; runs: number }[];
  branches: {
    line: number;
    column: number;
    kind: "if" | "while" | "until" | "for" | "for in" | "and" | "or";
    taken: [number, number];
  }[];
}

/** The clock of an engine. */
export interface Clock {
  /** The time, in Unix milliseconds. */
  now(): Promise<number>;
  /** Stops it at an instant. */
  set(at: number | Date): Promise<void>;
  /** Moves it forward by milliseconds, and stops it. */
  advance(ms: number): Promise<void>;
  /** Lets it follow the host's. */
  run(): Promise<void>;
}

/** The record of the commands that scripts call. */
export interface Trace {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Those since the last time, in the order in which they ended. */
  take(options?: Bytes): Promise<TracedCall[]>;
}

/** Makes an in-memory Redis, and a client of it. The module is loaded with the first command, or with `connect`. */
export function createClient(options: ClientOptions = {}): RedisClient {
  const { clock, ...others } = options;
  const given = checked(others, {
    profile: "string",
    seed: "number",
    maxInstructions: "number",
    maxMemory: "number",
    coverage: "boolean",
    trace: "boolean",
    RESP: "number",
    log: "function",
  });
  if (given.RESP !== undefined && given.RESP !== 2 && given.RESP !== 3) throw new RangeError(`RESP is ${String(given.RESP)}: 2 or 3 is wanted`);
  const at = clock === undefined ? {} : { clock: instant(clock) };
  return new RedisClient(() => new raw.Engine({ maxMemory: 2 ** 30, ...given, ...at }), given);
}

/** Whether a command runs, so that what is called now is called by its log. */
let isRunning = false;

/** A client of an in-memory Redis. Commands are named and answered as by node-redis. */
export class RedisClient {
  readonly #make: () => raw.Engine;
  readonly #options: ClientOptions;
  #engine: raw.Engine | undefined;
  #isDisposed = false;

  /** The clock, for tests to turn. */
  readonly clock: Clock = {
    now: () => this.#with((engine) => engine.now()),
    set: async (at) => {
      const ms = instant(at);
      await this.#with((engine) => engine.setClock(ms));
    },
    advance: async (ms) => {
      const by = milliseconds(ms);
      await this.#with((engine) => engine.advanceClock(by));
    },
    run: () => this.#with((engine) => engine.runClock()),
  };

  /** What scripts do to Redis. */
  readonly trace: Trace = {
    start: async () => void (await this.sendCommand(["EVALUA", "TRACE", "ON"])),
    stop: async () => void (await this.sendCommand(["EVALUA", "TRACE", "OFF"])),
    take: ({ binary = false } = {}) => this.#with((engine) => engine.takeTrace(binary) as TracedCall[]),
  };

  /** @internal */
  constructor(make: () => raw.Engine, options: ClientOptions) {
    this.#make = make;
    this.#options = options;
  }

  /** Loads the module and makes the engine. The first command does so too. */
  async connect(): Promise<this> {
    if (this.#isDisposed) throw new Error("the client was disposed of");
    if (this.#engine !== undefined) return this;
    await init();
    // Other calls may have been here meanwhile.
    if (this.#isDisposed) throw new Error("the client was disposed of");
    if (this.#engine === undefined) {
      const engine = enter(this.#make);
      this.#engine = engine;
      const run = (...words: Word[]): void => void enter(() => engine.command(...pack(words), false));
      if (this.#options.RESP === 3) run("HELLO", "3");
      if (this.#options.trace) run("EVALUA", "TRACE", "ON");
    }
    return this;
  }

  /** Whether the engine is there. */
  get isOpen(): boolean {
    return this.#engine !== undefined;
  }

  /** Whether the engine is there. */
  get isReady(): boolean {
    return this.isOpen;
  }

  /** As with node-redis; nothing that happens later is told of. */
  on(_event: string, _listener: (...args: never[]) => void): this {
    return this;
  }

  /** A client with a session of its own on the same data. */
  duplicate(): RedisClient {
    return new RedisClient(() => {
      if (this.#engine === undefined) throw new Error("the client is not connected: what would be shared is not there");
      return this.#engine.duplicate();
    }, { ...this.#options, trace: false });
  }

  /** Lets go of the engine: its memory is free again. */
  dispose(): void {
    this.#isDisposed = true;
    const engine = this.#engine;
    this.#engine = undefined;
    if (engine === undefined) return;
    const free = (): void => release(() => engine.free());
    if (isRunning) queueMicrotask(free);
    else free();
  }

  [dispose](): void {
    this.dispose();
  }

  /** As {@link dispose}. */
  async close(): Promise<void> {
    this.dispose();
  }

  /** As {@link dispose}. */
  destroy(): void {
    this.dispose();
  }

  /** As {@link dispose}. */
  async quit(): Promise<string> {
    this.dispose();
    return "OK";
  }

  /** As {@link dispose}. */
  async disconnect(): Promise<void> {
    this.dispose();
  }

  // Commands of any name.

  /** Runs a command, its words given. An error reply is thrown. */
  async sendCommand<T = Reply>(words: readonly Word[], options: Bytes = {}): Promise<T> {
    const [bytes, lengths] = pack(words);
    const reply = await this.#with((engine) => engine.command(bytes, lengths, options.binary ?? false) as Reply);
    // Anew, for the calls that its stack shows.
    if (reply instanceof ReplyError) throw new ReplyError(reply.message);
    return reply as T;
  }

  /** Runs a command, and gives its reply beside what redis-cli prints of it. An error reply is given, not thrown. */
  async inspect(words: readonly Word[], options: Bytes = {}): Promise<{ reply: Reply; text: string }> {
    const [bytes, lengths] = pack(words);
    const [reply, text] = await this.#with(
      (engine) => engine.commandShown(bytes, lengths, options.binary ?? false) as [Reply, string],
    );
    return { reply, text };
  }

  // Scripts and functions.

  eval(script: string | Uint8Array, options?: EvalOptions): Promise<Reply> {
    return this.#script("EVAL", script, options);
  }
  evalRo(script: string | Uint8Array, options?: EvalOptions): Promise<Reply> {
    return this.#script("EVAL_RO", script, options);
  }
  evalSha(sha1: string, options?: EvalOptions): Promise<Reply> {
    return this.#script("EVALSHA", sha1, options);
  }
  evalShaRo(sha1: string, options?: EvalOptions): Promise<Reply> {
    return this.#script("EVALSHA_RO", sha1, options);
  }
  fCall(name: string, options?: EvalOptions): Promise<Reply> {
    return this.#script("FCALL", name, options);
  }
  fCallRo(name: string, options?: EvalOptions): Promise<Reply> {
    return this.#script("FCALL_RO", name, options);
  }
  scriptLoad(script: string | Uint8Array): Promise<string> {
    return this.sendCommand(["SCRIPT", "LOAD", script]);
  }
  scriptExists(sha1: string | readonly string[]): Promise<number[]> {
    return this.sendCommand(["SCRIPT", "EXISTS", ...list(sha1)]);
  }
  scriptFlush(): Promise<string> {
    return this.sendCommand(["SCRIPT", "FLUSH"]);
  }
  functionLoad(library: string | Uint8Array, options: { REPLACE?: boolean } = {}): Promise<string> {
    return this.sendCommand(["FUNCTION", "LOAD", ...flags(options), library]);
  }
  functionDelete(library: string): Promise<string> {
    return this.sendCommand(["FUNCTION", "DELETE", library]);
  }
  functionFlush(): Promise<string> {
    return this.sendCommand(["FUNCTION", "FLUSH"]);
  }

  async #script(command: string, what: string | Uint8Array, options: EvalOptions = {}): Promise<Reply> {
    const keys = wordsOf("keys", options.keys);
    return this.sendCommand([command, what, keys.length, ...keys, ...wordsOf("arguments", options.arguments)], options);
  }

  // Keys.

  del(keys: Key | readonly Key[]): Promise<number> {
    return this.sendCommand(["DEL", ...list(keys)]);
  }
  exists(keys: Key | readonly Key[]): Promise<number> {
    return this.sendCommand(["EXISTS", ...list(keys)]);
  }
  expire(key: Key, seconds: number): Promise<number> {
    return this.sendCommand(["EXPIRE", key, seconds]);
  }
  pExpire(key: Key, ms: number): Promise<number> {
    return this.sendCommand(["PEXPIRE", key, ms]);
  }
  persist(key: Key): Promise<number> {
    return this.sendCommand(["PERSIST", key]);
  }
  ttl(key: Key): Promise<number> {
    return this.sendCommand(["TTL", key]);
  }
  pTTL(key: Key): Promise<number> {
    return this.sendCommand(["PTTL", key]);
  }
  type(key: Key): Promise<string> {
    return this.sendCommand(["TYPE", key]);
  }
  rename(key: Key, to: Key): Promise<string> {
    return this.sendCommand(["RENAME", key, to]);
  }
  keys(pattern: string): Promise<string[]> {
    return this.sendCommand(["KEYS", pattern]);
  }

  // Strings.

  get(key: Key): Promise<string | null> {
    return this.sendCommand(["GET", key]);
  }
  set(key: Key, value: Word, options: SetOptions = {}): Promise<string | null> {
    return this.sendCommand(["SET", key, value, ...flags(options)]);
  }
  getDel(key: Key): Promise<string | null> {
    return this.sendCommand(["GETDEL", key]);
  }
  mGet(keys: readonly Key[]): Promise<(string | null)[]> {
    return this.sendCommand(["MGET", ...keys]);
  }
  mSet(values: Readonly<Record<string, Word>>): Promise<string> {
    return this.sendCommand(["MSET", ...pairs(values)]);
  }
  append(key: Key, value: Word): Promise<number> {
    return this.sendCommand(["APPEND", key, value]);
  }
  strLen(key: Key): Promise<number> {
    return this.sendCommand(["STRLEN", key]);
  }
  incr(key: Key): Promise<number> {
    return this.sendCommand(["INCR", key]);
  }
  incrBy(key: Key, by: number): Promise<number> {
    return this.sendCommand(["INCRBY", key, by]);
  }
  incrByFloat(key: Key, by: number): Promise<string> {
    return this.sendCommand(["INCRBYFLOAT", key, by]);
  }
  decr(key: Key): Promise<number> {
    return this.sendCommand(["DECR", key]);
  }
  decrBy(key: Key, by: number): Promise<number> {
    return this.sendCommand(["DECRBY", key, by]);
  }

  // Hashes.

  hSet(key: Key, field: Key, value: Word): Promise<number>;
  hSet(key: Key, values: Readonly<Record<string, Word>>): Promise<number>;
  hSet(key: Key, field: Key | Readonly<Record<string, Word>>, value?: Word): Promise<number> {
    const isField = typeof field === "string" || field instanceof Uint8Array;
    const fields = isField ? [field, value as Word] : pairs(field);
    return this.sendCommand(["HSET", key, ...fields]);
  }
  async hGet(key: Key, field: Key): Promise<string | null> {
    return this.sendCommand(["HGET", key, field]);
  }
  async hGetAll(key: Key): Promise<Record<string, string>> {
    const reply = await this.sendCommand<string[] | Map<string, string>>(["HGETALL", key]);
    return Object.fromEntries(reply instanceof Map ? reply : twos(reply));
  }
  hmGet(key: Key, fields: Key | readonly Key[]): Promise<(string | null)[]> {
    return this.sendCommand(["HMGET", key, ...list(fields)]);
  }
  hDel(key: Key, fields: Key | readonly Key[]): Promise<number> {
    return this.sendCommand(["HDEL", key, ...list(fields)]);
  }
  hExists(key: Key, field: Key): Promise<number> {
    return this.sendCommand(["HEXISTS", key, field]);
  }
  hIncrBy(key: Key, field: Key, by: number): Promise<number> {
    return this.sendCommand(["HINCRBY", key, field, by]);
  }
  hLen(key: Key): Promise<number> {
    return this.sendCommand(["HLEN", key]);
  }
  hKeys(key: Key): Promise<string[]> {
    return this.sendCommand(["HKEYS", key]);
  }
  hVals(key: Key): Promise<string[]> {
    return this.sendCommand(["HVALS", key]);
  }

  // Lists.

  lPush(key: Key, elements: Word | readonly Word[]): Promise<number> {
    return this.sendCommand(["LPUSH", key, ...list(elements)]);
  }
  rPush(key: Key, elements: Word | readonly Word[]): Promise<number> {
    return this.sendCommand(["RPUSH", key, ...list(elements)]);
  }
  lPop(key: Key): Promise<string | null> {
    return this.sendCommand(["LPOP", key]);
  }
  rPop(key: Key): Promise<string | null> {
    return this.sendCommand(["RPOP", key]);
  }
  lLen(key: Key): Promise<number> {
    return this.sendCommand(["LLEN", key]);
  }
  lRange(key: Key, start: number, stop: number): Promise<string[]> {
    return this.sendCommand(["LRANGE", key, start, stop]);
  }
  lIndex(key: Key, index: number): Promise<string | null> {
    return this.sendCommand(["LINDEX", key, index]);
  }
  lRem(key: Key, count: number, element: Word): Promise<number> {
    return this.sendCommand(["LREM", key, count, element]);
  }
  lTrim(key: Key, start: number, stop: number): Promise<string> {
    return this.sendCommand(["LTRIM", key, start, stop]);
  }

  // Sets.

  sAdd(key: Key, members: Word | readonly Word[]): Promise<number> {
    return this.sendCommand(["SADD", key, ...list(members)]);
  }
  sRem(key: Key, members: Word | readonly Word[]): Promise<number> {
    return this.sendCommand(["SREM", key, ...list(members)]);
  }
  async sMembers(key: Key): Promise<string[]> {
    return [...(await this.sendCommand<Iterable<string>>(["SMEMBERS", key]))];
  }
  sIsMember(key: Key, member: Word): Promise<number> {
    return this.sendCommand(["SISMEMBER", key, member]);
  }
  sCard(key: Key): Promise<number> {
    return this.sendCommand(["SCARD", key]);
  }

  // Sorted sets.

  zAdd(key: Key, members: ScoredMember | readonly ScoredMember[]): Promise<number> {
    const words = list(members).flatMap(({ score, value }) => [scoreWord(score), value]);
    return this.sendCommand(["ZADD", key, ...words]);
  }
  zRem(key: Key, members: Word | readonly Word[]): Promise<number> {
    return this.sendCommand(["ZREM", key, ...list(members)]);
  }
  async zScore(key: Key, member: Word): Promise<number | null> {
    return score(await this.sendCommand(["ZSCORE", key, member]));
  }
  zRange(key: Key, start: Word, stop: Word): Promise<string[]> {
    return this.sendCommand(["ZRANGE", key, start, stop]);
  }
  async zRangeWithScores(key: Key, start: Word, stop: Word): Promise<{ value: string; score: number }[]> {
    const reply = await this.sendCommand<(string | [string, number])[]>(["ZRANGE", key, start, stop, "WITHSCORES"]);
    const both = Array.isArray(reply[0]) ? (reply as [string, number][]) : twos(reply as string[]);
    return both.map(([value, of]) => ({ value, score: score(of) as number }));
  }
  zCard(key: Key): Promise<number> {
    return this.sendCommand(["ZCARD", key]);
  }
  zCount(key: Key, min: Word, max: Word): Promise<number> {
    return this.sendCommand(["ZCOUNT", key, min, max]);
  }
  zRank(key: Key, member: Word): Promise<number | null> {
    return this.sendCommand(["ZRANK", key, member]);
  }
  async zIncrBy(key: Key, by: number, member: Word): Promise<number> {
    return score(await this.sendCommand(["ZINCRBY", key, by, member])) as number;
  }

  // Streams.

  xAdd(key: Key, id: string, fields: Readonly<Record<string, Word>>): Promise<string> {
    return this.sendCommand(["XADD", key, id, ...pairs(fields)]);
  }
  async xRange(key: Key, start: string, end: string): Promise<{ id: string; message: Record<string, string> }[]> {
    const reply = await this.sendCommand<[string, string[]][]>(["XRANGE", key, start, end]);
    return reply.map(([id, fields]) => ({ id, message: Object.fromEntries(twos(fields)) }));
  }
  xLen(key: Key): Promise<number> {
    return this.sendCommand(["XLEN", key]);
  }

  // The server.

  ping(): Promise<string> {
    return this.sendCommand(["PING"]);
  }
  select(db: number): Promise<string> {
    return this.sendCommand(["SELECT", db]);
  }
  dbSize(): Promise<number> {
    return this.sendCommand(["DBSIZE"]);
  }
  flushDb(): Promise<string> {
    return this.sendCommand(["FLUSHDB"]);
  }
  flushAll(): Promise<string> {
    return this.sendCommand(["FLUSHALL"]);
  }

  // The controls of tests.

  /** Begins all random numbers anew, as an engine with that seed does. */
  async seed(seed: number): Promise<void> {
    checked({ seed }, { seed: "number" });
    await this.#with((engine) => engine.setSeed(seed));
  }

  /** Lets commands fail that are to come. */
  async failNext(fault: FaultOptions): Promise<void> {
    const given = checked(fault, { error: "string", command: "string", caller: "string", after: "number", times: "number" });
    await this.#with((engine) => engine.failNext(given));
  }

  /** Lets no command fail any more; gives how many were still to. */
  clearFaults(): Promise<number> {
    return this.#with((engine) => engine.clearFaults());
  }

  /** The keys of all databases with their values, each database's sorted by name. */
  snapshot({ binary = false }: Bytes = {}): Promise<Shown[]> {
    return this.#with((engine) => engine.snapshot(binary) as Shown[]);
  }

  /** What is covered of scripts and libraries since it was last taken, with the option `coverage`. */
  takeCoverage(): Promise<Coverage[]> {
    return this.#with((engine) => engine.takeCoverage() as Coverage[]);
  }

  async #with<T>(work: (engine: raw.Engine) => T): Promise<T> {
    // What a log asks for is done when the command has ended that has called it.
    if (isRunning) await Promise.resolve();
    if (this.#engine === undefined) await this.connect();
    const engine = this.#engine;
    if (engine === undefined) throw new Error("the client was disposed of");
    isRunning = true;
    try {
      return enter(() => work(engine));
    } finally {
      isRunning = false;
    }
  }
}

/** A member of a sorted set with its score. */
export interface ScoredMember {
  score: number;
  value: Word;
}

/** The keys or arguments of a script. A text has a length and can be spread as well, and must not be. */
function wordsOf(name: string, words: readonly Word[] = []): readonly Word[] {
  if (!Array.isArray(words)) throw new TypeError(`${name} is ${nameOf(words)}: an array is wanted`);
  return words as readonly Word[];
}

function list<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}

function pairs(values: Readonly<Record<string, Word>>): Word[] {
  return Object.entries(values).flat();
}

/** The options of a command: a name that is true stands alone, others have their value behind them. */
function flags(options: object): Word[] {
  return Object.entries(options).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined || value === false) return [];
    return value === true ? [name] : [name, value as Word];
  });
}

function twos<T>(items: readonly T[]): [T, T][] {
  return Array.from({ length: items.length >> 1 }, (_, at) => [items[2 * at] as T, items[2 * at + 1] as T]);
}

/** A score as RESP2 or RESP3 has it. */
function score(reply: Reply): number | null {
  switch (reply) {
    case null:
      return null;
    case "inf":
      return Infinity;
    case "-inf":
      return -Infinity;
    default:
      return Number(reply);
  }
}

function scoreWord(score: number): Word {
  return score === Infinity ? "+inf" : score === -Infinity ? "-inf" : score;
}

function instant(at: number | Date): number {
  return milliseconds(at instanceof Date ? at.getTime() : at);
}

function milliseconds(ms: number): number {
  if (typeof ms !== "number" || !(ms >= 0) || ms === Infinity) throw new RangeError(`${ms} is no time: milliseconds are numbers from 0 on`);
  return ms;
}
