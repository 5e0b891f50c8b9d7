import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Fate, FirewallCheck } from "../../model/observed-nat.ts";
import { decode, encode, request } from "../../stun/message.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";
import type { PlannedCheck } from "./probe-protocol.ts";
import { TcpFlow, type TcpTarget } from "./tcp-flow.ts";

/** The lab's proxy may still be starting when its router is probed. */
const PROXY_START_MS = 3_000;
const PROXY_RETRY_MS = 50;

/** Tries every planned flow, side by side, from the probe's second host. */
export async function probeFirewall(path: ProbePath): Promise<FirewallCheck[]> {
  const udp = new SharedPort();
  return Promise.all(
    path.plan.checks.map(async (check) => {
      const isUdp = check.flow.protocol === "udp";
      const observed = isUdp ? await udpFate(path, check, udp) : await tcpFate(path, check);
      return { ...check, observed };
    }),
  );
}

/** All UDP checks leave one inside port: with an endpoint-independent mapping they take one outside port. */
class SharedPort {
  #port: Promise<number> | null = null;

  /** A socket connected to `to`, which therefore hears of ICMP errors. */
  async connect(host: string, to: TransportAddress) {
    const socket = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", reuseAddr: true });
    const before = this.#port;
    const own = async () => {
      socket.bind((await before) ?? 0, host);
      await once(socket, "listening");
      return socket.address().port;
    };
    const bound = own();
    this.#port ??= bound;
    await bound;
    socket.connect(to.port, to.address);
    await once(socket, "connect");
    return socket;
  }
}

async function udpFate(path: ProbePath, check: PlannedCheck, port: SharedPort): Promise<Fate> {
  const to = path.at(0, check.flow.port);
  const socket = await port.connect(path.plan.hosts[1], to);
  const bytes = encode(request("Binding"));
  const { promise, resolve } = Promise.withResolvers<Fate>();
  let fate: Fate | null = null;
  const decide = (found: Fate) => {
    fate ??= found;
    resolve(fate);
  };
  socket.on("message", (answer) => "error" in decode(answer) || decide("passed"));
  // ICMP port unreachable, or whichever other way a firewall has to say no (RFC 1812 section 5.2.7.1).
  socket.on("error", () => decide("rejected"));
  const transmit = () => void (fate === null && socket.send(bytes, (error) => error && decide("rejected")));
  const sent = path.sendCopies(transmit, () => fate !== null);
  const found = await Promise.race([promise, silence(path, check, sent, transmit, () => fate !== null)]);
  socket.close();
  return found;
}

async function tcpFate(path: ProbePath, check: PlannedCheck): Promise<Fate> {
  const { gateway, proxyPort, hosts } = path.plan;
  const proxy = check.via === "proxy" ? { address: gateway, port: proxyPort ?? 0 } : null;
  const target: TcpTarget = { to: path.at(0, check.flow.port), isTls: check.flow.isTls, proxy };
  const flows: TcpFlow[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Fate>();
  let fate: Fate | null = null;
  const startedAt = performance.now();
  const open = () => {
    const flow = new TcpFlow(target, hosts[1]);
    flows.push(flow);
    flow.outcome.then(async (found) => {
      const isStarting = proxy !== null && check.expected === "passed" && found === "rejected";
      if (isStarting && fate === null && performance.now() - startedAt < PROXY_START_MS) {
        await path.pause(PROXY_RETRY_MS);
        open();
        return;
      }
      if (found === "passed") path.isAlive("tcp", flow.rttMs ?? 0, () => passesAgain(target, hosts[1]));
      fate ??= found;
      resolve(fate);
    }, reject);
  };
  const sent = path.sendCopies(open, () => fate !== null);
  const found = await Promise.race([
    promise,
    silence(
      path,
      check,
      sent,
      () => {},
      () => fate !== null,
    ),
  ]);
  fate ??= found;
  for (const flow of flows) flow.close();
  return found;
}

async function passesAgain(target: TcpTarget, host: string): Promise<boolean> {
  const flow = new TcpFlow(target, host);
  const outcome = await flow.outcome;
  flow.close();
  return outcome === "passed";
}

/** "dropped", when its time has come: later for what is meant to pass, which is sent on meanwhile. */
async function silence(
  path: ProbePath,
  check: PlannedCheck,
  sent: Promise<void>,
  transmit: () => void,
  isDecided: () => boolean,
): Promise<Fate> {
  await sent;
  if (check.expected !== "passed") {
    await path.settle();
    return "dropped";
  }
  const over = path.settlePatiently(isDecided);
  let isOver = false;
  void over.then(() => (isOver = true));
  while (!isOver && !isDecided()) {
    await Promise.race([over, path.pause(100)]);
    if (!isOver && !isDecided()) path.send(transmit);
  }
  return "dropped";
}
