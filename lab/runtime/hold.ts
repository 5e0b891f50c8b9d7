import type Dockerode from "dockerode";
import { LABEL } from "./container-events.ts";

/** The init of containers whose images know nothing of the lab; its contract is `docker/hold/README.md`. */
export const HOLD_PATH = "/turnlab/hold";

/** By the image's reference, which is a hash of what is in it. */
const taken = new Map<string, Promise<Buffer>>();

/**
 * The init's file out of its image, as a tar to unpack at `/` of any container; nothing is started. Once for each image of
 * a process.
 */
export function holdArchive(docker: Dockerode, image: string, runId: string): Promise<Buffer> {
  const known = taken.get(image);
  if (known) return known;
  const taking = take(docker, image, runId);
  taken.set(image, taking);
  taking.catch(() => taken.delete(image));
  return taking;
}

async function take(docker: Dockerode, image: string, runId: string): Promise<Buffer> {
  const labels = { [LABEL.run]: runId, [LABEL.node]: "hold" };
  const container = await docker.createContainer({ Image: image, Labels: labels, HostConfig: { NetworkMode: "none" } });
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await container.getArchive({ path: "/turnlab" })) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } finally {
    await container.remove({ force: true });
  }
}
