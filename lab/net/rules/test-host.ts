import { EventEmitter, once } from "node:events";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { Fabric, FabricProcess } from "../fabric.ts";

/** What runs in the host's namespace: UDP sockets and TCP connections that are told what to do by JSON lines. */
const AGENT = `
  const { createSocket } = require("node:dgram");
  const { connect, createServer } = require("node:net");
  const say = (message) => process.stdout.write(JSON.stringify(message) + "\\n");
  const sockets = new Map();
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { op, id, address, port, text, to, how } = JSON.parse(line);
    const tell = (connection) => {
      connection.on("error", () => {});
      connection.write(connection.remoteAddress + " " + connection.remotePort);
    };
    if (op === "listen") return createServer(tell).listen(port, address, () => say({ id, event: "open", port }));
    if (op === "connect") {
      const connection = connect({ localAddress: address, localPort: port, host: to.address, port: to.port });
      return connection
        .on("data", (bytes) => say({ id, event: "message", text: String(bytes) }))
        .on("error", (error) => say({ id, event: "error", text: error.code }))
        .on("data", () => how === "reset" ? connection.resetAndDestroy() : how === "end" && connection.end());
    }
    if (op === "close") return sockets.get(id).close();
    if (op === "send") return sockets.get(id).send(text, port, address);
    const socket = createSocket("udp4");
    sockets.set(id, socket);
    socket.on("error", (error) => say({ id, event: "error", text: error.code }));
    socket.on("message", (bytes, from) => say({ id, event: "message", text: String(bytes), address: from.address, port: from.port }));
    socket.on("listening", () => say({ id, event: "open", port: socket.address().port }));
    socket.bind(port, address);
  }).on("close", () => process.exit(0));
`;
/** What is meant to come does so within milliseconds, unless the machine stalls. */
const PATIENCE_MS = 5_000;
/** What is not meant to come has had time enough by then. */
export const SILENCE_MS = 250;

type AgentEvent = { id: number; event: "open" | "message" | "error"; text?: string; address?: string; port?: number };

/** A host of a test, in somebody's namespace. */
export class TestHost {
  readonly address: string;
  readonly #process: FabricProcess;
  readonly #events = new EventEmitter();
  #nextId = 1;

  private constructor(process: FabricProcess, address: string) {
    this.#process = process;
    this.address = address;
    this.#events.setMaxListeners(0);
    process.onLine((line) => {
      const event = JSON.parse(line) as AgentEvent;
      this.#events.emit(`${event.id}`, event);
    });
  }

  static async start(fabric: Fabric, name: string, netns: number, address: string): Promise<TestHost> {
    return new TestHost(await fabric.spawn(`test-host-${name}`, ["node", "-e", AGENT], { netns }), address);
  }

  async open(port = 0, address = this.address): Promise<TestSocket> {
    const id = this.#nextId;
    const socket = new TestSocket(id, address, (command) => this.#process.write(JSON.stringify({ id, ...command })));
    this.#events.on(`${id}`, (event: AgentEvent) => socket.take(event));
    const event = await this.#ask({ op: "open", address, port }, PATIENCE_MS);
    if (event.event !== "open") throw new Error(`${address}:${port} cannot be opened: ${event.text}`);
    return socket;
  }

  /** Accepts TCP connections and tells each whom it came from. */
  async listen(port: number, address = this.address): Promise<TransportAddress> {
    await this.#ask({ op: "listen", address, port }, PATIENCE_MS);
    return { address, port };
  }

  /** Connects from that port, and stays connected. Resolves with what `listen` sees; null when it is not let through. */
  connect(port: number, to: TransportAddress, ms = PATIENCE_MS): Promise<TransportAddress | null> {
    return this.#connect({ port, to, how: "stay" }, ms);
  }

  /** The same, and closes the connection as soon as the answer is there: by a reset, or both ends by FIN. */
  visit(port: number, to: TransportAddress, how: "reset" | "end", ms = PATIENCE_MS): Promise<TransportAddress | null> {
    return this.#connect({ port, to, how }, ms);
  }

  async #connect(command: object, ms: number): Promise<TransportAddress | null> {
    const answer = await this.#ask({ op: "connect", address: this.address, ...command }, ms).catch(() => null);
    if (answer?.event !== "message") return null;
    const [address = "", seenPort] = (answer.text ?? "").split(" ");
    return { address, port: Number(seenPort) };
  }

  async #ask(command: object, ms: number): Promise<AgentEvent> {
    const id = this.#nextId++;
    const answered = once(this.#events, `${id}`, { signal: AbortSignal.timeout(ms) });
    await this.#process.write(JSON.stringify({ id, ...command }));
    const [event] = (await answered) as [AgentEvent];
    return event;
  }
}

type Command = { op: "send"; address: string; port: number; text: string } | { op: "close" };

/** Remembers whom each text came from. */
export class TestSocket {
  readonly #id: number;
  readonly #command: (command: Command) => Promise<void>;
  readonly #heard = new Map<string, TransportAddress>();
  readonly #events = new EventEmitter();
  readonly at: TransportAddress;
  static #texts = 0;

  constructor(id: number, address: string, command: (command: Command) => Promise<void>) {
    this.#id = id;
    this.at = { address, port: 0 };
    this.#command = command;
  }

  take({ event, text = "", address = "", port = 0 }: AgentEvent): void {
    if (event === "open") this.at.port = port;
    if (event !== "message") return;
    this.#heard.set(text, { address, port });
    this.#events.emit(text);
  }

  /** Sends something nobody has said before, and returns it. */
  async send(to: TransportAddress): Promise<string> {
    TestSocket.#texts += 1;
    const text = `datagram ${TestSocket.#texts} of socket ${this.#id}`;
    await this.#command({ op: "send", ...to, text });
    return text;
  }

  /** Whom a text came from; null when it has not come within `ms`. */
  async hears(text: string, ms = PATIENCE_MS): Promise<TransportAddress | null> {
    if (!this.#heard.has(text)) {
      await once(this.#events, text, { signal: AbortSignal.timeout(ms) }).catch(() => {});
    }
    return this.#heard.get(text) ?? null;
  }

  close(): Promise<void> {
    return this.#command({ op: "close" });
  }
}

/** Under which address a socket's datagram arrives at another; throws when it does not. */
export async function seenAs(
  from: TestSocket,
  at: TestSocket,
  to: TransportAddress = at.at,
): Promise<TransportAddress> {
  const seen = await at.hears(await from.send(to));
  if (!seen) throw new Error(`nothing came from ${from.at.address}:${from.at.port} to ${to.address}:${to.port}`);
  return seen;
}

/** Whether a datagram gets from one socket to another by that address. */
export async function passes(from: TestSocket, at: TestSocket, to: TransportAddress): Promise<boolean> {
  return (await at.hears(await from.send(to), SILENCE_MS)) !== null;
}
