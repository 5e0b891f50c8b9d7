import { existsSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { calibrate } from "../lab/capacity-run/calibrate.ts";
import { imagesFor } from "../lab/lab-containers.ts";
import { prepareContext } from "../lab/lab-context.ts";
import type { Calibration } from "../lab/model/capacity-model.ts";
import { EXIT } from "../lab/model/summary.ts";
import { newRunId } from "../lab/run.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { sweep } from "../lab/runtime/sweep.ts";
import { readCall } from "./capacity-call.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";

export type CalibrateOptions = { transport?: string; out?: string; json?: boolean };

const FILE = "calibration.json";

/** `turnlab calibrate`: what a packet costs on this machine, into a file for `capacity --calibration`. Returns the exit code. */
export async function calibrateCommand(options: CalibrateOptions, interrupt: Interrupt): Promise<number> {
  const { call, faults } = readCall({ ...(options.transport === undefined ? {} : { transport: options.transport }) });
  const [fault] = faults;
  if (fault) throw new InvalidInput(`${fault.place}: expected ${fault.expected}; found ${fault.found}`);
  const file = resolve(options.out ?? FILE);
  if (!existsSync(dirname(file)))
    throw new InvalidInput(`--out: expected a file in a folder that there is; found ${file}`);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const engine = await ensureEngine(say);
  const images = await ensureImages(engine, imagesFor([{ peers: { peer: {} } }]), say);
  await sweep(engine.docker);
  interrupt.begin();
  const given = { engine, images, runId: newRunId(), signal: interrupt.signal, emit: () => {}, log: () => {} };
  const result = await calibrate(call.over, await prepareContext(given), ({ calls, server }) =>
    say(`${calls} calls: the server used ${server.cpuPercent?.toFixed(1) ?? "?"} % of a core`),
  ).catch((error: unknown) => {
    if (interrupt.signal.aborted) return null;
    throw error;
  });
  if (!result) return EXIT.interrupted;
  for (const doubt of result.doubts) say(`not to be trusted: ${doubt}`);
  if (result.doubts.length > 0)
    say("expected a machine with nothing else to do; try: end what runs beside it, and calibrate again");
  const { calibration } = result;
  if (!calibration) {
    say("too little was measured to tell what a packet costs; nothing was written");
    return EXIT.failed;
  }
  const text = `${JSON.stringify(calibration, null, 2)}\n`;
  writeFileSync(file, text);
  process.stdout.write(options.json ? text : describe(calibration));
  say(`written to ${file}`);
  return result.doubts.length === 0 ? EXIT.passed : EXIT.failed;
}

function describe({ machine, over, packetBytes, cpuMsPerHop, interval }: Calibration): string {
  const micros = (ms: number) => (ms * 1_000).toFixed(1);
  const range = interval ? ` (95 %: ${micros(interval[0])} to ${micros(interval[1])})` : "";
  return `${machine}: ${micros(cpuMsPerHop)} µs of CPU for each packet of ${packetBytes} bytes relayed over ${over.toUpperCase()}${range}\n`;
}
