/** The page: what is typed, what is pressed, what is shown. */
import type { Shown, TracedCall } from "evalua";
import { bench } from "./bench";
import { createEditor } from "./editor";
import { examples } from "./examples";
import { remark, showKeys } from "./keyspace";
import type { Outcome, Program, State } from "./protocol";
import { fragmentOf, programOf } from "./share";
import "./style.css";

const FIRST = "fixed_window";

/** How many commands are listed: all of them can be stepped to, but with a hundred thousand a page stands still. */
const MOST_LISTED = 1000;

/** How much of a reply is shown. */
const MOST_TEXT = 1_000_000;

const element = <T extends HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as T;
};
const keys = element<HTMLInputElement>("keys");
const args = element<HTMLInputElement>("args");
const setup = element<HTMLTextAreaElement>("setup");
const menu = element<HTMLSelectElement>("examples");
const reply = element<HTMLPreElement>("reply");
const trace = element<HTMLOListElement>("trace");
const stepper = element<HTMLDivElement>("stepper");
const slider = element<HTMLInputElement>("step");
const moment = element<HTMLSpanElement>("moment");
const keyspace = element<HTMLDivElement>("keyspace");
const notice = element<HTMLParagraphElement>("notice");

let outcome: Outcome | undefined;
/** The keyspace before the last deed, which what is there now is compared with. */
let earlier: Shown[] = [];

const editor = createEditor(element("editor"), {
  run: () => void run(),
  change: () => element("coverage").replaceChildren(),
  check: (script) => bench.check(script),
});

function program(): Program {
  return { script: editor.text(), keys: keys.value, args: args.value, setup: setup.value };
}

function open(given: Program): Promise<void> {
  editor.setText(given.script);
  keys.value = given.keys;
  args.value = given.args;
  setup.value = given.setup;
  return reset();
}

/** Does something that may fail, and says so where it does. */
async function attempt(work: () => Promise<void>): Promise<void> {
  document.body.classList.add("is-busy");
  try {
    await work();
  } catch (error) {
    outcome = undefined;
    showReply({ text: `(error) ${(error as Error).message}`, json: JSON.stringify({ error: (error as Error).message }), isError: true });
    showCalls([]);
  } finally {
    document.body.classList.remove("is-busy");
  }
}

const run = (): Promise<void> =>
  attempt(async () => {
    outcome = await bench.run(program());
    showReply(outcome);
    editor.showRuns(outcome.lines);
    const { lines } = outcome;
    const hit = lines.filter(([, runs]) => runs > 0).length;
    element("coverage").textContent = lines.length > 0 ? `${hit} of ${lines.length} lines ran` : "";
    showCalls(outcome.calls);
    editor.showCalling(outcome.line, true);
    showState(outcome.state, "after the run");
  });

const reset = (): Promise<void> =>
  attempt(async () => {
    const state = await bench.reset(program());
    outcome = undefined;
    reply.replaceChildren();
    delete reply.dataset.kind;
    editor.showRuns([]);
    editor.showCalling(undefined);
    element("coverage").replaceChildren();
    showCalls([]);
    earlier = state.keys;
    showState(state, "");
  });

const advance = (ms: number): Promise<void> =>
  attempt(async () => {
    const state = await bench.advance(ms);
    showCalls([]);
    showState(state, `${ms / 1000} s later`);
  });

const step = (command: number): Promise<void> =>
  attempt(async () => {
    const call = outcome?.calls[command];
    if (call === undefined) return;
    slider.value = String(command + 1);
    for (const [index, item] of [...trace.children].entries()) {
      const isThis = index === command;
      item.firstElementChild?.setAttribute("aria-current", isThis ? "step" : "false");
      if (isThis) item.scrollIntoView({ block: "nearest" });
    }
    editor.showCalling(call.line ?? undefined);
    const { before, after } = await bench.step(command);
    moment.textContent = `before and after command ${command + 1}`;
    showKeys(keyspace, before.keys, after.keys);
  });

function showReply({ text, json, isError }: Pick<Outcome, "text" | "json" | "isError">): void {
  const form = document.querySelector<HTMLInputElement>("input[name=form]:checked")?.value;
  const shown = form === "json" ? json : text;
  reply.textContent = shown.length > MOST_TEXT ? `${shown.slice(0, MOST_TEXT)}…` : shown;
  reply.dataset.kind = isError ? "error" : "reply";
}

function showCalls(calls: readonly TracedCall[]): void {
  trace.replaceChildren(...calls.slice(0, MOST_LISTED).map((call, index) => callItem(call, index)));
  if (calls.length > MOST_LISTED) {
    const more = document.createElement("li");
    more.append(remark(`and ${calls.length - MOST_LISTED} more commands`));
    trace.append(more);
  }
  stepper.hidden = calls.length === 0;
  slider.max = String(Math.max(calls.length, 1));
  slider.value = slider.max;
}

function callItem(call: TracedCall, index: number): HTMLLIElement {
  const [item, button] = [document.createElement("li"), document.createElement("button")];
  button.type = "button";
  const part = (name: string, text: string): HTMLSpanElement => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  };
  const [name = "", ...words] = call.args.map(String);
  const command = part("command", words.map(quoted).join(" "));
  command.prepend(part("name", name.toUpperCase()), " ");
  button.append(part("place", call.line === null ? "" : `${call.line}`), command, part("answer", oneLine(call.text)));
  button.classList.toggle("writes", call.writes);
  button.addEventListener("click", () => void step(index));
  item.append(button);
  return item;
}

/** A word as one types it. */
function quoted(word: string): string {
  return /^[!#-&(-[\]-~]+$/.test(word) ? word : JSON.stringify(word);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, "  ");
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

function showState(state: State, when: string): void {
  const now = element<HTMLTimeElement>("now");
  now.dateTime = new Date(state.now).toISOString();
  now.textContent = now.dateTime.replace("T", " ").replace(/\.000Z$/, "").replace("Z", "");
  moment.textContent = when;
  showKeys(keyspace, earlier, state.keys);
  earlier = state.keys;
}

function say(text: string): void {
  notice.textContent = text;
  notice.hidden = false;
  window.setTimeout(() => (notice.hidden = true), 4000);
}

async function share(): Promise<void> {
  const fragment = await fragmentOf(program()).catch((error: Error) => say(`There is no link: ${error.message}.`));
  if (!fragment) return;
  history.replaceState(null, "", fragment);
  const copied = await navigator.clipboard?.writeText(location.href).then(
    () => true,
    () => false,
  );
  say(copied ? "The link is in the clipboard." : "The link is in the address bar.");
}

/** Shows what the address has, or else the first example. */
async function openAddress(): Promise<void> {
  const given = await programOf(location.hash).catch(() => say("The link is damaged: nothing could be read from it."));
  menu.value = given ? "" : FIRST;
  const shown = given ?? examples.get(FIRST);
  if (shown) await open(shown);
}

menu.append(new Option("…", ""), ...[...examples.keys()].map((name) => new Option(name.replaceAll("_", " "), name)));
menu.addEventListener("change", () => {
  const chosen = examples.get(menu.value);
  if (chosen === undefined) return;
  history.replaceState(null, "", location.pathname + location.search);
  void open(chosen);
});
element("share").addEventListener("click", () => void share());
element("inputs").addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
element("reset").addEventListener("click", () => void reset());
element("second").addEventListener("click", () => void advance(1_000));
element("minute").addEventListener("click", () => void advance(60_000));
slider.addEventListener("input", () => void step(Number(slider.value) - 1));
element("previous").addEventListener("click", () => void step(Math.max(0, Number(slider.value) - 2)));
element("next").addEventListener("click", () => void step(Math.min(Number(slider.max), Number(slider.value) + 1) - 1));
for (const form of document.querySelectorAll("input[name=form]")) {
  form.addEventListener("change", () => {
    if (outcome !== undefined) showReply(outcome);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) void run();
});
window.addEventListener("hashchange", () => void openAddress());
await openAddress();
document.body.dataset.ready = "";
