import type { GateReport } from "../../lab/model/gate.ts";
import type { Screen } from "../render/terminal.ts";
import { renderGateJson } from "./gate-json.ts";
import { renderGateJunit } from "./gate-junit.ts";
import { renderGateMarkdown } from "./gate-markdown.ts";
import { renderGateTerminal } from "./gate-terminal.ts";

type GateFormat = "terminal" | "markdown" | "junit" | "json";

/** Every way to show a gate's report; only the terminal looks at the screen. Each text ends with a newline. */
export const GATE_RENDERERS: Record<GateFormat, (report: GateReport, screen: Screen) => string> = {
  terminal: renderGateTerminal,
  markdown: renderGateMarkdown,
  junit: renderGateJunit,
  json: renderGateJson,
};
