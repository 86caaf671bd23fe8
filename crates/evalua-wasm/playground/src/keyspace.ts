/** Two states of a keyspace, one beside the other. */
import type { Shown } from "evalua";

/** Shows every key, what it was, and what it is. */
export function showKeys(parent: HTMLElement, before: readonly Shown[], after: readonly Shown[]): void {
  const names = new Set([...before, ...after].map(nameOf));
  const rows = [...names].sort().map((name) => {
    const find = (keys: readonly Shown[]): Shown | undefined => keys.find((key) => nameOf(key) === name);
    return keyRow(name, find(before), find(after));
  });
  if (rows.length > 0) return parent.replaceChildren(...rows);
  const empty = document.createElement("p");
  empty.className = "empty";
  empty.textContent = "There are no keys.";
  parent.replaceChildren(empty);
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
