import {
  DEFAULT_MTU,
  FULL_FRAME_BYTES,
  type LinkConditions,
  MAX_HELD_BYTES,
  queueMsOf,
  RATE_KBPS,
  sendingMs,
} from "../model/link.ts";
import { MAX_WIRE_TEST_MS, wireTestMs } from "../model/wire-test-plan.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord } from "./read.ts";

/** RFC 8200 section 5: every IPv6 link carries 1280 bytes. */
const IPV6_MIN_MTU = 1280;

/** Faults of a wire's conditions that no single number has. */
export function linkFaults(place: string, link: unknown, hasIpv6: boolean): Fault[] {
  if (!isRecord(link)) return [];
  const { up, down, mtu } = link;
  const isWhole = !isRecord(up) && !isRecord(down);
  const directions = isWhole ? [[place, link] as const] : [];
  if (!isWhole) {
    directions.push([`${place}.up`, isRecord(up) ? { ...link, ...up } : link]);
    directions.push([`${place}.down`, isRecord(down) ? { ...link, ...down } : link]);
  }
  return [
    ...directions.flatMap(([at, conditions]) => conditionFaults(at, conditions, mtu)),
    ...mtuFaults(place, link, hasIpv6),
  ];
}

function conditionFaults(place: string, conditions: Record<string, unknown>, mtu: unknown): Fault[] {
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
  const numbers = numbersOf(conditions);
  if (faults.length > 0 || !numbers) return faults;
  return [...queueFaults(place, numbers), ...heldFaults(place, numbers), ...durationFaults(place, numbers, mtu)];
}

/** Null where one of them is no number that a wire's may be; the structure's faults tell that. */
function numbersOf({ latencyMs, jitterMs, loss, rateKbps, queueMs }: Record<string, unknown>): LinkConditions | null {
  const given = Object.entries({ latencyMs, jitterMs, loss, rateKbps, queueMs }).filter(
    ([, value]) => value !== undefined,
  );
  if (!given.every(([, value]) => typeof value === "number" && value >= 0 && Number.isFinite(value))) return null;
  const conditions: LinkConditions = Object.fromEntries(given);
  const { rateKbps: rate = RATE_KBPS.min, loss: lost = 0, queueMs: queue = 1 } = conditions;
  return rate >= RATE_KBPS.min && rate <= RATE_KBPS.max && lost <= 1 && queue > 0 ? conditions : null;
}

function queueFaults(place: string, { rateKbps, queueMs }: LinkConditions): Fault[] {
  const leastMs = sendingMs(FULL_FRAME_BYTES, rateKbps);
  if (rateKbps === undefined || queueMs === undefined || queueMs >= leastMs) return [];
  const expected = `at least ${Math.ceil(leastMs * 100) / 100}: at ${rateKbps} kbit/s a full frame takes as long`;
  return [{ place: `${place}.queueMs`, expected, found: show(queueMs) }];
}

/** What is under way at a rate is held in memory, frame by frame. */
function heldFaults(place: string, conditions: LinkConditions): Fault[] {
  const { latencyMs = 0, jitterMs = 0, rateKbps } = conditions;
  if (rateKbps === undefined) return [];
  const heldMs = latencyMs + jitterMs + queueMsOf(conditions);
  const mostKbps = Math.floor((MAX_HELD_BYTES * 8) / heldMs);
  if (rateKbps <= mostKbps) return [];
  const expected = `at most ${mostKbps}, where packets are under way and waiting for up to ${Math.round(heldMs)} ms`;
  return [{ place: `${place}.rateKbps`, expected, found: show(rateKbps) }];
}

/** Every wire is measured before the load; one that takes for ever to measure would be no lab. */
function durationFaults(place: string, conditions: LinkConditions, mtu: unknown): Fault[] {
  const testMs = wireTestMs(conditions, typeof mtu === "number" && mtu <= DEFAULT_MTU ? mtu : undefined);
  if (testMs <= MAX_WIRE_TEST_MS) return [];
  return [
    {
      place,
      expected: `conditions that can be measured within ${MAX_WIRE_TEST_MS / 1_000} s, one direction`,
      found: `${Math.ceil(testMs / 1_000)} s: ${show({ ...conditions, ...(mtu === undefined ? {} : { mtu }) })}`,
      hint: "What takes long: jitterMs (30 times as long), queueMs (4 times), and loss or an mtu at a low rateKbps.",
    },
  ];
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
