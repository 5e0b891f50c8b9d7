import { didYouMean } from "../model/nearest.ts";
import { INTERNET } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { iceServerFaults } from "./peer-faults.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { listed } from "./topology-faults.ts";

const MAX_CELLS = 2_000;
/** Each is a process and a container of its own. */
const MAX_PEERS = 60;

/** Faults of a grid's cells: who calls whom, with what, and each place once. */
export function gridFaults(value: unknown): Fault[] {
  const peers = membersAt(value, "peers").map(([name]) => name);
  const cells = valueAt(value, ["cells"]);
  if (!Array.isArray(cells)) return peerCountFaults(peers);
  const all: unknown[] = cells;
  return [
    ...peerCountFaults(peers),
    ...uncomputedFaults(value),
    ...(all.length > MAX_CELLS
      ? [{ place: "cells", expected: `at most ${MAX_CELLS} cells`, found: String(all.length) }]
      : []),
    ...foldRepeated(all.flatMap((cell, index) => cellFaults(`cells[${index}]`, cell, peers, value))),
    ...sharedPlaceFaults(all),
  ];
}

function peerCountFaults(peers: readonly string[]): Fault[] {
  if (peers.length <= MAX_PEERS) return [];
  return [{ place: "peers", expected: `at most ${MAX_PEERS} peers`, found: String(peers.length) }];
}

/** What each cell must come to is computed, and the computation knows servers on the internet and no open ports. */
function uncomputedFaults(value: unknown): Fault[] {
  const hint = "Make it a scenario, whose expectedPath you say.";
  const servers = membersAt(value, "topology", "turnServers").flatMap(([name, server]): Fault[] => {
    const behind = valueAt(server, ["behind"]);
    if (behind === undefined || behind === INTERNET) return [];
    const expected = "a server on the internet: no path is computed for one behind a router";
    return [{ place: `topology.turnServers.${name}.behind`, expected, found: show(behind), hint }];
  });
  const routers = membersAt(value, "topology", "routers").flatMap(([name, router]): Fault[] => {
    const forwards = valueAt(router, ["forwards"]);
    if (forwards === undefined) return [];
    const expected = "none in a grid: no path is computed through forwarded ports";
    return [{ place: `topology.routers.${name}.forwards`, expected, found: show(forwards), hint }];
  });
  return [...servers, ...routers];
}

function cellFaults(place: string, cell: unknown, peers: readonly string[], value: unknown): Fault[] {
  if (!isRecord(cell)) return [];
  const { offerer, answerer } = cell;
  const unknown = (["offerer", "answerer"] as const).flatMap((role): Fault[] => {
    const name = cell[role];
    if (typeof name !== "string" || peers.includes(name)) return [];
    const expected = `one of peers${listed(peers)}`;
    return [{ place: `${place}.${role}`, expected, found: show(name), ...didYouMean(name, peers) }];
  });
  const itself =
    typeof offerer === "string" && offerer === answerer && peers.includes(offerer)
      ? [{ place: `${place}.answerer`, expected: "another peer than the offerer", found: show(answerer) }]
      : [];
  return [
    ...unknown,
    ...itself,
    ...(["offerer", "answerer"] as const).flatMap((role) =>
      iceServerFaults(`${place}.iceServers.${role}`, valueAt(cell, ["iceServers", role]), value),
    ),
  ];
}

/** Cells are mostly made by a loop: what is wrong with one of them is wrong with many, and told once. */
function foldRepeated(faults: readonly Fault[]): Fault[] {
  const groups = Map.groupBy(faults, ({ place, expected, found }) =>
    JSON.stringify([place.replace(/^cells\[\d+\]/, ""), expected, found]),
  );
  return [...groups.values()].flatMap(([first, ...more]) => {
    if (!first) return [];
    if (more.length === 0) return [first];
    return [{ ...first, place: `${first.place} (and ${more.length} more ${more.length === 1 ? "cell" : "cells"})` }];
  });
}

function sharedPlaceFaults(cells: readonly unknown[]): Fault[] {
  const seen = new Map<string, number>();
  return cells.flatMap((cell, index): Fault[] => {
    if (!isRecord(cell)) return [];
    const { table, row, column } = cell;
    const key = JSON.stringify([table, row, column]);
    const first = seen.get(key);
    seen.set(key, first ?? index);
    if (first === undefined) return [];
    const found = `${show(table)}, ${show(row)}, ${show(column)}, which cells[${first}] has`;
    return [{ place: `cells[${index}]`, expected: "a table, row and column of its own", found }];
  });
}
