/** What the page and the worker say to each other. */
import type { Finding, Shown, TracedCall } from "evalua";

/** What is run. */
export interface Program {
  script: string;
  keys: string;
  args: string;
  setup: string;
}

/** What comes of a run. */
export interface Outcome {
  /** The reply as redis-cli prints it. */
  text: string;
  /** The reply as JSON. */
  json: string;
  isError: boolean;
  /** The line of the script that has failed. */
  line: number | undefined;
  calls: TracedCall[];
  /** How often each line that begins a statement has run. */
  lines: [line: number, runs: number][];
  state: State;
}

/** The keyspace at an instant. */
export interface State {
  now: number;
  keys: Shown[];
}

/** What the worker does. */
export interface Bench {
  check(script: string): Promise<Finding[]>;
  run(program: Program): Promise<Outcome>;
  advance(ms: number): Promise<State>;
  reset(program: Program): Promise<State>;
  /** The keyspace before a command of the last run, from 0, and after it. */
  step(command: number): Promise<{ before: State; after: State }>;
}

/** A request to the worker. */
export interface Request {
  id: number;
  method: keyof Bench;
  params: unknown[];
}

/** Its answer. */
export type Response = { id: number; result: unknown } | { id: number; error: string };
