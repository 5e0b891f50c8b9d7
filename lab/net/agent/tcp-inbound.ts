import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";
import { ProbePath } from "./probe-path.ts";
import type { ProbePlan } from "./probe-protocol.ts";
import type { TcpFlow } from "./tcp-flow.ts";
import { connectPatiently } from "./tcp-patience.ts";

/** What has to be answered after others tried to connect: see `accepted`. */
const CONTROLS = 2;
const CONTROL_TRIES = 4;

/**
 * A connection to the reflector, and a listener on the port it leaves from: whoever the router lets in to that mapping
 * gets a connection (RFC 5382 section 4.3).
 */
export class TcpInbound {
  readonly mapped: TransportAddress;
  readonly #flow: TcpFlow;
  readonly #server: Server;
  readonly #path: ProbePath;
  readonly #accepted: Socket[] = [];
  readonly #from: TransportAddress[] = [];

  private constructor(path: ProbePath, { flow, mapped }: { flow: TcpFlow; mapped: TransportAddress }, server: Server) {
    this.mapped = mapped;
    this.#path = path;
    this.#flow = flow;
    this.#server = server;
    server.on("connection", (connection) => {
      this.#from.push({ address: connection.remoteAddress ?? "", port: connection.remotePort ?? 0 });
      connection.on("error", () => {});
      this.#accepted.push(connection);
    });
  }

  /** Null where no connection comes about. */
  static async open(plan: ProbePlan): Promise<TcpInbound | null> {
    if (plan.tcpPorts.length === 0) return null;
    const path = new ProbePath(plan);
    const connected = await connectPatiently(path);
    if (connected === null) {
      path.close();
      return null;
    }
    const { flow } = connected;
    const server = createServer();
    server.listen(flow.localPort, plan.hosts[0]);
    await once(server, "listening").catch((cause: Error) => {
      throw new AgentError("bind_failed", cause.message, { cause });
    });
    return new TcpInbound(path, connected, server);
  }

  /**
   * Who has been let in until now; null when the path has died meanwhile. Closes everything.
   *
   * Two answers to requests sent now: the first comes behind whatever was sent in before, the second goes out behind what
   * this host answered, and comes back behind what completes a handshake.
   */
  async accepted(): Promise<TransportAddress[] | null> {
    let answered = 0;
    for (let tries = 0; answered < CONTROLS && tries < CONTROL_TRIES; tries += 1) {
      if (await this.#path.confirm(() => this.#flow.ask().then(() => true))) answered += 1;
    }
    this.#server.close();
    this.#flow.close();
    for (const connection of this.#accepted) connection.resetAndDestroy();
    this.#path.close();
    return answered < CONTROLS ? null : this.#from;
  }
}
