import type { GridScenario, PeerEngine, PeerSpec } from "../lab/index.ts";

/** Longer than a browser takes to give a call up: 15 to 30 s. */
const BROWSER_TIMEOUT_MS = 60_000;

/**
 * What a grid has that is run once with each engine and held against itself, `./turnlab run agreement`. Without an engine its
 * peers are werift, or what `--peers` says; browsers take minutes where werift takes half of one.
 */
export const comparedGrid = (grid: string, engine?: PeerEngine) =>
  ({
    tags: engine ? ["agreement"] : ["grid", "agreement"],
    comparedAs: grid,
    ...(engine ? { sessionTimeoutMs: BROWSER_TIMEOUT_MS } : {}),
  }) satisfies Partial<GridScenario>;

export const engineOf = (engine?: PeerEngine): Pick<PeerSpec, "engine"> => (engine ? { engine } : {});
