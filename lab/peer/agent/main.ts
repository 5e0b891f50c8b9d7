/** PID 1 of a peer's container: JSON lines on stdin and stdout, logs on stderr; ends when stdin does. */
import readline from "node:readline";
import { monotonicMs, useClock } from "../course/clock.ts";
import { SessionTable } from "../course/session-table.ts";
import {
  type AgentMessage,
  type AgentSettings,
  HELLO_TIMEOUT_MS,
  HOST_MESSAGE_TYPES,
  type HostMessage,
  isMessage,
  PROTOCOL_VERSION,
} from "../protocol.ts";
import { WeriftEndpoint } from "./werift-endpoint.ts";

useClock(() => Number(process.hrtime.bigint()) / 1e6);

/**
 * When the bytes of the line at hand arrived. Lines that came in one chunk are worked off one after the other, and the
 * last of twenty joins must not lose the time that the others took.
 */
let receivedAtMs = monotonicMs();
let settings: AgentSettings | null = null;
const sessions = new SessionTable(send, (join, events) => new WeriftEndpoint(join, events, settings ?? {}));

function send(message: AgentMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Reports and ends. The message is written synchronously enough for a pipe; exit follows when it is flushed. */
function die(message: string): void {
  process.exitCode = 1;
  process.stdout.write(`${JSON.stringify({ type: "fatal", message } satisfies AgentMessage)}\n`, () => process.exit(1));
}

function receive(line: string): void {
  const message = parse(line);
  if (!isMessage<HostMessage>(message, HOST_MESSAGE_TYPES))
    return die("a line on stdin is not a message of this protocol");
  if (settings === null) {
    if (message.type !== "hello") return die(`expected "hello" first, found "${message.type}"`);
    if (message.protocolVersion !== PROTOCOL_VERSION) {
      return die(`expected protocol version ${PROTOCOL_VERSION}, found ${message.protocolVersion}: rebuild the image`);
    }
    clearTimeout(helloTimer);
    settings = settingsOf(message);
    return send({ type: "ready" });
  }
  if (message.type === "hello") settings = settingsOf(message);
  else if (message.type === "dump") die("only browsers keep a dump of their calls");
  else sessions.receive(message, receivedAtMs);
}

function settingsOf({ loopbackOnly, proxy }: AgentSettings): AgentSettings {
  return { ...(loopbackOnly ? { loopbackOnly } : {}), ...(proxy ? { proxy } : {}) };
}

/** JSON.parse quotes its input in the error, and a join carries credentials: nothing of the line is repeated. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

const helloTimer = setTimeout(() => die(`no hello within ${HELLO_TIMEOUT_MS} ms`), HELLO_TIMEOUT_MS);

process.on("SIGTERM", () => process.exit(0));
process.on("uncaughtException", (error) => {
  console.error(error);
  die(String(error.stack ?? error));
});
process.stdout.on("error", () => process.exit(1));

// Before readline's own listener, which hands out all lines of a chunk at once.
process.stdin.on("data", () => {
  receivedAtMs = monotonicMs();
});
readline
  .createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on("line", receive)
  .on("close", () => process.exit(process.exitCode ?? 0));
