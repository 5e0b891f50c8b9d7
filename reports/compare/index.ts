import type { Screen } from "../render/terminal.ts";
import { renderCompareHtml } from "./compare-html.ts";
import { renderCompareMarkdown } from "./compare-markdown.ts";
import { renderCompareTerminal } from "./compare-terminal.ts";
import type { Comparison } from "./comparison.ts";

type CompareFormat = "terminal" | "markdown" | "json" | "html";

/** Every way to show a comparison; only the terminal looks at the screen. Each ends with a newline. */
export const COMPARE_RENDERERS: Record<CompareFormat, (comparison: Comparison, screen: Screen) => string> = {
  terminal: renderCompareTerminal,
  markdown: renderCompareMarkdown,
  html: renderCompareHtml,
  json: (comparison) => `${JSON.stringify(comparison, null, 2)}\n`,
};
