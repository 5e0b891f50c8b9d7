import type { ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import { formatInterval, formatMs, formatRatio, plural } from "../render/format.ts";
import { successOf } from "../render/words.ts";
import { CONNECT_TARGET_MS } from "./connect-time-chart.ts";
import { html, type Markup } from "./markup.ts";

/** The mission's. */
const SUCCESS_TARGET = 0.95;

/** `isMet` null: nothing was asked that could meet it. */
type Target = { value: string; note: string; isMet: boolean | null };

/** The mission's two targets, each by the scenario that is farthest from it: scenarios have no average. */
export function targets({ scenarios }: Summary): Markup {
  const asked = scenarios.filter(isAsked);
  return html`<dl class="targets">${tile("Success rate, target above 95 %", success(asked))}${tile("Connect time p(95), target below 5 s", connectTime(asked))}</dl>`;
}

/** Scenarios whose calls are to connect, and to last: of others success is no target. */
const isAsked = ({ cells, expectedPath, expectedFailure, status }: ScenarioSummary) =>
  cells === null && expectedPath !== "none" && expectedFailure === null && status !== "errored" && status !== "skipped";

function success(asked: readonly ScenarioSummary[]): Target {
  const rated = asked.flatMap((scenario) => {
    const { rate, ...rest } = successOf(scenario);
    return rate === null ? [] : [{ name: scenario.name, rate, ...rest }];
  });
  const [lowest] = rated.sort((a, b) => a.rate - b.rate);
  if (!lowest) return nothing(asked, "was finished");
  const { name, rate, successes, finished, ci95 } = lowest;
  const note = `lowest: ${name}, ${successes} of ${finished}; 95 % interval ${formatInterval(ci95)}`;
  return { value: formatRatio(rate), note, isMet: rate > SUCCESS_TARGET };
}

function connectTime(asked: readonly ScenarioSummary[]): Target {
  const timed = asked.flatMap(({ name, metrics }) => {
    const p95 = metrics.connect_time["p(95)"];
    return p95 === null ? [] : [{ name, p95 }];
  });
  const [slowest] = timed.sort((a, b) => b.p95 - a.p95);
  if (!slowest) return nothing(asked, "connected");
  return {
    value: `${formatMs(slowest.p95)} ms`,
    note: `slowest: ${slowest.name}`,
    isMet: slowest.p95 < CONNECT_TARGET_MS,
  };
}

function nothing(asked: readonly ScenarioSummary[], what: string): Target {
  if (asked.length === 0)
    return { value: "not asked", note: "no scenario whose calls are to connect ran", isMet: null };
  return { value: "no data", note: `no call of ${plural(asked.length, "scenario")} ${what}`, isMet: false };
}

function tile(title: string, { value, note, isMet }: Target): Markup {
  const [kind, verdict] = isMet === null ? ["open", ""] : isMet ? ["passed", "✓ met"] : ["failed", "✗ not met"];
  return html`<div class="target ${kind}"><dt>${title}</dt><dd><strong>${value}</strong> <span class="met ${kind}">${verdict}</span><small>${note}</small></dd></div>`;
}
