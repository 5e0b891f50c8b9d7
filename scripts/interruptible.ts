import { EXIT } from "../lab/model/summary.ts";

/**
 * The first Ctrl-C (or TERM, or HUP) asks for an orderly end; a second ends at once. Containers go either way: their
 * life is this process's hold on their stdin.
 */
export function interruptible(): { signal: AbortSignal } {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      process.stderr.write("interrupted: ending the labs; once more to leave at once\n");
      controller.abort();
    });
  }
  return { signal: controller.signal };
}
