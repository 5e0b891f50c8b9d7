import type { Summary } from "../../lab/model/summary.ts";
import { renderJson } from "./json.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import type { Screen } from "./terminal.ts";
import { renderTerminal } from "./terminal.ts";

type ReportFormat = "terminal" | "markdown" | "junit" | "json";

/** Every way to show a summary; only the terminal looks at the screen. Each text ends with a newline. */
export const RENDERERS: Record<ReportFormat, (summary: Summary, screen: Screen) => string> = {
  terminal: renderTerminal,
  markdown: renderMarkdown,
  junit: renderJunit,
  json: renderJson,
};
