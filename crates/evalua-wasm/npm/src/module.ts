/** The WebAssembly module: where it comes from, that it is loaded once, and what is left of it after a failure. */
import { ReplyError } from "./errors.js";
import load, { onError, type InitInput } from "./wasm/evalua_wasm.js";

/**
 * What {@link init} takes: where the module is (text or a `URL`), a `Response`, the bytes, or a `WebAssembly.Module`.
 * Not by these names, which a program has with the types of a browser alone.
 */
export type ModuleSource = string | object;

// Without anything else it is fetched from beside the JavaScript, where bundlers put it.
let loadUsual: () => Promise<unknown> = () => load();
let loading: Promise<void> | undefined;
let failure: unknown;

/** Sets how the module is loaded where nobody says from where. */
export function loadBy(usual: () => Promise<unknown>): void {
  loadUsual = usual;
}

/**
 * Loads the module. Nobody has to call this: what needs the module loads it. It is for hosts that keep the module in
 * a place of their own, and for those who choose when to wait for it.
 */
export function init(source?: ModuleSource): Promise<void> {
  loading ??= start(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(source: ModuleSource | undefined): Promise<void> {
  await (source === undefined ? loadUsual() : load({ module_or_path: source as InitInput }));
  onError((message: string) => new ReplyError(message));
}

/**
 * Calls into the module, and does nothing else, for a failure of that would be taken for one of the module's. Where it
 * breaks off in the middle (the stack of the host was full, or there is a bug), the module's memory is not to be
 * trusted any more, and what is called later fails at once.
 */
export function enter<T>(work: () => T): T {
  if (failure !== undefined) {
    throw new Error("evalua has failed before and cannot go on: load the page or start the process anew", {
      cause: failure,
    });
  }
  try {
    return work();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
      failure = error;
    }
    throw error;
  }
}

/** Lets go of something in the module. After a failure there is nothing to let go of. */
export function release(work: () => void): void {
  if (failure === undefined) enter(work);
}
