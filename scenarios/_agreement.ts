import type { GridScenario, PeerEngine, PeerSpec } from "../lab/index.ts";

/** A browser may begin over a relay and move to a better path: what counts is where it has come to after a second. */
const BROWSER_TRAFFIC = { messageBytes: 200, messagesPerSecond: 10, durationMs: 1_000 };

/**
 * What a grid has that is run once with each engine and held against itself, `./turnlab run agreement`. Without an engine its
 * peers are werift, or what `--peers` says; browsers take minutes where werift takes half of one.
 */
export const comparedGrid = (grid: string, engine?: PeerEngine) =>
  ({
    tags: engine ? ["agreement"] : ["grid", "agreement"],
    comparedAs: grid,
    ...(engine ? { traffic: BROWSER_TRAFFIC } : {}),
  }) satisfies Partial<GridScenario>;

export const engineOf = (engine?: PeerEngine): Pick<PeerSpec, "engine"> => (engine ? { engine } : {});
