import type { Screen } from "../render/terminal.ts";
import { renderCompareMarkdown } from "./compare-markdown.ts";
import { renderCompareTerminal } from "./compare-terminal.ts";
import type { Comparison } from "./comparison.ts";

type CompareFormat = "terminal" | "markdown" | "json";

/** Every way to show a comparison that is text; only the terminal looks at the screen. Each ends with a newline. */
export const COMPARE_RENDERERS: Record<CompareFormat, (comparison: Comparison, screen: Screen) => string> = {
  terminal: renderCompareTerminal,
  markdown: renderCompareMarkdown,
  json: (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
};
