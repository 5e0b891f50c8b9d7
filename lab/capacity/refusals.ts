import type { CapacityStep } from "../model/capacity.ts";
import type { ConstraintFinding, SearchAsk } from "../model/capacity-search.ts";
import { allocationsPerCall } from "./call-load.ts";
import { bandwidthAllocations } from "./server-bandwidth.ts";

/** How near the allocations that stood must come to a limit for the limit to be why no more did. */
const NEAR = 0.9;

/**
 * What the server itself refused. coturn 4.6.1 (src/server/ns_turn_server.c) answers 486 for user-quota and total-quota, and for
 * bps-capacity with "Allocation Bandwidth Quota Reached"; 508 where it finds no free port, and where it can open no socket for one. One number
 * stands for several limits: the one is meant that the allocations stood at.
 */
export function capacityRefusals(step: CapacityStep, ask: SearchAsk): ConstraintFinding[] {
  const count = (code: string) =>
    Object.entries(step.failures).reduce((sum, [name, value]) => sum + (name.startsWith(code) ? value : 0), 0);
  return [...quotas(step, ask, count("turn_486")), ...noSocket(step, ask, count("turn_508"))];
}

function quotas(step: CapacityStep, { room, call }: SearchAsk, refused: number): ConstraintFinding[] {
  if (refused === 0) return [];
  const stood = standing(step, call.relayed);
  const limits = (
    [
      ["user-quota", room.userQuota, `user-quota=${room.userQuota}`],
      ["total-quota", room.totalQuota, `total-quota=${room.totalQuota}`],
      [
        "bps-capacity",
        bandwidthAllocations(room),
        `bps-capacity=${room.bpsCapacity}, of which each allocation reserves max-bps=${room.maxBps}: ${bandwidthAllocations(room)} of them`,
      ],
    ] as const
  ).flatMap(([constraint, most, words]) => (most === null ? [] : [{ constraint, most, words }]));
  const said = `the server answered 486 ${times(refused)} while ${allocations(stood)}`;
  const findings = limits.map(({ constraint, most, words }) => {
    const off = Math.min(1, Math.abs(stood - most) / Math.max(1, most));
    return { constraint, off, weight: 0.95 - 0.8 * off, evidence: `${said}, with ${words}` };
  });
  const least = Math.min(...findings.map(({ off }) => off));
  // A limit that was far away is none beside one that was reached.
  const near = findings.filter(({ off }) => least > 1 - NEAR || off <= 1 - NEAR);
  if (near.length > 0) return near.map(({ off: _, ...finding }) => finding);
  const evidence = `${said}, and its configuration, as far as it was read, has no quota`;
  return [{ constraint: "total-quota", weight: 0.6, evidence }];
}

function noSocket(step: CapacityStep, { room, call, size }: SearchAsk, refused: number): ConstraintFinding[] {
  if (refused === 0) return [];
  const stood = standing(step, call.relayed);
  const said = `the server answered 508 ${times(refused)} while ${allocations(stood)}`;
  const limit = size.fileDescriptors ?? room.fileDescriptors;
  const open = step.server.fileDescriptors;
  const isOutOfDescriptors = limit !== null && open !== null && open >= limit * NEAR;
  const ports: ConstraintFinding = {
    constraint: "port-range",
    weight: stood >= room.relayPorts * NEAR ? 0.95 : isOutOfDescriptors ? 0.3 : 0.6,
    evidence: `${said}, with ${room.relayPorts} relay port${room.relayPorts === 1 ? "" : "s"}`,
  };
  if (!isOutOfDescriptors) return [ports];
  const evidence = `${said}, with ${open} of ${limit} file descriptors open`;
  return [{ constraint: "file-descriptors", weight: stood >= room.relayPorts * NEAR ? 0.8 : 0.95, evidence }, ports];
}

export function standing({ server, held }: CapacityStep, relayed: SearchAsk["call"]["relayed"]): number {
  return server.allocations ?? held * allocationsPerCall(relayed);
}

const times = (count: number) => (count === 1 ? "once" : `${count} times`);
const allocations = (count: number) => (count === 1 ? "1 allocation stood" : `${count} allocations stood`);
