/** A program as the fragment of an address, which no server sees. */
import type { Program } from "./protocol";

const PREFIX = "#s=";

/** How many bytes a program may have: a short link can be gigabytes when it is unpacked. */
const LONGEST = 1024 * 1024;

/**
 * The fragment of a program.
 *
 * @throws RangeError where that is too long for one
 */
export async function fragmentOf(program: Program): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(program));
  if (bytes.length > LONGEST) throw new RangeError(`the program has ${bytes.length} bytes: a link has at most ${LONGEST}`);
  const packed = await through(new CompressionStream("deflate-raw"), bytes);
  const text = btoa(Array.from(packed, (byte) => String.fromCharCode(byte)).join(""));
  return PREFIX + text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The program of a fragment; nothing if there is none in it. */
export async function programOf(fragment: string): Promise<Program | undefined> {
  if (!fragment.startsWith(PREFIX)) return undefined;
  const text = atob(fragment.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/"));
  const packed = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const given = JSON.parse(new TextDecoder().decode(await through(new DecompressionStream("deflate-raw"), packed))) as Record<string, unknown>;
  const field = (name: string): string => (typeof given[name] === "string" ? given[name] : "");
  return { script: field("script"), keys: field("keys"), args: field("args"), setup: field("setup") };
}

async function through(stream: CompressionStream | DecompressionStream, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  let length = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, to) {
      length += part.length;
      if (length > LONGEST) throw new RangeError(`a program has at most ${LONGEST} bytes`);
      to.enqueue(part);
    },
  });
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream).pipeThrough(bound)).arrayBuffer());
}
