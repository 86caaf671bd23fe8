/// <reference lib="esnext.disposable" preserve="true" />
/** `Symbol.dispose`, where the host has it. */

/** The name of the method that `using` calls. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
