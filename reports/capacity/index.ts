import type { CapacityReport } from "../../lab/model/capacity-report.ts";
import type { Screen } from "../render/terminal.ts";
import { renderCapacityJson } from "./capacity-json.ts";
import { renderCapacityMarkdown } from "./capacity-markdown.ts";
import { renderCapacityTerminal } from "./capacity-terminal.ts";

type CapacityFormat = "terminal" | "markdown" | "json";

/** Every way to show a capacity report; only the terminal looks at the screen. Each text ends with a newline. */
export const CAPACITY_RENDERERS: Record<CapacityFormat, (report: CapacityReport, screen: Screen) => string> = {
  terminal: renderCapacityTerminal,
  markdown: renderCapacityMarkdown,
  json: renderCapacityJson,
};
