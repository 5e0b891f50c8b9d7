/** What a browser peer's container runs: JSON lines on stdin and stdout, logs on stderr; ends when stdin does. */
import { hostname } from "node:os";
import readline from "node:readline";
import { isDeepStrictEqual } from "node:util";
import {
  type AgentMessage,
  type AgentSettings,
  HELLO_TIMEOUT_MS,
  HOST_MESSAGE_TYPES,
  type HostMessage,
  isMessage,
  PROTOCOL_VERSION,
} from "../protocol.ts";
import type { BrowserName } from "./browser-plan.ts";
import { monotonicMs } from "./clock.ts";
import { Keeper } from "./keeper.ts";
import { PageServer } from "./page-server.ts";
import { pageStarter } from "./start-browser.ts";

/** When the bytes of the line at hand arrived: sessions count from then. */
let receivedAtMs = monotonicMs();
let greeted: { settings: AgentSettings; keeper: Keeper } | null = null;
const serving = PageServer.start();

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
  if (greeted === null) {
    if (message.type !== "hello") return die(`expected "hello" first, found "${message.type}"`);
    if (message.protocolVersion !== PROTOCOL_VERSION) {
      return die(`expected protocol version ${PROTOCOL_VERSION}, found ${message.protocolVersion}: rebuild the image`);
    }
    clearTimeout(helloTimer);
    const settings = settingsOf(message);
    const keeper = new Keeper(
      hostname(),
      async (events) => pageStarter(process.argv[2] as BrowserName, settings, await serving)(events),
      send,
    );
    greeted = { settings, keeper };
    void keeper.start().then((browser) => send({ type: "ready", ...(browser ? { browser } : {}) }));
    return;
  }
  if (message.type === "dump") return void greeted.keeper.dump().then((dump) => send({ type: "dump", ...dump }));
  if (message.type !== "hello") return greeted.keeper.receive(message, receivedAtMs);
  // A browser has them from its start.
  if (!isDeepStrictEqual(settingsOf(message), greeted.settings))
    return die("the settings of a browser cannot be changed: expected those of the first hello again");
}

function settingsOf({ proxy, mdns, dumps }: AgentSettings): AgentSettings {
  return { ...(proxy ? { proxy } : {}), ...(mdns === undefined ? {} : { mdns }), ...(dumps ? { dumps } : {}) };
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

// The browser and all its processes go with the container.
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
