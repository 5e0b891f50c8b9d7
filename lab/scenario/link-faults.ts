import { DEFAULT_MTU } from "../model/link.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord } from "./read.ts";

/** RFC 8200 section 5: every IPv6 link carries 1280 bytes. */
const IPV6_MIN_MTU = 1280;

/** Faults of a wire's conditions that no single number has. */
export function linkFaults(place: string, link: unknown, hasIpv6: boolean): Fault[] {
  if (!isRecord(link)) return [];
  const { up, down } = link;
  const isWhole = !isRecord(up) && !isRecord(down);
  const directions = isWhole ? [[place, link] as const] : [];
  if (!isWhole) {
    directions.push([`${place}.up`, isRecord(up) ? { ...link, ...up } : link]);
    directions.push([`${place}.down`, isRecord(down) ? { ...link, ...down } : link]);
  }
  return [
    ...directions.flatMap(([at, conditions]) => conditionFaults(at, conditions)),
    ...mtuFaults(place, link, hasIpv6),
  ];
}

function conditionFaults(place: string, conditions: Record<string, unknown>): Fault[] {
  const { jitterMs, latencyMs = 0, queueMs, rateKbps } = conditions;
  const faults: Fault[] = [];
  if (typeof jitterMs === "number" && typeof latencyMs === "number" && jitterMs > latencyMs && latencyMs >= 0)
    faults.push({
      place: `${place}.jitterMs`,
      expected: `at most the latency, which is ${latencyMs}`,
      found: show(jitterMs),
      hint: "A packet is delayed by up to so much more or less than latencyMs, and by no less than nothing.",
    });
  if (typeof queueMs === "number" && rateKbps === undefined)
    faults.push({
      place: `${place}.queueMs`,
      expected: "a rateKbps beside it: without one nothing queues",
      found: show(queueMs),
    });
  return faults;
}

function mtuFaults(place: string, { mtu, fragmentationNeeded }: Record<string, unknown>, hasIpv6: boolean): Fault[] {
  const faults: Fault[] = [];
  if (hasIpv6 && typeof mtu === "number" && mtu >= 576 && mtu < IPV6_MIN_MTU)
    faults.push({
      place: `${place}.mtu`,
      expected: `a number from ${IPV6_MIN_MTU} to ${DEFAULT_MTU}: the wire carries IPv6 (RFC 8200 section 5)`,
      found: show(mtu),
    });
  if (typeof fragmentationNeeded === "boolean" && (mtu === undefined || mtu === DEFAULT_MTU))
    faults.push({
      place: `${place}.fragmentationNeeded`,
      expected: `an mtu below ${DEFAULT_MTU} beside it: else no packet is too large`,
      found: show(fragmentationNeeded),
    });
  return faults;
}
