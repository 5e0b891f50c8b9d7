import type { EventOf } from "../lab/model/events.ts";
import { keepsNoState } from "../lab/model/nat.ts";
import { DEFAULT_TRAFFIC } from "../lab/model/scenario.ts";
import type { ScenarioSummary } from "../lab/model/summary.ts";

type Routers = ScenarioSummary["routers"];

/** What each router was meant to be and was observed to be; `traffic` says how long the calls through it last. */
export function summarizeRouters(
  probed: readonly EventOf<"router_probed">[],
  { durationMs }: { durationMs: number } = DEFAULT_TRAFFIC,
): Routers {
  return Object.fromEntries(
    probed.map(({ router, expected, observed, mismatches }): [string, Routers[string]] => {
      const isOutlasted = durationMs > expected.mappingLifetimeMs && !keepsNoState(expected);
      // Without UDP there is no mapping whose lifetime would matter (RFC 4787 is UDP's).
      const isLifetimeOpen = isOutlasted && observed.mapping !== null && observed.lifetimeMs === null;
      return [router, { expected, observed, mismatches, isLifetimeOpen }];
    }),
  );
}

export function summarizeDropped(counted: readonly EventOf<"router_counted">[]): ScenarioSummary["dropped"] {
  return Object.fromEntries(
    counted.flatMap(({ router, dropped, tooBig }) =>
      dropped.length === 0 && tooBig === 0 ? [] : [[router, { dropped, tooBig }]],
    ),
  );
}
