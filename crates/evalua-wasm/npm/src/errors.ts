/** The errors of this package. */

/** An error reply of a command or a script. */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
  /** What the text begins with: `ERR`, `WRONGTYPE`, `NOSCRIPT`. */
  readonly code: string;
  /** The line of the script that has failed, from 1, where the text tells. */
  readonly line: number | undefined;
  /** The digest of the script that has failed, or the name of the function, where the text tells. */
  readonly script: string | undefined;

  constructor(message: string) {
    super(message);
    this.code = message.split(" ", 1)[0] ?? "";
    // As servers end the text of an error that a script has raised.
    const place = / script: ([^,]+), on @[^:]*:(\d+)\.$/.exec(message);
    // As in the text of an error of syntax.
    const line = place?.[2] ?? /(?:user_script|user_function):(\d+):/.exec(message)?.[1];
    this.script = place?.[1];
    this.line = line === undefined ? undefined : Number(line);
  }
}

/** What a transaction comes to in which commands have failed. */
export class MultiErrorReply extends Error {
  override readonly name = "MultiErrorReply";
  /** What each command has come to: errors where it has failed. */
  readonly replies: unknown[];
  /** Which have failed, from 0. */
  readonly errorIndexes: number[];

  constructor(replies: unknown[], errorIndexes: number[]) {
    super(`${errorIndexes.length} commands failed, see .replies and .errorIndexes for more information`);
    this.replies = replies;
    this.errorIndexes = errorIndexes;
  }

  /** The errors alone. */
  *errors(): Generator<ReplyError, void> {
    for (const index of this.errorIndexes) yield this.replies[index] as ReplyError;
  }
}

/** Why a transaction was not run: a key has changed that was watched. */
export class WatchError extends Error {
  override readonly name = "WatchError";

  constructor() {
    super("One (or more) of the watched keys has been changed");
  }
}

/** Why Lua code has ended: an error of its syntax or that it raised, its memory or its instructions used up. */
export type LuaErrorKind = "syntax" | "runtime" | "memory" | "budget" | "interrupted";

/** An error of plain Lua. */
export class LuaError extends Error {
  override readonly name = "LuaError";
  readonly kind: LuaErrorKind;
  /** The name of the source in which it was raised. */
  readonly chunk: string | undefined;
  /** The line in that, from 1. */
  readonly line: number | undefined;
  /** The calls that led there, as `debug.traceback` shows them. */
  readonly traceback: string | undefined;
  /** Whether a source ends too early, so that a prompt would ask for more. */
  readonly incomplete: boolean;
  /** What was raised, which need not be text. */
  readonly value: unknown;

  constructor(
    message: string,
    facts: {
      kind: LuaErrorKind;
      chunk?: string | undefined;
      line?: number | undefined;
      traceback?: string | undefined;
      incomplete?: boolean;
      value?: unknown;
      cause?: unknown;
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = facts.kind;
    this.chunk = facts.chunk;
    this.line = facts.line;
    this.traceback = facts.traceback;
    this.incomplete = facts.incomplete ?? false;
    this.value = facts.value;
  }
}
