import { findEngine } from "../lab/runtime/engine.ts";
import { removeImages } from "../lab/runtime/images.ts";
import { sweep } from "../lab/runtime/sweep.ts";

/** `turnlab clean`: removes whatever a label finds, labs that are up included. */
export async function cleanCommand({ images }: { images?: boolean }): Promise<number> {
  const engine = await findEngine();
  if (!("docker" in engine)) {
    process.stdout.write("no Docker engine answers: nothing to clean\n");
    return 0;
  }
  const swept = await sweep(engine.docker, { all: true });
  for (const { name, run, state } of swept)
    process.stdout.write(`removed container ${name} of run ${run} (${state})\n`);
  if (swept.length === 0) process.stdout.write("no container carries the lab's label\n");
  if (images) for (const ref of await removeImages(engine)) process.stdout.write(`removed image ${ref}\n`);
  return 0;
}
