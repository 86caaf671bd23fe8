/** The words of commands on their way into the module, and lines as people type them. */
import { enter, init } from "./module.js";
import * as raw from "./wasm/evalua_wasm.js";

/** A word of a command. Numbers are sent as their text. */
export type Word = string | number | bigint | Uint8Array;

const encoder = new TextEncoder();

/** The bytes of a text, or of what is bytes already. */
export function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? encoder.encode(text) : text;
}

/** How many bytes of one command a server takes: its `proto-max-bulk-len`. */
const LONGEST_COMMAND = 512 * 1024 * 1024;

/** Words one behind the other, with their lengths. */
export function pack(words: readonly Word[]): [Uint8Array, Uint32Array] {
  if (!Array.isArray(words)) throw new TypeError(`the command is ${nameOf(words)}: an array of its words is wanted`);
  const parts = (words as readonly Word[]).map((word, index) => {
    switch (typeof word) {
      case "string":
        return encoder.encode(word);
      case "number":
      case "bigint":
        return encoder.encode(String(word));
      default:
        if (word instanceof Uint8Array) return word;
        throw new TypeError(`word ${index + 1} of the command is ${nameOf(word)}: strings, numbers and Uint8Arrays can be sent`);
    }
  });
  const lengths = Uint32Array.from(parts, (part) => part.length);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > LONGEST_COMMAND) throw new RangeError(`the command has ${length} bytes: at most ${LONGEST_COMMAND} can be sent`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return [bytes, lengths];
}

/** What a value is, for an error message. */
export function nameOf(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name;
  return `an object of type ${name ?? "Object"}`;
}

/**
 * Splits a line into words as redis-cli does. They are bytes, for `"\xff"` has no other form.
 *
 * @throws SyntaxError where a quote is not closed
 */
export async function splitLine(line: string): Promise<Uint8Array[]> {
  await init();
  const bytes = encoder.encode(line);
  const words = enter(() => raw.splitLine(bytes)) as Uint8Array[] | undefined;
  if (words === undefined) throw new SyntaxError(`a quote is not closed: ${line}`);
  return words;
}
