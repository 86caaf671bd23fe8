/** {@link Subscriptions}: which functions listen to which channels. */
import type { Reply } from "./commands.js";

/** What is called with a message. */
export type Listener = (message: string, channel: string) => void;

/** Channels, patterns of them, and shard channels: what their commands begin with. */
export type Kind = "" | "P" | "S";

/** What runs a command, and throws its error. */
type Send = (words: readonly string[]) => void;

/** The listeners of a client. */
export class Subscriptions {
  readonly #listeners = {
    "": new Map<string, Set<Listener>>(),
    P: new Map<string, Set<Listener>>(),
    S: new Map<string, Set<Listener>>(),
  };

  /** Whether nobody listens to anything. */
  get isEmpty(): boolean {
    return Object.values(this.#listeners).every((channels) => channels.size === 0);
  }

  /** Lets a function listen to channels; those that nobody listens to yet are subscribed to. */
  add(kind: Kind, channels: readonly string[], listener: Listener, send: Send): void {
    const known = this.#listeners[kind];
    const others = channels.filter((channel) => !known.has(channel));
    if (others.length > 0) send([`${kind}SUBSCRIBE`, ...others]);
    for (const channel of channels) known.set(channel, (known.get(channel) ?? new Set()).add(listener));
  }

  /** Lets a function, or all, listen to channels no more, or to none; those to which nobody listens then are left. */
  remove(kind: Kind, channels: readonly string[] | undefined, listener: Listener | undefined, send: Send): void {
    const known = this.#listeners[kind];
    if (channels === undefined) {
      send([`${kind}UNSUBSCRIBE`]);
      known.clear();
      return;
    }
    const left = channels.filter((channel) => {
      const listeners = known.get(channel);
      if (listener === undefined || listeners === undefined) return true;
      listeners.delete(listener);
      return listeners.size === 0;
    });
    if (left.length > 0) send([`${kind}UNSUBSCRIBE`, ...left]);
    for (const channel of left) known.delete(channel);
  }

  /** Calls those soon who listen now to what a message is for. */
  tell(message: Reply): void {
    const [type, name, ...rest] = message as string[];
    const kind = kinds.get(type);
    if (kind === undefined) return;
    const [text, channel] = [rest.at(-1) as string, rest.at(-2) ?? (name as string)];
    for (const listener of this.#listeners[kind].get(name as string) ?? []) queueMicrotask(() => listener(text, channel));
  }
}

/** What messages begin with. */
const kinds = new Map<string | undefined, Kind>([
  ["message", ""],
  ["pmessage", "P"],
  ["smessage", "S"],
]);
