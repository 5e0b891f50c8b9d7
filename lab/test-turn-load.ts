import type { LabContext } from "./lab-context.ts";
import { type StartedLab, upLab } from "./lab-up.ts";
import type { TurnTransport } from "./model/ice.ts";
import { usualPort } from "./model/server-ports.ts";
import type { TurnServerSpec } from "./model/topology.ts";
import { farPeerContainer, generatorContainer } from "./turn-load/containers.ts";
import { FarPeerHandle } from "./turn-load/far-peer-handle.ts";
import { GeneratorHandle, type GeneratorRun } from "./turn-load/generator-handle.ts";
import type { GeneratorMeasure, GeneratorTarget } from "./turn-load/protocol.ts";

export type TurnLoadLab = AsyncDisposable & {
  lab: StartedLab;
  generator: GeneratorHandle;
  farPeer: FarPeerHandle;
  targetOver(transport: TurnTransport): GeneratorTarget;
};

/** For tests and benchmarks: a generator, a coturn named `turn` and the peer that sends packets back, all on the internet. */
export async function upTurnLoad(
  name: string,
  context: LabContext,
  { workers, server = {} }: { workers: number; server?: TurnServerSpec },
): Promise<TurnLoadLab> {
  const lab = await upLab(
    name,
    {
      topology: { routers: {}, turnServers: { turn: server } },
      peers: {},
      agents: {
        generator: { behind: "internet", container: generatorContainer(workers) },
        far: { behind: "internet", container: farPeerContainer() },
      },
    },
    context,
  );
  try {
    const { generator: generatorLine, far: farLine } = lab.lines;
    const turn = lab.turnServers.turn;
    if (!generatorLine || !farLine || !turn) throw new Error("a lab without what it was asked for");
    const generator = new GeneratorHandle("generator", generatorLine, { workers });
    const farPeer = new FarPeerHandle("far", farLine);
    await Promise.all([generator.ready, farPeer.ready]);
    const address = lab.plan.nodes.far?.interfaces[0]?.address ?? "";
    const port = await farPeer.listen();
    return {
      lab,
      generator,
      farPeer,
      targetOver: (transport) => ({
        address: turn.address,
        port: usualPort(turn, transport),
        servername: turn.hostname,
        ...lab.secrets.credentialFor("turn", "generator"),
        farPeer: { address, port },
      }),
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
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
