import {
  completeNat,
  FIRST_SEQUENTIAL_PORT,
  keepsNoState,
  NAT_BEHAVIOURS,
  NAT_PORTS,
  type NatBehaviour,
  type NatData,
} from "../model/nat.ts";
import { NAT_PRESETS, type NatPresetName } from "../model/nat-presets.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, valueAt } from "./read.ts";

/** Ports that blocks are cut out of. */
const BLOCK_PORTS = NAT_PORTS.max - FIRST_SEQUENTIAL_PORT + 1;
/** The probe has so many mappings at a time, where each destination has its own and a lifetime is proven. */
const MIN_BLOCK = 32;
const MAX_LIFETIME_MS = 86_400_000;

/** Faults of a NAT's data whose words are all legal, but which no router can be. `hostsInside` share its ports. */
export function natFaults(place: string, nat: unknown, hostsInside: number): Fault[] {
  const faults = isRecord(nat) ? [...missingFaults(place, nat), ...lifetimeFaults(place, nat.mappingLifetimeMs)] : [];
  const behaviour = effectiveNat(nat);
  if (!behaviour || !isRecord(nat)) return faults;
  return [
    ...faults,
    ...blockFaults(`${place}.portAllocation.portsPerSubscriber`, behaviour, hostsInside),
    ...oneToOneFaults(place, behaviour),
    ...statelessFaults(place, behaviour, nat),
    ...preservingFaults(`${place}.portAllocation`, behaviour),
  ];
}

/** What a router's data comes to, or null where its structure is at fault; that is told already. */
export function effectiveNat(nat: unknown): NatBehaviour | null {
  const preset = isRecord(nat) ? nat.preset : nat;
  const data = isRecord(nat) ? nat : {};
  const base = typeof preset === "string" && Object.hasOwn(NAT_PRESETS, preset) ? preset : null;
  if (base !== null) return { ...NAT_PRESETS[base as NatPresetName].behaviour, ...data };
  const { mapping, filtering } = data;
  const isKnown = (word: unknown) => NAT_BEHAVIOURS.some((known) => known === word);
  return isKnown(mapping) && isKnown(filtering) ? completeNat(data as NatData) : null;
}

function missingFaults(place: string, nat: Record<string, unknown>): Fault[] {
  if (nat.preset !== undefined) return [];
  return (["mapping", "filtering"] as const).flatMap((key): Fault[] => {
    if (nat[key] !== undefined) return [];
    const expected = NAT_BEHAVIOURS.map((word) => `"${word}"`).join(", ");
    const hint = 'Or name a preset to begin with: { preset: "home", ... }.';
    return [{ place: `${place}.${key}`, expected, found: "nothing", hint }];
  });
}

function lifetimeFaults(place: string, lifetimeMs: unknown): Fault[] {
  if (typeof lifetimeMs !== "number") return [];
  if (lifetimeMs % 1000 === 0 && lifetimeMs >= 1000 && lifetimeMs <= MAX_LIFETIME_MS) return [];
  const expected = `whole seconds, in milliseconds: 1000, 2000, … up to ${MAX_LIFETIME_MS}`;
  const hint = "RFC 4787 REQ-5 asks for at least 120000; the kernel counts in seconds.";
  return [{ place: `${place}.mappingLifetimeMs`, expected, found: show(lifetimeMs), hint }];
}

function blockFaults(place: string, { portAllocation, addressing }: NatBehaviour, hostsInside: number): Fault[] {
  const size = valueAt(portAllocation, ["portsPerSubscriber"]);
  if (typeof size !== "number" || !Number.isInteger(size) || addressing === "one-to-one") return [];
  const range = `${FIRST_SEQUENTIAL_PORT} to ${NAT_PORTS.max}`;
  if (size > BLOCK_PORTS)
    return [{ place, expected: `at most ${BLOCK_PORTS}, which is all of ${range}`, found: String(size) }];
  if (size < MIN_BLOCK)
    return [{ place, expected: `at least ${MIN_BLOCK}: with fewer the router cannot be proven`, found: String(size) }];
  if (size * hostsInside <= BLOCK_PORTS) return [];
  const most = Math.floor(BLOCK_PORTS / hostsInside);
  const expected = `at most ${most}: ${hostsInside} hosts inside, the lab's two among them, share ${range}`;
  return [{ place, expected, found: String(size) }];
}

function oneToOneFaults(place: string, { addressing, portAllocation, mapping, tcp }: NatBehaviour): Fault[] {
  if (addressing !== "one-to-one") return [];
  const faults: Fault[] = [];
  const reason = 'since addressing is "one-to-one": only addresses are translated';
  if (portAllocation !== "preserving")
    faults.push({
      place: `${place}.portAllocation`,
      expected: `"preserving", ${reason}`,
      found: show(portAllocation),
    });
  for (const [key, word] of [["mapping", mapping] as const, ["tcp.mapping", valueAt(tcp, ["mapping"])] as const]) {
    if (word === "endpoint-independent" || !NAT_BEHAVIOURS.some((known) => known === word)) continue;
    faults.push({ place: `${place}.${key}`, expected: `"endpoint-independent", ${reason}`, found: show(word) });
  }
  return faults;
}

/** Why a lifetime says nothing about such a router. */
export const STATELESS = "nothing: a NAT that is one-to-one and filters nothing keeps no mapping that could end";

function statelessFaults(place: string, behaviour: NatBehaviour, nat: Record<string, unknown>): Fault[] {
  if (!keepsNoState(behaviour)) return [];
  return (["mappingLifetimeMs", "refreshedBy"] as const).flatMap((key) =>
    nat[key] === undefined ? [] : [{ place: `${place}.${key}`, expected: STATELESS, found: show(nat[key]) }],
  );
}

/** Where every destination gets the inside port, the mapping does not depend on the destination. */
function preservingFaults(place: string, { mapping, portAllocation, addressing }: NatBehaviour): Fault[] {
  if (mapping === "endpoint-independent" || portAllocation !== "preserving" || addressing !== "shared") return [];
  const expected = `"random", "sequential" or { portsPerSubscriber }, since mapping is ${show(mapping)}`;
  const hint = "A port that is the same for every destination would make the mapping endpoint-independent.";
  return [{ place, expected, found: show(portAllocation), hint }];
}
