import type { CheckFinding } from "../model/check.ts";
import type { GivenProfile } from "./given-profile.ts";
import { planGate } from "./plan-gate.ts";
import type { NamedText } from "./read-given.ts";
import { readSide } from "./read-side.ts";

export type NetworkInput = NamedText & {
  given: GivenProfile;
  values: ReadonlyMap<string, string>;
  version: string | null;
  /** Unix time. */
  nowMs: number;
};

/** What the check needs of a machine is none. */
const ANY_MACHINE = { cpus: Number.MAX_SAFE_INTEGER, memoryBytes: Number.MAX_SAFE_INTEGER };

/**
 * What a gate says of a file before anything starts, for the check: the networks of a profile from which no call can work. Nothing of
 * a file that leaves open where its server stands, or which belongs to another server than the profile's. Pure.
 */
export function networkFindings({ given, nowMs, ...named }: NetworkInput): CheckFinding[] {
  const read = readSide("candidate", { ...named, makeSecret: () => "made-for-nobody" });
  // With the PROXY protocol a load balancer in front has the ports that clients go to.
  if ("faults" in read || read.config.facts.options["tcp-proxy-port"] !== undefined) return [];
  const plan = planGate({ given, candidate: read.config, baseline: null, machine: ANY_MACHINE, nowMs });
  return "faults" in plan ? [] : plan.findings.candidate;
}
