/** The examples of the project, each with the first of its cases. */
import type { Program } from "./protocol";

const scripts = import.meta.glob<string>("../../../../examples/*.lua", { query: "?raw", import: "default", eager: true });
const cases = import.meta.glob<string>("../../../../examples/*.cases", { query: "?raw", import: "default", eager: true });

export const examples: ReadonlyMap<string, Program> = new Map(
  Object.entries(scripts).map(([path, script]) => {
    const name = path.replace(/^.*\/(.*)\.lua$/, "$1");
    return [name, { script, ...firstCase(cases[path.replace(/lua$/, "cases")] ?? "") }];
  }),
);

/** What is to be done before the first `script>` of a transcript, and the words of that. */
function firstCase(transcript: string): Omit<Program, "script"> {
  const [before = "", after = ""] = transcript.split(/^script>/m, 2);
  const title = before.lastIndexOf("\n== ");
  const setup = [...before.slice(title + 1).matchAll(/^redis> (.*)$/gm)].map(([, command]) => command);
  const [line = ""] = after.split("\n", 1);
  const [keys = "", args = ""] = line.split(/(?:^| ),(?: |$)/, 2);
  return { keys: keys.trim(), args: args.trim(), setup: setup.join("\n") };
}
