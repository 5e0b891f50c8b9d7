import readline from "node:readline";
import { kernelMs } from "./kernel-clock.ts";
import {
  type AgentMessage,
  HELLO_TIMEOUT_MS,
  HOST_MESSAGE_TYPES,
  type HostMessage,
  isMessage,
  PROTOCOL_VERSION,
} from "./protocol.ts";

type Hello = Extract<HostMessage, { type: "hello" }>;

export type AgentLine = {
  send(message: AgentMessage): void;
  /** Reports, and ends the process with 1. */
  die(message: string): void;
};

type Commands = {
  /** The first greeting is of this protocol's version; later ones are as they came. */
  onHello(hello: Hello): void;
  /** `receivedAtMs`: when the bytes of the message arrived, CLOCK_MONOTONIC. */
  onCommand(message: Exclude<HostMessage, Hello>, receivedAtMs: number): void;
};

/**
 * The agent's end of the line to the harness: JSON lines on stdin and stdout, logs on stderr. The process ends with 0 when
 * stdin does and on SIGTERM, with 1 when nobody greets it within `HELLO_TIMEOUT_MS`, and for whatever breaks, which is a
 * `fatal` message.
 */
export function openAgentLine(commands: (line: AgentLine) => Commands): AgentLine {
  const line: AgentLine = {
    send: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
    die: (message) => {
      process.exitCode = 1;
      // The message is written synchronously enough for a pipe; exit follows when it is flushed.
      process.stdout.write(`${JSON.stringify({ type: "fatal", message } satisfies AgentMessage)}\n`, () =>
        process.exit(1),
      );
    },
  };
  const { onHello, onCommand } = commands(line);
  /**
   * When the bytes of the line at hand arrived. Lines that came in one chunk are worked off one after the other, and the
   * last of twenty joins must not lose the time that the others took.
   */
  let receivedAtMs = kernelMs();
  let isGreeted = false;
  const receive = (text: string): void => {
    const message = parse(text);
    if (!isMessage<HostMessage>(message, HOST_MESSAGE_TYPES))
      return line.die("a line on stdin is not a message of this protocol");
    if (!isGreeted) {
      if (message.type !== "hello") return line.die(`expected "hello" first, found "${message.type}"`);
      const { protocolVersion: found } = message;
      if (found !== PROTOCOL_VERSION)
        return line.die(`expected protocol version ${PROTOCOL_VERSION}, found ${found}: rebuild the image`);
      clearTimeout(helloTimer);
      isGreeted = true;
    }
    if (message.type === "hello") onHello(message);
    else onCommand(message, receivedAtMs);
  };
  const helloTimer = setTimeout(() => line.die(`no hello within ${HELLO_TIMEOUT_MS} ms`), HELLO_TIMEOUT_MS);
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

/** JSON.parse quotes its input in the error, and a join carries credentials: nothing of the line is repeated. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
