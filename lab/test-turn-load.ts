import type { LabContext } from "./lab-context.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import { INTERNET, type TurnServerSpec } from "./model/topology.ts";
import { startTurnLoad, type TurnLoad, turnLoadAgents } from "./start-turn-load.ts";
import type { GeneratorHandle, GeneratorRun } from "./turn-load/generator-handle.ts";
import type { GeneratorMeasure } from "./turn-load/protocol.ts";

export type TurnLoadLab = TurnLoad & AsyncDisposable & { lab: StartedLab };

/** For tests and benchmarks: a generator, a coturn named `turn` and the peer that sends packets back, all on the internet. */
export async function upTurnLoad(
  name: string,
  context: LabContext,
  { workers, server = {} }: { workers: number; server?: TurnServerSpec },
): Promise<TurnLoadLab> {
  const place = { behind: INTERNET };
  const agents = turnLoadAgents({ workers, clients: place, farPeer: place });
  const lab = await upLab(
    name,
    { topology: { routers: {}, turnServers: { turn: server } }, peers: {}, agents },
    context,
  );
  try {
    const load = await startTurnLoad(lab, { workers });
    return { ...load, lab, [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Runs a load and adds up what was measured. */
export async function runToEnd(
  generator: GeneratorHandle,
  run: Omit<GeneratorRun, "onMeasure">,
): Promise<{ measures: GeneratorMeasure[]; sum: (key: NumberKey) => number; failed: Record<string, number> }> {
  const measures: GeneratorMeasure[] = [];
  await generator.run({ ...run, onMeasure: (measure) => void measures.push(measure) });
  const failed: Record<string, number> = {};
  for (const measure of measures)
    for (const [code, count] of Object.entries(measure.failed)) failed[code] = (failed[code] ?? 0) + count;
  return { measures, failed, sum: (key) => measures.reduce((total, measure) => total + measure[key], 0) };
}
type NumberKey = {
  [K in keyof GeneratorMeasure]: GeneratorMeasure[K] extends number ? K : never;
}[keyof GeneratorMeasure];
