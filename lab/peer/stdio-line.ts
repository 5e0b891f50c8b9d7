import readline from "node:readline";
import { kernelMs } from "./kernel-clock.ts";

export type StdioLine<Event> = {
  send(event: Event): void;
  /** Reports, and ends the process with 1. */
  die(message: string): void;
};

type LineSpec<Command, Event> = {
  helloTimeoutMs: number;
  isCommand(value: unknown): value is Command;
  /** Why the first command does not greet; null when it does. */
  whyNoGreeting(first: Command): string | null;
  fatal(message: string): Event;
  /** `receivedAtMs`: when the bytes of the command arrived, CLOCK_MONOTONIC. */
  onCommand(line: StdioLine<Event>): (command: Command, receivedAtMs: number) => void;
};

/**
 * An agent's end of the line to the harness: JSON lines on stdin and stdout, logs on stderr. The process ends with 0 when
 * stdin does and on SIGTERM, with 1 when nobody greets it within `helloTimeoutMs`, and for whatever breaks, which is a
 * `fatal` event.
 */
export function openStdioLine<Command, Event extends object>(spec: LineSpec<Command, Event>): StdioLine<Event> {
  const line: StdioLine<Event> = {
    send: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
    die: (message) => {
      process.exitCode = 1;
      // The message is written synchronously enough for a pipe; exit follows when it is flushed.
      process.stdout.write(`${JSON.stringify(spec.fatal(message))}\n`, () => process.exit(1));
    },
  };
  const onCommand = spec.onCommand(line);
  /**
   * When the bytes of the line at hand arrived. Lines that came in one chunk are worked off one after the other, and the
   * last of twenty joins must not lose the time that the others took.
   */
  let receivedAtMs = kernelMs();
  let isGreeted = false;
  const receive = (text: string): void => {
    const command = parse(text);
    if (!spec.isCommand(command)) return line.die("a line on stdin is not a message of this protocol");
    if (!isGreeted) {
      const why = spec.whyNoGreeting(command);
      if (why !== null) return line.die(why);
      clearTimeout(helloTimer);
      isGreeted = true;
    }
    onCommand(command, receivedAtMs);
  };
  const { helloTimeoutMs } = spec;
  const helloTimer = setTimeout(() => line.die(`no hello within ${helloTimeoutMs} ms`), helloTimeoutMs);
  process.on("SIGTERM", () => process.exit(0));
  process.on("uncaughtException", (error) => {
    console.error(error);
    line.die(String(error.stack ?? error));
  });
  process.stdout.on("error", () => process.exit(1));
  // Before readline's own listener, which hands out all lines of a chunk at once.
  process.stdin.on("data", () => {
    receivedAtMs = kernelMs();
  });
  readline
    .createInterface({ input: process.stdin, crlfDelay: Infinity })
    .on("line", receive)
    .on("close", () => process.exit(process.exitCode ?? 0));
  return line;
}

/** JSON.parse quotes its input in the error, and commands carry credentials: nothing of the line is repeated. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
