import { labSpecOf } from "../lab/allocation-lab.ts";
import { assertBrowsersFit } from "../lab/browser-memory.ts";
import { imagesFor } from "../lab/lab-containers.ts";
import { prepareContext, prepareServerImages } from "../lab/lab-context.ts";
import { upLab } from "../lab/lab-up.ts";
import type { RunEvent } from "../lab/model/events.ts";
import { peersOf } from "../lab/model/grid.ts";
import { EXIT } from "../lab/model/summary.ts";
import { newRunId } from "../lab/run.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { describeTurnConfig } from "../reports/describe-turn-config.ts";
import { checkEnvironment } from "./environment.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";
import { checkMachineRoom } from "./machine-room.ts";
import { enginesOf, withPeers } from "./peer-engines.ts";
import { checkRealEndpoints } from "./real-endpoints.ts";
import { selectScenarios } from "./select.ts";
import { checkTurnImage, lookIntoImages, withTurnImage } from "./server-images.ts";
import type { ConfigOptions } from "./turn-configs.ts";

/** `turnlab up SCENARIO`: one JSON document with the nodes, then holds the lab until Ctrl-C. */
export async function upCommand(
  word: string,
  options: ConfigOptions & { turnImage?: string; peers?: string },
  interrupt: Interrupt,
): Promise<number> {
  checkTurnImage(options.turnImage);
  const engines = enginesOf(options.peers);
  const selected = withTurnImage(await selectScenarios([word], options), options.turnImage);
  const [chosen, ...more] = withPeers(selected, engines);
  if (!chosen || more.length > 0)
    throw new InvalidInput(`up: expected one scenario, found ${more.length + 1} by "${word}"`);
  checkRealEndpoints([chosen], false, process.env);
  checkEnvironment();
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { signal } = interrupt;
  const engine = await ensureEngine(say);
  assertBrowsersFit(peersOf(chosen.scenario), engine.info);
  const images = await ensureImages(engine, imagesFor([labSpecOf(chosen.scenario)]), say);
  const runId = newRunId();
  const servers = await prepareServerImages({ engine, images, runId }, say);
  await lookIntoImages([chosen], servers.serverImages);
  await checkMachineRoom([chosen], { engine, images, runId });
  interrupt.begin();
  try {
    const emit = (event: RunEvent) => {
      if (event.type !== "turn_config_read") return;
      for (const { text } of describeTurnConfig(event)) say(`${event.server}: ${text}`);
    };
    const context = await prepareContext({ engine, images, runId, signal, emit, log: () => {} }, servers);
    await using lab = await upLab(chosen.name, { ...labSpecOf(chosen.scenario), configs: chosen.configs }, context);
    process.stdout.write(`${JSON.stringify({ nodes: lab.nodes }, null, 2)}\n`);
    say(`${chosen.name} is up; Ctrl-C takes it down. In another terminal: ./turnlab shell ${lab.nodes[1]?.name}`);
    const held = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    const broken = await Promise.race([held, lab.broken]);
    if (broken === undefined) return EXIT.passed;
    say(broken.message);
    return EXIT.labBroke;
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted;
    throw error;
  }
}
