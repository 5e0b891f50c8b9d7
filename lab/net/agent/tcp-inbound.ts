import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";
import { ProbePath } from "./probe-path.ts";
import type { ProbePlan } from "./probe-protocol.ts";
import { TcpFlow } from "./tcp-flow.ts";

/** A lossy wire may eat a handshake several times; TCP then waits for seconds. */
const LEAST_WAIT_MS = 1_000;

/**
 * A connection to the reflector, and a listener on the port it leaves from: whoever the router lets in to that mapping
 * gets a connection (RFC 5382 section 4.3).
 */
export class TcpInbound {
  readonly mapped: TransportAddress;
  readonly rttMs: number;
  readonly #flow: TcpFlow;
  readonly #server: Server;
  readonly #path: ProbePath;
  readonly #accepted: Socket[] = [];
  readonly #from: TransportAddress[] = [];

  private constructor(
    path: ProbePath,
    flow: TcpFlow,
    server: Server,
    seen: { mapped: TransportAddress; rttMs: number },
  ) {
    this.mapped = seen.mapped;
    this.rttMs = seen.rttMs;
    this.#path = path;
    this.#flow = flow;
    this.#server = server;
    server.on("connection", (connection) => {
      this.#from.push({ address: connection.remoteAddress ?? "", port: connection.remotePort ?? 0 });
      connection.on("error", () => {});
      this.#accepted.push(connection);
    });
    path.isAlive("tcp", this.rttMs, async () => {
      await flow.ask();
      return true;
    });
  }

  /** Null where no connection comes about. */
  static async open(plan: ProbePlan): Promise<TcpInbound | null> {
    const [first] = plan.tcpPorts;
    if (first === undefined) return null;
    const path = new ProbePath(plan);
    const [host] = plan.hosts;
    const flow = new TcpFlow({ to: path.at(0, first.port), isTls: first.isTls, proxy: null }, host);
    const late = path.pause(Math.max(LEAST_WAIT_MS, plan.pace.patienceMs));
    const outcome = await Promise.race([flow.outcome, late]);
    if (outcome !== "passed" || flow.mapped === null) {
      flow.close();
      path.close();
      return null;
    }
    const server = createServer();
    server.listen(flow.localPort, host);
    await once(server, "listening").catch((cause: Error) => {
      throw new AgentError("bind_failed", cause.message, { cause });
    });
    // The first time also measures how long the probe takes to find its feet.
    const askedAt = performance.now();
    await Promise.race([flow.ask(), late]);
    return new TcpInbound(path, flow, server, { mapped: flow.mapped, rttMs: performance.now() - askedAt });
  }

  /** Who has been let in until now; null when the path has died meanwhile. Closes everything. */
  async accepted(): Promise<TransportAddress[] | null> {
    const isAlive = await this.#path.confirm();
    this.#server.close();
    this.#flow.close();
    for (const connection of this.#accepted) connection.resetAndDestroy();
    this.#path.close();
    return isAlive ? this.#from : null;
  }
}
