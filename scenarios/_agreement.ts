import type { GridScenario, PeerEngine, PeerSpec } from "../lab/index.ts";

/**
 * What a grid has that is run once with each engine and held against itself, `./turnlab run agreement`. Without an engine its
 * peers are werift, or what `--peers` says; browsers take minutes where werift takes half of one.
 */
export const comparedGrid = (grid: string, engine?: PeerEngine) =>
  ({
    tags: engine ? ["agreement"] : ["grid", "agreement"],
    comparedAs: grid,
  }) satisfies Partial<GridScenario>;

export const engineOf = (engine?: PeerEngine): Pick<PeerSpec, "engine"> => (engine ? { engine } : {});
