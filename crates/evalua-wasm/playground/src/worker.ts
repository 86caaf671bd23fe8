/**
 * Runs scripts, away from the page.
 *
 * Owns the engine, and how what it was at a command is found again: everything is repeated on another engine, with
 * the same clock and the same chance, and the script stopped there.
 */
import { ReplyError, check, createClient, splitLine, type RedisClient, type Reply, type TracedCall, type Word } from "evalua";
import type { Bench, Outcome, Request, Response, State } from "./protocol";

/** Where the clock stands at first: 2023-11-14 22:13:20 UTC. */
const START = 1_700_000_000_000;

/** So that an endless loop ends after a moment. */
const LIMITS = { maxInstructions: 10_000_000, maxMemory: 64 * 1024 * 1024 };

/** Something that was done since the keyspace was empty. */
type Deed = { kind: "setup"; commands: Word[][] } | { kind: "run"; command: Word[] } | { kind: "advance"; ms: number };

let redis = newEngine();
let setUp: string | undefined;
let history: Deed[] = [];
let calls: TracedCall[] = [];
const steps = new Map<number, State>();

function newEngine(): RedisClient {
  return createClient({ clock: START, trace: true, coverage: true, ...LIMITS });
}

const bench: Bench = {
  check: (script) => check(script),

  async run(program) {
    if (program.setup !== setUp) await begin(program.setup);
    const [keys, args] = [await splitLine(program.keys), await splitLine(program.args)];
    const command = ["EVAL", program.script, keys.length, ...keys, ...args];
    await redis.trace.take();
    await redis.takeCoverage();
    history.push({ kind: "run", command });
    steps.clear();
    const { reply, text } = await redis.inspect(command);
    calls = await redis.trace.take();
    return { text, calls, json: json(reply), ...failureOf(reply), lines: await linesRun(program.script), state: await stateOf(redis) };
  },

  async advance(ms) {
    history.push({ kind: "advance", ms });
    calls = [];
    await redis.clock.advance(ms);
    return stateOf(redis);
  },

  async reset(program) {
    await begin(program.setup);
    return stateOf(redis);
  },

  async step(command) {
    return { before: await stateAt(command), after: await stateAt(command + 1) };
  },
};

/** Begins with an empty keyspace. */
async function begin(setup: string): Promise<void> {
  redis.dispose();
  redis = newEngine();
  history = [];
  calls = [];
  setUp = undefined;
  const commands: Word[][] = [];
  for (const [index, line] of setup.split("\n").entries()) {
    const words = await splitLine(line).catch((error: Error) => Promise.reject(new Error(`set-up, line ${index + 1}: ${error.message}`)));
    if (words.length === 0) continue;
    const { reply } = await redis.inspect(words);
    if (reply instanceof ReplyError) throw new Error(`set-up, line ${index + 1}: ${reply.message}`);
    commands.push(words);
  }
  history.push({ kind: "setup", commands });
  setUp = setup;
}

function failureOf(reply: Reply): Pick<Outcome, "isError" | "line"> {
  return reply instanceof ReplyError ? { isError: true, line: reply.line } : { isError: false, line: undefined };
}

async function linesRun(script: string): Promise<[number, number][]> {
  const lines = new Map<number, number>();
  const sources = await redis.takeCoverage();
  for (const { line, runs } of sources.find(({ source }) => source === script)?.statements ?? []) {
    // The statement that has run least says what of the line there is to see.
    lines.set(line, Math.min(runs, lines.get(line) ?? Infinity));
  }
  return [...lines];
}

async function stateOf(engine: RedisClient): Promise<State> {
  return { now: await engine.clock.now(), keys: await engine.snapshot() };
}

/** The state when so many commands of the last run had been called. */
async function stateAt(count: number): Promise<State> {
  const known = steps.get(count);
  if (known !== undefined) return known;
  const engine = createClient({ clock: START, ...LIMITS });
  try {
    for (const [index, deed] of history.entries()) {
      const isLast = index === history.length - 1;
      if (deed.kind === "advance") await engine.clock.advance(deed.ms);
      if (deed.kind === "setup") for (const words of deed.commands) await engine.inspect(words);
      if (deed.kind === "run") {
        if (isLast && count < calls.length) await engine.failNext({ after: calls.slice(0, count).filter(isLetIn).length });
        await engine.inspect(deed.command);
      }
    }
    const state = await stateOf(engine);
    steps.set(count, state);
    return state;
  } finally {
    engine.dispose();
  }
}

/** Whether a command was let in: those that are not never meet what is to fail. */
function isLetIn(call: TracedCall): boolean {
  return !/^\(error\) ERR (Unknown|Wrong number of args|This Redis command is not allowed)/i.test(call.text);
}

function json(reply: Reply): string {
  const plain = (_: string, value: unknown): unknown => {
    if (value instanceof ReplyError) return { error: value.message };
    return typeof value === "bigint" ? JSON.rawJSON?.(String(value)) ?? String(value) : value;
  };
  return JSON.stringify(reply, plain, 2);
}

self.onmessage = async ({ data: { id, method, params } }: MessageEvent<Request>) => {
  let response: Response;
  try {
    const work = bench[method] as (...params: unknown[]) => Promise<unknown>;
    response = { id, result: await work(...params) };
  } catch (error) {
    response = { id, error: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(response, { transfer: [] });
};

declare global {
  interface JSON {
    /** In newer browsers: a number of any length. */
    rawJSON?(text: string): unknown;
  }
}
