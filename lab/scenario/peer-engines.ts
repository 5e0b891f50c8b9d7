import { PEER_ENGINES, type PeerEngine } from "../model/engine.ts";
import { type AnyScenario, type GridScenario, isAllocations, isGrid } from "../model/grid.ts";
import { didYouMean } from "../model/nearest.ts";
import { ROLES, type Role } from "../model/scenario.ts";
import type { PeerSpec } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { listed } from "./topology-faults.ts";

/** What `--peers` says: the engine of whoever calls, and of whoever is called. */
export type ChosenEngines = Readonly<Record<Role, PeerEngine>>;

/** `ENGINE` for all peers, or `OFFERERS,ANSWERERS`; or every fault of the text. */
export function readEngines(text: string): { engines: ChosenEngines } | { faults: Fault[] } {
  const words = text.split(",").map((word) => word.trim());
  const faults = words.flatMap((word): Fault[] => {
    if (isEngine(word)) return [];
    return [{ place: "--peers", expected: `an engine${listed(PEER_ENGINES)}`, found: show(word), ...meant(word) }];
  });
  if (words.length > ROLES.length) {
    const expected = "one engine for all peers, or two: that of who calls, and that of who is called";
    faults.push({ place: "--peers", expected, found: `${words.length} of them` });
  }
  const [offerer, answerer = offerer] = words.filter(isEngine);
  if (faults.length > 0 || !offerer || !answerer) return { faults };
  return { engines: { offerer, answerer } };
}

/**
 * The scenario with these engines in place of its peers' own, or why it cannot have them. In a grid a peer that calls gets the
 * offerer's, one that is called the answerer's; one that does both cannot have two.
 */
export function withEngines(
  scenario: AnyScenario,
  engines: ChosenEngines,
): { scenario: AnyScenario } | { faults: Fault[] } {
  if (isAllocations(scenario)) {
    const expected = "a scenario with peers: a load of allocations has none";
    return { faults: [{ place: "--peers", expected, found: `${engines.offerer} and a load of allocations` }] };
  }
  if (!isGrid(scenario)) {
    const { offerer, answerer } = scenario.peers;
    const peers = {
      offerer: { ...offerer, engine: engines.offerer },
      answerer: { ...answerer, engine: engines.answerer },
    };
    return { scenario: { ...scenario, peers } };
  }
  const own = Object.values(scenario.peers).flatMap(({ engine }) => engine ?? [])[0];
  if (scenario.comparedAs !== undefined && own !== undefined) {
    const expected = `a grid that leaves the choice: this one is run with ${own} to be held against others`;
    const hint = `Without --peers it is what it says; "${scenario.comparedAs}" takes any engine.`;
    return { faults: [{ place: "--peers", expected, found: engines.offerer, hint }] };
  }
  const roles = rolesOf(scenario);
  const both = Object.keys(roles).filter((peer) => roles[peer]?.size === 2);
  if (engines.offerer !== engines.answerer && both.length > 0) {
    const words = `${engines.offerer},${engines.answerer}`;
    return {
      faults: [
        {
          place: `--peers ${words}`,
          expected: "a grid whose peers either call or are called",
          found: both.length === 1 ? `${both[0]}, which does both` : `${both.join(", ")}, which do both`,
          hint: `Give all peers one engine: --peers ${engines.offerer}`,
        },
      ],
    };
  }
  const peers = Object.entries(scenario.peers).map(([name, peer]): [string, PeerSpec] => {
    const [role] = roles[name] ?? [];
    // A peer without a call stays what it is.
    return [name, role ? { ...peer, engine: engines[role] } : peer];
  });
  return { scenario: { ...scenario, peers: Object.fromEntries(peers) } };
}

function rolesOf({ cells }: GridScenario): Record<string, Set<Role>> {
  const roles: Record<string, Set<Role>> = {};
  for (const cell of cells) {
    for (const role of ROLES) roles[cell[role]] = new Set([...(roles[cell[role]] ?? []), role]);
  }
  return roles;
}

function isEngine(word: string): word is PeerEngine {
  return PEER_ENGINES.some((engine) => engine === word);
}

/** Other names of the browsers, which are no misspellings. */
const ALIASES: Readonly<Record<string, PeerEngine>> = {
  chrome: "chromium",
  "google-chrome": "chromium",
  ff: "firefox",
};

function meant(word: string): { hint?: string } {
  const alias = ALIASES[word.toLowerCase()];
  return alias ? { hint: `Did you mean "${alias}"?` } : didYouMean(word, PEER_ENGINES);
}
