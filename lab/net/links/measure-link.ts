import { type AskedLink, type LinkSpec, linkDirections, type MeasuredLink } from "../../model/link.ts";
import { lastArrivalMs, planWireTest } from "../../model/wire-test-plan.ts";
import type { Fabric } from "../fabric.ts";
import { judgeLink, type PhaseResult } from "./judge-link.ts";
import type { LinkPlan } from "./plan-links.ts";

/** One direction of a wire, asked against got. */
export type LinkMeasurement = {
  node: string;
  direction: "up" | "down";
  asked: AskedLink;
  got: MeasuredLink;
  mismatches: string[];
};

/** Sends frames over a wire, both ways side by side, and holds what arrives against what was asked. About a second. */
export async function measureLink(
  fabric: Fabric,
  link: LinkPlan,
  spec: LinkSpec,
  pidOf: (node: string) => number,
): Promise<LinkMeasurement[]> {
  const asked = Object.entries(linkDirections(spec)).map(([direction, conditions]) => ({
    direction: direction as "up" | "down",
    asked: { ...conditions, ...(spec.mtu === undefined ? {} : { mtu: spec.mtu }) },
    phases: planWireTest(conditions, spec.mtu),
  }));
  const waits = asked.map(({ asked: conditions }) => lastArrivalMs(conditions));
  const plan = asked.flatMap(({ direction, phases }) =>
    phases.map(
      ({ packets, intervalUs, frameBytes }) => `${direction} ${packets} ${intervalUs.toFixed(1)} ${frameBytes}`,
    ),
  );
  const { node, far } = link;
  const argv = ["wire-test", String(pidOf(node)), link.interface, String(pidOf(far.node)), far.interface];
  const stdin = `${[...plan, `wait ${Math.max(...waits)}`].join("\n")}\n`;
  const lines = (await fabric.exec(argv, { stdin })).trim().split("\n");
  const results = lines.map((line) => JSON.parse(line) as PhaseResult);
  return asked.map(({ direction, asked: conditions, phases }) => {
    const own = results.filter((result) => result.direction === direction);
    const tested = phases.map((phase, index) => {
      const result = own[index];
      if (!result) throw new Error(`wire-test says nothing about ${direction} ${phase.purpose} of ${node}`);
      return { ...phase, result };
    });
    return { node, direction, asked: conditions, ...judgeLink(conditions, tested) };
  });
}
