import type { EndpointDependence } from "../../model/nat.ts";
import type { Attribute } from "../../stun/attributes.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";
import { arrives, ProbeSocket, type Reflection } from "./probe-socket.ts";

type Known = {
  mapping: EndpointDependence | null;
  filtering: EndpointDependence | null;
};

/**
 * Two hosts inside with the same inside port, A and B; X and Y are the reflector's addresses. The order A to X, B to Y,
 * B to X is the hard one: a router that only avoids conflicts per destination lets B have A's outside port towards Y, and
 * must take another towards X (RFC 4787 REQ-1). Then what the filter lets in must come to the one it is meant for. Another
 * such pair begins at the same moment.
 */
export async function probeSharedPort(path: ProbePath, port: number, known: Known): Promise<boolean | null> {
  const { mapping, filtering } = known;
  if (mapping === null || filtering === null) return null;
  const [inTurn, together] = await Promise.all([
    beginInTurn(path, port, { mapping, filtering }),
    beginTogether(path, port, mapping),
  ]);
  if (inTurn === false || together === false) return false;
  return inTurn && together;
}

type Behaviour = { mapping: EndpointDependence; filtering: EndpointDependence };

async function beginInTurn(path: ProbePath, port: number, { mapping, filtering }: Behaviour): Promise<boolean | null> {
  const { a, b } = await openPair(path);
  using _a = a;
  using _b = b;
  const [x, y] = [path.at(0, port), path.at(1, port)];
  const ax = await a.ask(x);
  const by = await b.ask(y);
  const [bx, ay] = await Promise.all([b.ask(x), a.ask(y)]);
  if (!ax || !by || !bx || !ay) return null;
  if (isSame(ax, bx) || isSame(ay, by)) return false;
  if (mapping === "endpoint-independent" && !(isSame(ax, ay) && isSame(bx, by))) return false;
  if (filtering === "address-and-port-dependent") return true;
  const came = await Promise.all([lettingIn(path, a, x, filtering), lettingIn(path, b, x, filtering)]);
  return came.includes(null) ? null : came.every(Boolean);
}

/**
 * A to X and B to Y at the same moment: a router that looks whether the port is taken before anybody has taken it lets
 * both have it. Each must get its answers, by different ports (RFC 4787 REQ-3).
 */
async function beginTogether(path: ProbePath, port: number, mapping: EndpointDependence): Promise<boolean | null> {
  const isDrawnOnce = mapping === "endpoint-independent";
  const [x, y] = [path.at(0, port), path.at(1, port)];
  for (let tries = 1; ; tries += 1) {
    const { a, b } = await openPair(path);
    using _a = a;
    using _b = b;
    const [ax, by] = await Promise.all([a.ask(x), b.ask(y)]);
    if (!ax || !by) return (await path.confirm()) ? false : null;
    if (isSame(ax, by)) {
      // Ports drawn for each destination may be the same by chance, but not twice.
      if (isDrawnOnce || tries === 2) return false;
      continue;
    }
    if (!isDrawnOnce) return true;
    const [ay, bx] = await Promise.all([a.ask(y), b.ask(x)]);
    if (!ay || !bx) return (await path.confirm()) ? false : null;
    return isSame(ax, ay) && isSame(bx, by);
  }
}

const isSame = (one: Reflection, two: Reflection) => isSameTransportAddress(one.mapped, two.mapped);

/** An answer from elsewhere, as far away as the filter lets in. */
function lettingIn(path: ProbePath, socket: ProbeSocket, to: TransportAddress, filtering: EndpointDependence) {
  const value = { changeIp: filtering === "endpoint-independent", changePort: true };
  const change: Attribute = { name: "CHANGE-REQUEST", value };
  return arrives(path, socket.poke(to, [change]), socket);
}

/** A port that is free on both hosts. */
async function openPair(path: ProbePath): Promise<{ a: ProbeSocket; b: ProbeSocket }> {
  const [first, second] = path.plan.hosts;
  for (let tries = 0; ; tries += 1) {
    const a = await ProbeSocket.open(path, first);
    try {
      return { a, b: await ProbeSocket.open(path, second, a.port) };
    } catch (error) {
      a.close();
      if (tries === 20) throw error;
    }
  }
}
