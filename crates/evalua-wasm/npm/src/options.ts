/** Options, which callers without types can get wrong: the module would read bytes that are none. */
import { nameOf } from "./words.js";

/** What an option is to be. Numbers count something: they are 0 or more. */
export type Wanted = "string" | "number" | "boolean" | "function";

/**
 * A copy of those options that there are.
 *
 * @throws TypeError where one is something else than is wanted, RangeError where a number is below 0
 */
export function checked<T extends object>(options: T, wanted: { readonly [K in keyof T]-?: Wanted }): T {
  const found: Partial<T> = {};
  for (const name of Object.keys(wanted) as (keyof T & string)[]) {
    const value: unknown = options[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== wanted[name]) throw new TypeError(`${name} is ${nameOf(value)}: a ${wanted[name]} is wanted`);
    if (typeof value === "number" && !(value >= 0)) throw new RangeError(`${name} is ${value}: a number from 0 on is wanted`);
    found[name] = options[name];
  }
  return found as T;
}
