import { stringify } from "yaml";
import type { EventOf, RunEvent } from "../../lab/model/events.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { describeObserved } from "../describe-observed.ts";
import { describeTurnConfig } from "../describe-turn-config.ts";
import { NOTHING, oneLine } from "../render/format.ts";
import { foldRouters, LIFETIME_OPEN } from "../render/words.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "./markup.ts";
import { topologyDrawing } from "./topology-drawing.ts";

/** How a scenario was set up: who stands where, what routers were seen to do, and what servers ran from. */
export function setUpSection(scenario: ScenarioSummary, events: readonly RunEvent[]): Markup {
  const started = events.find((event): event is EventOf<"scenario_started"> => event.type === "scenario_started");
  const up = events.find((event): event is EventOf<"lab_up"> => event.type === "lab_up");
  return html`${started ? topologyDrawing(started.definition, up) : NOTHING_AT_ALL}${routers(scenario)}${servers(scenario, events)}${started ? definition(started) : NOTHING_AT_ALL}`;
}

function routers(scenario: ScenarioSummary): Markup {
  const { shown, folded } = foldRouters(scenario);
  return html`${table(
    "Routers, as probed before the load",
    [{ title: "Router" }, { title: "Observed" }, { title: "Not as expected" }],
    shown.map(([name, { expected, observed, mismatches, isLifetimeOpen }]) => [
      name,
      `${describeObserved(expected, observed)}${isLifetimeOpen ? `; ${LIFETIME_OPEN}` : ""}`,
      mismatches.length === 0 ? NOTHING : html`<span class="bad">${mismatches.map(oneLine).join("; ")}</span>`,
    ]),
  )}${folded === "" ? NOTHING_AT_ALL : html`<p>${folded}.</p>`}`;
}

/** Which listeners answered before the load, and of a turnserver.conf of the user's what was read, supplied and done otherwise. */
function servers({ turnConfigs }: ScenarioSummary, events: readonly RunEvent[]): Markup {
  const ready = events.filter((event) => event.type === "turn_server_ready");
  const listeners = table(
    "TURN servers, as they answered before the load",
    [{ title: "Server" }, { title: "Public address" }, { title: "Name" }, { title: "Listeners" }],
    ready.map((event) => [
      event.server,
      event.publicAddress,
      event.hostname,
      event.listeners.map(({ transport, port, answer }) => `${transport} ${port}: ${answer}`).join(", "),
    ]),
  );
  const configs = Object.entries(turnConfigs).map(([server, config]) =>
    fold(
      html`${server} ran <code>${oneLine(config.file)}</code>: what the lab supplied, and did otherwise`,
      html`${list(describeTurnConfig(config).map(({ isWarning, text }) => html`${isWarning ? "⚠ " : ""}${oneLine(text)}`))}${
        config.lines
          ? html`<h4>What it read of the file, without comments and secrets</h4>${text(config.lines.map(oneLine).join("\n"), `${config.file}, secrets redacted`)}`
          : NOTHING_AT_ALL
      }`,
    ),
  );
  return html`${listeners}${configs}`;
}

function definition({ definition, scenario }: EventOf<"scenario_started">): Markup {
  const shown = stringify(redacted(definition), { aliasDuplicateObjects: false, lineWidth: 100 });
  return fold(
    "The scenario as it ran, secrets redacted",
    text(shown, `The scenario ${scenario} as data, secrets redacted`),
  );
}

/** The log holds no secret; a log of somebody else's making may, and the page must not. */
function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, isSecret(key, one, value) ? "***" : redacted(one)]),
  );
}

const isSecret = (key: string, value: unknown, beside: object) =>
  typeof value === "string" &&
  (key === "password" ||
    key.endsWith("auth-secret") ||
    (key === "credential" && "urls" in beside && !("server" in beside)));

const text = (content: string, label: string) =>
  html`<pre tabindex="0" role="region" aria-label="${label}"><code>${content}</code></pre>`;
