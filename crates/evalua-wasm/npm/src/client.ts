/** {@link RedisClient}: an in-memory Redis with the face of node-redis, and the controls of tests. */
import { addMethods, list, type Bytes, type Command, type Given, type Key, type Name, type Reply, type Result } from "./commands.js";
import { dispose } from "./disposal.js";
import { ReplyError } from "./errors.js";
import { enter, init, release } from "./module.js";
import { chain, type Multi } from "./multi.js";
import { checked } from "./options.js";
import { Subscriptions, type Kind, type Listener } from "./subscriptions.js";
import * as raw from "./wasm/evalua_wasm.js";
import { nameOf, pack, type Word } from "./words.js";

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

/** The method of each command that has one. */
type Methods = { [N in Name]: (...given: Given<N>) => Promise<Result<N>> };

export interface RedisClient extends Methods {}

/** A client of an in-memory Redis. Commands are named and answered as by node-redis. */
export class RedisClient {
  static {
    addMethods(this.prototype, async (client, make) => {
      const { words, binary = false, transform } = make();
      return transform(await client.sendCommand(words, { binary }));
    });
  }

  readonly #make: () => raw.Engine;
  readonly #options: ClientOptions;
  /** Those on the same data that have subscribed. */
  readonly #subscribers: Set<RedisClient>;
  readonly #subscriptions = new Subscriptions();
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
  constructor(make: () => raw.Engine, options: ClientOptions, subscribers = new Set<RedisClient>()) {
    this.#make = make;
    this.#options = options;
    this.#subscribers = subscribers;
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
    }, { ...this.#options, trace: false }, this.#subscribers);
  }

  /** Lets go of the engine: its memory is free again. */
  dispose(): void {
    this.#isDisposed = true;
    this.#subscribers.delete(this);
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

  /** Makes a chain of commands that run at once, in a transaction or one after another. */
  multi(): Multi {
    return chain((commands) => this.#run(commands));
  }

  /** Lets the next transaction fail when one of these keys changes until then. */
  watch(keys: Key | readonly Key[]): Promise<string> {
    return this.sendCommand(["WATCH", ...list(keys)]);
  }

  /** Lets the next transaction run whatever has changed. */
  unwatch(): Promise<string> {
    return this.sendCommand(["UNWATCH"]);
  }

  // Channels.

  /** Lets a function be called with the messages of channels. */
  subscribe(channels: string | readonly string[], listener: Listener): Promise<void> {
    return this.#subscribe("", channels, listener);
  }

  /** Lets a function be called with the messages of the channels that match patterns. */
  pSubscribe(patterns: string | readonly string[], listener: Listener): Promise<void> {
    return this.#subscribe("P", patterns, listener);
  }

  /** Lets a function be called with the messages of shard channels. */
  sSubscribe(channels: string | readonly string[], listener: Listener): Promise<void> {
    return this.#subscribe("S", channels, listener);
  }

  /** Ends that: for all channels, for all functions, where these are not given. */
  unsubscribe(channels?: string | readonly string[], listener?: Listener): Promise<void> {
    return this.#unsubscribe("", channels, listener);
  }

  /** As {@link unsubscribe}, of patterns. */
  pUnsubscribe(patterns?: string | readonly string[], listener?: Listener): Promise<void> {
    return this.#unsubscribe("P", patterns, listener);
  }

  /** As {@link unsubscribe}, of shard channels. */
  sUnsubscribe(channels?: string | readonly string[], listener?: Listener): Promise<void> {
    return this.#unsubscribe("S", channels, listener);
  }

  async #subscribe(kind: Kind, channels: string | readonly string[], listener: Listener): Promise<void> {
    if (typeof listener !== "function") throw new TypeError(`the listener is ${nameOf(listener)}: a function is wanted`);
    await this.#hold((engine) => {
      this.#subscriptions.add(kind, list(channels), listener, (words) => send(engine, words));
      this.#subscribers.add(this);
    });
  }

  async #unsubscribe(kind: Kind, channels?: string | readonly string[], listener?: Listener): Promise<void> {
    const named = channels === undefined ? undefined : list(channels);
    await this.#hold((engine) => {
      this.#subscriptions.remove(kind, named, listener, (words) => send(engine, words));
      if (this.#subscriptions.isEmpty) this.#subscribers.delete(this);
    });
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

  /** Runs commands with none between them, and gives their replies, errors as well. */
  async #run(commands: readonly Pick<Command, "words" | "binary">[]): Promise<Reply[]> {
    const packed = commands.map(({ words, binary = false }) => [...pack(words), binary] as const);
    return this.#with((engine) => packed.map((command) => engine.command(...command) as Reply));
  }

  #with<T>(work: (engine: raw.Engine) => T): Promise<T> {
    return this.#hold((engine) => enter(() => work(engine)));
  }

  async #hold<T>(work: (engine: raw.Engine) => T): Promise<T> {
    // What a log asks for is done when the command has ended that has called it.
    if (isRunning) await Promise.resolve();
    if (this.#engine === undefined) await this.connect();
    const engine = this.#engine;
    if (engine === undefined) throw new Error("the client was disposed of");
    isRunning = true;
    let result: T;
    try {
      result = work(engine);
    } finally {
      isRunning = false;
    }
    for (const client of this.#subscribers) client.#hear();
    return result;
  }

  /** Calls those soon who listen to what has come. */
  #hear(): void {
    const engine = this.#engine;
    if (engine === undefined) return;
    const messages = enter(() => engine.takeMessages() as Reply[]);
    for (const message of messages) this.#subscriptions.tell(message);
  }
}

/** Runs a command of whose reply nothing is needed. */
function send(engine: raw.Engine, words: readonly Word[]): void {
  const packed = pack(words);
  const reply = enter(() => engine.command(...packed, false) as Reply);
  if (reply instanceof ReplyError) throw new ReplyError(reply.message);
}

function instant(at: number | Date): number {
  return milliseconds(at instanceof Date ? at.getTime() : at);
}

function milliseconds(ms: number): number {
  if (typeof ms !== "number" || !(ms >= 0) || ms === Infinity) throw new RangeError(`${ms} is no time: milliseconds are numbers from 0 on`);
  return ms;
}
