/** The commands that have methods: one table, from which the client and its chains have theirs. */
import type { ReplyError } from "./errors.js";
import { nameOf, type Word } from "./words.js";

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

/** A member of a sorted set with its score. */
export interface ScoredMember {
  score: number;
  value: Word;
}

/** A command that is to be sent, and what is made of its reply. */
export interface Command<T = unknown> extends Bytes {
  words: readonly Word[];
  /** Never called with an error. */
  transform: (reply: Reply) => T;
}

/** What makes a command. It fails on what cannot be sent. */
type Make = (...given: any[]) => Command;

/** The method of each command, but for where the command goes. */
const commands = {
  // Scripts and functions.

  eval: scripted<string | Uint8Array>("EVAL"),
  evalRo: scripted<string | Uint8Array>("EVAL_RO"),
  evalSha: scripted<string>("EVALSHA"),
  evalShaRo: scripted<string>("EVALSHA_RO"),
  fCall: scripted<string>("FCALL"),
  fCallRo: scripted<string>("FCALL_RO"),
  scriptLoad: (script: string | Uint8Array) => plain<string>(["SCRIPT", "LOAD", script]),
  scriptExists: (sha1: string | readonly string[]) => plain<number[]>(["SCRIPT", "EXISTS", ...list(sha1)]),
  scriptFlush: () => plain<string>(["SCRIPT", "FLUSH"]),
  functionLoad: (library: string | Uint8Array, options: { REPLACE?: boolean } = {}) =>
    plain<string>(["FUNCTION", "LOAD", ...flags(options), library]),
  functionDelete: (library: string) => plain<string>(["FUNCTION", "DELETE", library]),
  functionFlush: () => plain<string>(["FUNCTION", "FLUSH"]),

  // Keys.

  del: (keys: Key | readonly Key[]) => plain<number>(["DEL", ...list(keys)]),
  exists: (keys: Key | readonly Key[]) => plain<number>(["EXISTS", ...list(keys)]),
  expire: (key: Key, seconds: number) => plain<number>(["EXPIRE", key, seconds]),
  pExpire: (key: Key, ms: number) => plain<number>(["PEXPIRE", key, ms]),
  persist: (key: Key) => plain<number>(["PERSIST", key]),
  ttl: (key: Key) => plain<number>(["TTL", key]),
  pTTL: (key: Key) => plain<number>(["PTTL", key]),
  type: (key: Key) => plain<string>(["TYPE", key]),
  rename: (key: Key, to: Key) => plain<string>(["RENAME", key, to]),
  keys: (pattern: string) => plain<string[]>(["KEYS", pattern]),

  // Strings.

  get: (key: Key) => plain<string | null>(["GET", key]),
  set: (key: Key, value: Word, options: SetOptions = {}) => plain<string | null>(["SET", key, value, ...flags(options)]),
  getDel: (key: Key) => plain<string | null>(["GETDEL", key]),
  mGet: (keys: readonly Key[]) => plain<(string | null)[]>(["MGET", ...keys]),
  mSet: (values: Readonly<Record<string, Word>>) => plain<string>(["MSET", ...pairs(values)]),
  append: (key: Key, value: Word) => plain<number>(["APPEND", key, value]),
  strLen: (key: Key) => plain<number>(["STRLEN", key]),
  incr: (key: Key) => plain<number>(["INCR", key]),
  incrBy: (key: Key, by: number) => plain<number>(["INCRBY", key, by]),
  incrByFloat: (key: Key, by: number) => plain<string>(["INCRBYFLOAT", key, by]),
  decr: (key: Key) => plain<number>(["DECR", key]),
  decrBy: (key: Key, by: number) => plain<number>(["DECRBY", key, by]),

  // Hashes.

  hSet: (key: Key, ...fields: [field: Key, value: Word] | [values: Readonly<Record<string, Word>>]) =>
    plain<number>(["HSET", key, ...(isField(fields) ? fields : pairs(fields[0]))]),
  hGet: (key: Key, field: Key) => plain<string | null>(["HGET", key, field]),
  hGetAll: (key: Key) =>
    made(["HGETALL", key], (reply: string[] | Map<string, string>): Record<string, string> =>
      Object.fromEntries(reply instanceof Map ? reply : twos(reply)),
    ),
  hmGet: (key: Key, fields: Key | readonly Key[]) => plain<(string | null)[]>(["HMGET", key, ...list(fields)]),
  hDel: (key: Key, fields: Key | readonly Key[]) => plain<number>(["HDEL", key, ...list(fields)]),
  hExists: (key: Key, field: Key) => plain<number>(["HEXISTS", key, field]),
  hIncrBy: (key: Key, field: Key, by: number) => plain<number>(["HINCRBY", key, field, by]),
  hLen: (key: Key) => plain<number>(["HLEN", key]),
  hKeys: (key: Key) => plain<string[]>(["HKEYS", key]),
  hVals: (key: Key) => plain<string[]>(["HVALS", key]),

  // Lists.

  lPush: (key: Key, elements: Word | readonly Word[]) => plain<number>(["LPUSH", key, ...list(elements)]),
  rPush: (key: Key, elements: Word | readonly Word[]) => plain<number>(["RPUSH", key, ...list(elements)]),
  lPop: (key: Key) => plain<string | null>(["LPOP", key]),
  rPop: (key: Key) => plain<string | null>(["RPOP", key]),
  lLen: (key: Key) => plain<number>(["LLEN", key]),
  lRange: (key: Key, start: number, stop: number) => plain<string[]>(["LRANGE", key, start, stop]),
  lIndex: (key: Key, index: number) => plain<string | null>(["LINDEX", key, index]),
  lRem: (key: Key, count: number, element: Word) => plain<number>(["LREM", key, count, element]),
  lTrim: (key: Key, start: number, stop: number) => plain<string>(["LTRIM", key, start, stop]),

  // Sets.

  sAdd: (key: Key, members: Word | readonly Word[]) => plain<number>(["SADD", key, ...list(members)]),
  sRem: (key: Key, members: Word | readonly Word[]) => plain<number>(["SREM", key, ...list(members)]),
  sMembers: (key: Key) => made(["SMEMBERS", key], (reply: Iterable<string>) => [...reply]),
  sIsMember: (key: Key, member: Word) => plain<number>(["SISMEMBER", key, member]),
  sCard: (key: Key) => plain<number>(["SCARD", key]),

  // Sorted sets.

  zAdd: (key: Key, members: ScoredMember | readonly ScoredMember[]) =>
    plain<number>(["ZADD", key, ...list(members).flatMap(({ score, value }) => [scoreWord(score), value])]),
  zRem: (key: Key, members: Word | readonly Word[]) => plain<number>(["ZREM", key, ...list(members)]),
  zScore: (key: Key, member: Word) => made(["ZSCORE", key, member], score),
  zRange: (key: Key, start: Word, stop: Word) => plain<string[]>(["ZRANGE", key, start, stop]),
  zRangeWithScores: (key: Key, start: Word, stop: Word) =>
    made(["ZRANGE", key, start, stop, "WITHSCORES"], (reply: (string | [string, number])[]) => {
      const both = Array.isArray(reply[0]) ? (reply as [string, number][]) : twos(reply as string[]);
      return both.map(([value, of]) => ({ value, score: score(of) as number }));
    }),
  zCard: (key: Key) => plain<number>(["ZCARD", key]),
  zCount: (key: Key, min: Word, max: Word) => plain<number>(["ZCOUNT", key, min, max]),
  zRank: (key: Key, member: Word) => plain<number | null>(["ZRANK", key, member]),
  zIncrBy: (key: Key, by: number, member: Word) =>
    made(["ZINCRBY", key, by, member], (reply: Reply) => score(reply) as number),

  // Streams.

  xAdd: (key: Key, id: string, fields: Readonly<Record<string, Word>>) => plain<string>(["XADD", key, id, ...pairs(fields)]),
  xRange: (key: Key, start: string, end: string) =>
    made(["XRANGE", key, start, end], (reply: [string, string[]][]) =>
      reply.map(([id, fields]) => ({ id, message: Object.fromEntries(twos(fields)) as Record<string, string> })),
    ),
  xLen: (key: Key) => plain<number>(["XLEN", key]),

  // Channels.

  publish: (channel: Key, message: Word) => plain<number>(["PUBLISH", channel, message]),
  sPublish: (channel: Key, message: Word) => plain<number>(["SPUBLISH", channel, message]),

  // The server.

  ping: () => plain<string>(["PING"]),
  select: (db: number) => plain<string>(["SELECT", db]),
  dbSize: () => plain<number>(["DBSIZE"]),
  flushDb: () => plain<string>(["FLUSHDB"]),
  flushAll: () => plain<string>(["FLUSHALL"]),
} satisfies Record<string, Make>;

/** The names of the methods. */
export type Name = keyof typeof commands;
/** What a method takes. */
export type Given<N extends Name> = Parameters<(typeof commands)[N]>;
/** What a command comes to. */
export type Result<N extends Name> = ReturnType<(typeof commands)[N]> extends Command<infer T> ? T : never;

/** Gives a class the method of each command, which does what is given with what makes the command. */
export function addMethods<Class extends object>(prototype: Class, call: (self: Class, make: () => Command) => unknown): void {
  for (const [name, make] of Object.entries<Make>(commands)) {
    const method = {
      [name](this: Class, ...given: unknown[]): unknown {
        return call(this, () => make(...given));
      },
    };
    Object.assign(prototype, method);
  }
}

/** A command whose reply is given as it is. */
function plain<T extends Reply>(words: Word[]): Command<T> {
  return { words, transform: (reply) => reply as T };
}

/** A command of whose reply something else is made. */
function made<From extends Reply | Iterable<Reply>, T>(words: Word[], transform: (reply: From) => T): Command<T> {
  return { words, transform: (reply) => transform(reply as From) };
}

/** A command that runs a script or a function. */
function scripted<What extends Word>(name: string) {
  return (what: What, options: EvalOptions = {}): Command<Reply> => {
    const keys = wordsOf("keys", options.keys);
    const words = [name, what, keys.length, ...keys, ...wordsOf("arguments", options.arguments)];
    return { ...plain<Reply>(words), binary: options.binary ?? false };
  };
}

/** The keys or arguments of a script. A text has a length and can be spread as well, and must not be. */
function wordsOf(name: string, words: readonly Word[] = []): readonly Word[] {
  if (!Array.isArray(words)) throw new TypeError(`${name} is ${nameOf(words)}: an array is wanted`);
  return words as readonly Word[];
}

/** One thing or many, as many. */
export function list<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}

function isField(fields: [Key, Word] | [Readonly<Record<string, Word>>]): fields is [Key, Word] {
  return typeof fields[0] === "string" || fields[0] instanceof Uint8Array;
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
