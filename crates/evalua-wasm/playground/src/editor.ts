/** The editor: Lua, findings of the lint, the lines that have run, the line that a command comes from. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lua } from "@codemirror/legacy-modes/mode/lua";
import { lintGutter, lintKeymap, linter, type Diagnostic } from "@codemirror/lint";
import { EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  GutterMarker,
  drawSelection,
  gutter,
  highlightActiveLine,
  keymap,
  lineNumbers,
  type DecorationSet,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Finding } from "evalua";

const setRuns = StateEffect.define<[line: number, runs: number][]>();
const setCalling = StateEffect.define<{ line: number; isError: boolean } | undefined>();

class RunMarker extends GutterMarker {
  constructor(readonly runs: number) {
    super();
    this.elementClass = runs > 0 ? "has-run" : "has-not-run";
  }
  override eq(other: RunMarker): boolean {
    return other.runs === this.runs;
  }
  override toDOM(): Node {
    const bar = document.createElement("span");
    bar.title = this.runs > 0 ? `ran ${this.runs} ${this.runs === 1 ? "time" : "times"}` : "has not run";
    return bar;
  }
}

const runs = StateField.define<RangeSet<GutterMarker>>({
  create: () => RangeSet.empty,
  update(markers, transaction) {
    // What has run was another text.
    if (transaction.docChanged) return RangeSet.empty;
    for (const effect of transaction.effects) {
      if (!effect.is(setRuns)) continue;
      const { doc } = transaction.state;
      const known = effect.value.filter(([line]) => line <= doc.lines);
      return RangeSet.of(
        known.map(([line, count]) => new RunMarker(count).range(doc.line(line).from)),
        true,
      );
    }
    return markers;
  },
});

const calling = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, transaction) {
    if (transaction.docChanged) return Decoration.none;
    for (const effect of transaction.effects) {
      if (!effect.is(setCalling)) continue;
      const { doc } = transaction.state;
      if (effect.value === undefined || effect.value.line > doc.lines) return Decoration.none;
      const line = Decoration.line({ class: effect.value.isError ? "failing-line" : "calling-line" });
      return Decoration.set(line.range(doc.line(effect.value.line).from));
    }
    return lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The colours are variables of the page, so that they follow light and dark. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.atom], color: "var(--code-number)" },
  { tag: tags.comment, color: "var(--code-comment)" },
  { tag: tags.standard(tags.variableName), color: "var(--code-builtin)" },
]);

export interface Editor {
  text(): string;
  setText(text: string): void;
  showRuns(lines: [line: number, runs: number][]): void;
  showCalling(line: number | undefined, isError?: boolean): void;
}

export function createEditor(
  parent: HTMLElement,
  events: { run(): void; change(): void; check(script: string): Promise<Finding[]> },
): Editor {
  const runOnEnter = {
    key: "Mod-Enter",
    run: () => {
      events.run();
      return true;
    },
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        lineNumbers(),
        runs,
        calling,
        gutter({ class: "runs", markers: (view) => view.state.field(runs) }),
        lintGutter(),
        linter(async (view) => diagnostics(view.state, await events.check(view.state.doc.toString())), { delay: 300 }),
        history(),
        drawSelection(),
        bracketMatching(),
        highlightActiveLine(),
        indentUnit.of("  "),
        StreamLanguage.define(lua),
        syntaxHighlighting(colours),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Script", spellcheck: "false", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) events.change();
        }),
        // Tab goes on to the next field, as everywhere.
        keymap.of([runOnEnter, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
      ],
    }),
  });
  return {
    text: () => view.state.doc.toString(),
    setText(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, selection: { anchor: 0 } });
      view.scrollDOM.scrollTop = 0;
    },
    showRuns: (lines) => view.dispatch({ effects: setRuns.of(lines) }),
    showCalling(line, isError = false) {
      view.dispatch({ effects: setCalling.of(line === undefined ? undefined : { line, isError }) });
      if (line === undefined || line > view.state.doc.lines) return;
      // The editor alone, for the page is to stay where it is.
      const { top, height } = view.lineBlockAt(view.state.doc.line(line).from);
      const { scrollTop, clientHeight } = view.scrollDOM;
      if (top < scrollTop || top + height > scrollTop + clientHeight) {
        view.scrollDOM.scrollTop = top - (clientHeight - height) / 2;
      }
    },
  };
}

function diagnostics({ doc }: EditorState, findings: Finding[]): Diagnostic[] {
  const at = ({ line, column }: { line: number; column: number }): number => {
    const found = doc.line(Math.min(line, doc.lines));
    // Columns count characters, the editor counts units of UTF-16.
    const before = [...found.text].slice(0, column - 1).join("");
    return Math.min(found.from + before.length, doc.length);
  };
  return findings.map(({ rule, message, start, end }) => ({
    from: at(start),
    to: Math.max(at(start), at(end)),
    severity: rule === "syntax-error" ? "error" : "warning",
    source: rule,
    message,
  }));
}
