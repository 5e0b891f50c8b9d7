import { INTERNET } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { didYouMean } from "./nearest.ts";
import { membersAt, valueAt } from "./read.ts";

/** Each has a container of its own, and one address of a block. */
const MAX_REGIONS = 60;

/** Faults of regions: who stands in one that is none, who cannot stand in one, and those where nobody stands. */
export function regionFaults(value: unknown): Fault[] {
  const regions = membersAt(value, "topology", "regions").map(([name]) => name);
  const nodes = [
    ...nodesAt(value, ["topology", "routers"], "upstream"),
    ...nodesAt(value, ["topology", "turnServers"], "behind"),
    ...nodesAt(value, ["peers"], "behind"),
  ];
  const used = new Set(nodes.map(({ region }) => region));
  const empty = regions.filter((name) => !used.has(name));
  return [
    ...(regions.length > MAX_REGIONS
      ? [{ place: "topology.regions", expected: `at most ${MAX_REGIONS} regions`, found: String(regions.length) }]
      : []),
    ...nodes.flatMap((node) => nodeFaults(node, regions)),
    ...empty.map((name) => ({
      place: `topology.regions.${name}`,
      expected: "a router, server or peer that stands there",
      found: "none",
      hint: `Give one region: ${show(name)}, or take the region out.`,
    })),
  ];
}

type Node = { place: string; region: unknown; behindKey: string; behind: unknown };

function nodesAt(value: unknown, path: string[], behindKey: string): Node[] {
  return membersAt(value, ...path).flatMap(([name, spec]) => {
    const region = valueAt(spec, ["region"]);
    if (region === undefined) return [];
    return [{ place: `${path.join(".")}.${name}`, region, behindKey, behind: valueAt(spec, [behindKey]) }];
  });
}

function nodeFaults({ place: node, region, behindKey, behind }: Node, regions: readonly string[]): Fault[] {
  if (typeof region !== "string") return [];
  const place = `${node}.region`;
  const faults: Fault[] = [];
  if (!regions.includes(region)) {
    const expected =
      regions.length === 0
        ? "a region of topology.regions, which has none"
        : `a region of topology.regions (${regions.join(", ")})`;
    faults.push({ place, expected, found: show(region), ...didYouMean(region, regions) });
  }
  if (typeof behind === "string" && behind !== INTERNET)
    faults.push({
      place,
      expected: "no region: it stands where the router stands that it is behind",
      found: `${show(region)}, with ${behindKey} ${show(behind)}`,
      hint: "Give the region to the router on the internet.",
    });
  return faults;
}
