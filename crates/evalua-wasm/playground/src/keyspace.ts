/** Two states of a keyspace, one beside the other. */
import type { Shown } from "evalua";

/** How many keys are shown: with a hundred thousand a page stands still. */
const MOST = 500;

/** Shows keys, what they were, and what they are. */
export function showKeys(parent: HTMLElement, before: readonly Shown[], after: readonly Shown[]): void {
  const [was, is] = [before, after].map((keys) => new Map(keys.map((key) => [nameOf(key), key])));
  const names = [...new Set([...was!.keys(), ...is!.keys()])].sort();
  parent.replaceChildren(...names.slice(0, MOST).map((name) => keyRow(name, was!.get(name), is!.get(name))));
  if (names.length === 0) parent.append(remark("There are no keys."));
  if (names.length > MOST) parent.append(remark(`and ${names.length - MOST} more keys`));
}

/** A line where a list is empty or goes on. */
export function remark(text: string): HTMLParagraphElement {
  const line = document.createElement("p");
  line.className = "empty";
  line.textContent = text;
  return line;
}

function nameOf({ db, key }: Shown): string {
  return db > 0 ? `db${db} ${String(key)}` : String(key);
}

function keyRow(name: string, before: Shown | undefined, after: Shown | undefined): HTMLElement {
  const row = document.createElement("article");
  const title = document.createElement("h3");
  title.textContent = name;
  const facts = document.createElement("span");
  facts.className = "note";
  const ttl = changed(before && timeToLive(before), after && timeToLive(after));
  facts.textContent = [(after ?? before)?.type, ttl].filter(Boolean).join(", ");
  title.append(" ", facts);
  row.append(title);
  row.dataset.change = !before ? "new" : !after ? "gone" : isSame(before, after) ? "same" : "changed";
  if (before?.text === after?.text) {
    row.append(value("is", after?.text ?? ""));
  } else {
    if (before) row.append(value("was", before.text));
    if (after) row.append(value("is", after.text));
  }
  return row;
}

function isSame(before: Shown, after: Shown): boolean {
  return before.text === after.text && before.type === after.type && before.expiresAt === after.expiresAt;
}

function timeToLive({ ttl }: Shown): string {
  return ttl === null ? "stays" : `${ttl / 1000} s to live`;
}

/** A fact, and what it was where that is something else. */
function changed(was: string | undefined, is: string | undefined): string {
  if (was === undefined || was === is) return is === "stays" ? "" : (is ?? "");
  return is === undefined ? "gone" : `${was} → ${is}`;
}

function value(kind: "was" | "is", text: string): HTMLPreElement {
  const shown = document.createElement("pre");
  shown.className = kind;
  shown.textContent = text;
  return shown;
}
