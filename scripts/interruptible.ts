import { EXIT } from "../lab/model/summary.ts";

export type Interrupt = {
  /** Aborted by the first Ctrl-C (or TERM, or HUP) after `begin`. */
  signal: AbortSignal;
  /** From now on there is something that must end in order; `what` says how it does. */
  begin(what?: string): void;
};

/**
 * Before `begin`, the first Ctrl-C (or TERM, or HUP) ends the process at once, and its children with it: programs that
 * install, fetch and build. After it, the first asks for an orderly end and a second ends at once. Containers go either
 * way: their life is this process's hold on their stdin.
 */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  let begun: string | null = null;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      if (begun === null) {
        process.stderr.write("interrupted\n");
        process.exit(EXIT.interrupted);
      }
      process.stderr.write(`interrupted: ${begun}; once more to leave at once\n`);
      controller.abort();
    });
  }
  const begin = (what = "ending the labs") => {
    begun = what;
  };
  return { signal: controller.signal, begin };
}
