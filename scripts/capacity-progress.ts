import { judgeStep } from "../lab/capacity/carries.ts";
import type { CapacityStep } from "../lab/model/capacity.ts";
import type { SearchAsk } from "../lab/model/capacity-search.ts";
import type { RunEvent } from "../lab/model/events.ts";
import { ProgressLine } from "./progress-line.ts";

/** What a capacity run is doing, on stderr: a line for each load that was held, and where somebody watches one that tells what is next. */
export class CapacityProgress extends ProgressLine {
  readonly #asks = new Map<string, SearchAsk>();

  event(event: RunEvent): void {
    switch (event.type) {
      case "capacity_asked":
        this.#asks.set(event.search, event.ask);
        return this.step(`${event.search}: bringing the lab up`);
      case "lab_up":
        return this.step(`the lab is up after ${seconds(event.durationMs)}: calls set out`);
      case "capacity_step":
        return this.line(describe(event.search, event.step, this.#asks.get(event.search)));
      case "capacity_note":
        return this.line(event.text);
      case "capacity_decided": {
        const { reason, carried } = event.end;
        const calls = carried === null ? "nothing carried" : `${carried} calls carried`;
        return this.line(`${event.search}: ${reason.replaceAll("_", " ")}, ${calls}`);
      }
      case "capacity_finished": {
        const reason = event.reason === null ? "" : ` (${event.reason})`;
        return this.line(`ended after ${seconds(event.durationMs)}: ${event.end}${reason}`);
      }
    }
  }
}

function describe(search: string, step: CapacityStep, ask: SearchAsk | undefined): string {
  const { calls, held, packetsSent, packetsLost, server, roundTrip, purpose } = step;
  const words = ask ? judgeStep(step, ask) : null;
  const loss = packetsSent === 0 ? "no packet" : `${((100 * packetsLost) / packetsSent).toFixed(2)} % lost`;
  const roundTripMs = roundTrip["p(95)"];
  const cpu = server.cpuPercent === null ? "" : `, server ${server.cpuPercent.toFixed(0)} % of a core`;
  const throttled = server.throttledShare ? `, throttled in ${(100 * server.throttledShare).toFixed(0)} %` : "";
  const verdict = words === null ? "" : `: ${[words.verdict.replaceAll("_", " "), ...words.reasons].join("; ")}`;
  const measured = `${held} held, ${loss}${roundTripMs === null ? "" : `, round trip p(95) ${roundTripMs.toFixed(1)} ms`}`;
  return `${search}, ${calls} calls (${purpose}): ${measured}${cpu}${throttled}${verdict}`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
