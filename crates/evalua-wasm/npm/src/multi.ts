/** {@link Multi}: commands that are put in a chain, and sent at once. */
import { addMethods, type Command, type Given, type Name, type Reply, type Result } from "./commands.js";
import { MultiErrorReply, ReplyError, WatchError } from "./errors.js";
import type { Word } from "./words.js";

/** What runs commands with none between them, and gives their replies, errors as well. */
type Run = (commands: readonly Pick<Command, "words" | "binary">[]) => Promise<Reply[]>;

/** The method of each command that has one: it puts the command at the end of the chain. */
type Methods<Results extends unknown[]> = { [N in Name]: (...given: Given<N>) => Multi<[...Results, Result<N>]> };

/**
 * A chain of commands: the methods of the client, and what sends it. What the commands come to is known of those that
 * are chained in one expression; of a chain that is built in a loop it is not.
 */
export type Multi<Results extends unknown[] = []> = Chain<Results> & Methods<Results>;

/** An empty chain. */
export function chain(run: Run): Multi {
  return new Chain<[]>(run) as Multi;
}

class Chain<Results extends unknown[]> {
  static {
    addMethods<Chain<unknown[]>>(this.prototype, (self, make) => {
      self.#commands.push(make());
      return self;
    });
  }

  readonly #run: Run;
  readonly #commands: Command[] = [];

  constructor(run: Run) {
    this.#run = run;
  }

  /** Puts a command of any name at the end, its words given, and what is to be made of its reply. */
  addCommand<T = Reply>(words: readonly Word[], transform = (reply: Reply): T => reply as T): Multi<[...Results, T]> {
    this.#commands.push({ words: [...words], transform });
    return this as unknown as Multi<[...Results, T]>;
  }

  /**
   * Runs the commands in a transaction, and gives what each comes to.
   *
   * @throws MultiErrorReply where commands of the transaction fail; the others have been run
   * @throws ReplyError where a command is refused before, for which none is run
   * @throws WatchError where a key has changed that is watched, for which none is run
   */
  async exec(asPipeline = false): Promise<unknown[]> {
    if (asPipeline) return this.execAsPipeline();
    const queued = this.#commands.slice();
    // EXEC gives the replies of all, in one form.
    const binary = queued.some((command) => command.binary);
    const replies = await this.#run([{ words: ["MULTI"] }, ...queued, { words: ["EXEC"], binary }]);
    refuse(replies);
    const executed = replies.at(-1) as Reply[] | null;
    if (executed === null) throw new WatchError();
    const errors = [...executed.keys()].filter((index) => executed[index] instanceof ReplyError);
    const results = executed.map((reply, index) => {
      const command = queued[index];
      if (command === undefined || reply instanceof ReplyError) return reply;
      return command.transform(binary && !command.binary ? textOf(reply) : reply);
    });
    if (errors.length > 0) throw new MultiErrorReply(results, errors);
    return results;
  }

  /** As {@link exec}, with the type of each reply. */
  async execTyped(asPipeline = false): Promise<Results> {
    return (await this.exec(asPipeline)) as Results;
  }

  /**
   * Runs the commands one after another with none of this client between them, and gives what each comes to.
   *
   * @throws ReplyError that of the first that fails; the others have been run
   */
  async execAsPipeline(): Promise<unknown[]> {
    const sent = this.#commands.slice();
    const replies = await this.#run(sent);
    refuse(replies);
    return sent.map((command, index) => command.transform(replies[index] as Reply));
  }

  /** As {@link execAsPipeline}, with the type of each reply. */
  async execAsPipelineTyped(): Promise<Results> {
    return (await this.execAsPipeline()) as Results;
  }
}

/** Throws the first error of replies. */
function refuse(replies: readonly Reply[]): void {
  const error = replies.find((reply) => reply instanceof ReplyError);
  // Anew, for the calls that its stack shows.
  if (error !== undefined) throw new ReplyError(error.message);
}

/** How many bytes a text is made of at most, where the module makes it. */
const LONGEST_TEXT = 0x1fff_ffe8;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A reply with text in place of bytes. */
function textOf(reply: Reply): Reply {
  if (reply instanceof Uint8Array) return reply.length > LONGEST_TEXT ? reply : decoder.decode(reply);
  if (Array.isArray(reply)) return reply.map(textOf);
  if (reply instanceof Set) return new Set([...reply].map(textOf));
  if (reply instanceof Map) return new Map([...reply].map(([key, value]) => [textOf(key), textOf(value)]));
  return reply;
}
