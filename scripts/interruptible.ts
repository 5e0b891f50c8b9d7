import { EXIT } from "../lab/model/summary.ts";

export type Interrupt = {
  /** Aborted by the first Ctrl-C (or TERM, or HUP) after `begin`. */
  signal: AbortSignal;
  /** From now on there is something that must end in order. */
  begin(): void;
};

/**
 * Before `begin`, the first Ctrl-C (or TERM, or HUP) ends the process at once, and its children with it: programs that
 * install, fetch and build. After it, the first asks for an orderly end and a second ends at once. Containers go either
 * way: their life is this process's hold on their stdin.
 */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  let begun = false;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      if (!begun) {
        process.stderr.write("interrupted\n");
        process.exit(EXIT.interrupted);
      }
      process.stderr.write("interrupted: ending the labs; once more to leave at once\n");
      controller.abort();
    });
  }
  const begin = () => {
    begun = true;
  };
  return { signal: controller.signal, begin };
}
