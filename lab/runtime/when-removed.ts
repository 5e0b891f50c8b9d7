import { setTimeout as pause } from "node:timers/promises";
import type Dockerode from "dockerode";

/** How often the engine is asked whether a container is still there, while its own word for it is waited for. */
const LOOK_AGAIN_MS = 500;

/**
 * Resolves when the engine has removed the container. Its wait for that has been seen to stay open for ever, once in some
 * thousand ends, when it came while the removal was going on: so it is looked for as well.
 */
export async function whenRemoved(handle: Pick<Dockerode.Container, "wait" | "inspect">): Promise<void> {
  const over = new AbortController();
  const told = handle.wait({ condition: "removed", abortSignal: over.signal }).catch((error: unknown) => {
    if (!over.signal.aborted) ignoreGone(error);
  });
  const seen = (async () => {
    do await pause(LOOK_AGAIN_MS, undefined, { signal: over.signal });
    while (await handle.inspect().catch(ignoreGone));
  })().catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  await Promise.race([told, seen]).finally(() => over.abort());
}

/** 404: gone; 409: removal already in progress. Both are what an ending container is meant to answer. */
export function ignoreGone(error: unknown): undefined {
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 404 || status === 409) return undefined;
  throw error;
}
