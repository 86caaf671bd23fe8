/** The worker as the page calls it. A worker that does not answer is ended, and another takes its place. */
import type { Bench, Request, Response } from "./protocol";

/** How long a script may take, in milliseconds, before its worker is ended. Its limits end it long before. */
const PATIENCE = 15_000;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
  timer: number;
}

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<number, Waiting>();

function start(): Worker {
  const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  started.onmessage = ({ data }: MessageEvent<Response>) => {
    const waits = waiting.get(data.id);
    if (waits === undefined) return;
    waiting.delete(data.id);
    clearTimeout(waits.timer);
    if ("error" in data) waits.reject(new Error(data.error));
    else waits.resolve(data.result);
  };
  started.onerror = (event) => end(event.message || "the worker could not be started");
  return started;
}

function end(reason: string): void {
  worker?.terminate();
  worker = undefined;
  for (const { reject, timer } of waiting.values()) {
    clearTimeout(timer);
    reject(new Error(reason));
  }
  waiting.clear();
}

function ask(method: keyof Bench, params: unknown[]): Promise<unknown> {
  worker ??= start();
  const id = ++last;
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(() => end("the script took too long: its engine was ended, and the keyspace is empty"), PATIENCE);
    waiting.set(id, { resolve, reject, timer });
    worker?.postMessage({ id, method, params } satisfies Request);
  });
}

const method =
  <M extends keyof Bench>(name: M) =>
  (...params: Parameters<Bench[M]>) =>
    ask(name, params) as ReturnType<Bench[M]>;

export const bench: Bench = {
  check: method("check"),
  run: method("run"),
  advance: method("advance"),
  reset: method("reset"),
  step: method("step"),
};
