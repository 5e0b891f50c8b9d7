import type { ObservedNat } from "../../model/observed-nat.ts";
import type { Attribute } from "../../stun/attributes.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";
import { measureLifetime } from "./mapping-lifetime.ts";
import { classifyMapping, classifyPorts } from "./port-allocation.ts";
import { probeFirewall } from "./probe-firewall.ts";
import { probeHairpin } from "./probe-hairpin.ts";
import { ProbePath } from "./probe-path.ts";
import type { NatProbeOperations, ProbePlan } from "./probe-protocol.ts";
import { probeSharedPort } from "./probe-shared-port.ts";
import { arrives, ProbeSocket } from "./probe-socket.ts";
import { probeSource } from "./probe-source.ts";
import { probeTcpMapping } from "./probe-tcp.ts";
import { responsePortAttribute } from "./response-port.ts";

/** Sockets whose outside ports are compared. The first three are looked at more closely. */
const SOCKETS = 6;

type Discovered = NatProbeOperations["probe"]["result"];
type DiscoveredUdp = Omit<ObservedNat, "tcp" | "firewall">;

const NOTHING: DiscoveredUdp = {
  mapping: null,
  filtering: null,
  hairpinning: null,
  hairpinSource: null,
  portAllocation: null,
  sharedPortKept: null,
  addressing: null,
  externalAddress: null,
  externalPorts: [],
  secondExternalAddress: null,
  unsolicitedPassed: null,
  keptAfterUnsolicited: null,
  sourceKept: null,
  lifetimeMs: null,
  refreshedBy: null,
  keptByAnswers: null,
};

/** Looks at the router between this host and the reflector in every way there is; all tests side by side. */
export async function discoverNat(plan: ProbePlan): Promise<Discovered> {
  const path = new ProbePath(plan);
  try {
    const [udp, tcp, firewall] = await Promise.all([probeUdp(path), probeTcpMapping(path), probeFirewall(path)]);
    return { ...udp, tcp, firewall };
  } finally {
    path.close();
  }
}

/** RFC 5780 sections 4.3 and 4.4, and what RFC 4787 asks beyond them. */
async function probeUdp(path: ProbePath): Promise<DiscoveredUdp> {
  const [port] = path.plan.udpPorts;
  if (port === undefined) return NOTHING;
  using stack = new DisposableStack();
  const [inside, other] = path.plan.hosts;
  const opened = await Promise.all(Array.from({ length: SOCKETS }, () => ProbeSocket.open(path, inside)));
  const sockets = opened.map((socket) => stack.use(socket));
  const [asking, held, helper] = sockets as [ProbeSocket, ProbeSocket, ProbeSocket];
  const second = stack.use(await ProbeSocket.open(path, other));
  const primary = path.at(0, port);
  // One after the other in one go: the order in which a router that counts hands out its ports.
  const first = sockets.map((socket) => socket.ask(primary));
  const outside = second.ask(primary);
  const answer = await Promise.race(first);
  if (answer === null) return NOTHING;
  path.isAlive("udp", answer.rttMs, async () => (await helper.ask(primary)) !== null);

  const mappedBy = async (index: number) => (await first[index])?.mapped ?? null;
  const mapping = probeMapping(path, asking, mappedBy(0));
  const filtering = probeFiltering(path, held, primary);
  const unsolicited = mappedBy(1).then((mapped) => mapped && probeUnsolicited(path, { held, helper, mapped }));
  const [reflections, seenSecond] = await Promise.all([Promise.all(first), outside]);
  const mapped = reflections.map((one) => one?.mapped);
  const ends = { held, heldAt: mapped[1], second, secondAt: seenSecond?.mapped, helper };
  const behaviour = Promise.all([mapping, filtering]).then(([m, f]) => ({ mapping: m, filtering: f }));
  const asked = { asking, helper, mapped: mapped[0] ?? null };
  const [kind, filter, stranger, hairpin, sharedPortKept, clashPassed, lifetime] = await Promise.all([
    mapping,
    filtering,
    unsolicited,
    mapping.then((found) => probeHairpin(path, ends, found, filtering)),
    behaviour.then((known) => probeSharedPort(path, port, known)),
    behaviour.then((known) => probeSource(path, asked, known)),
    path.plan.lifetimeMs === null ? null : measureLifetime(path, primary, path.plan.lifetimeMs),
  ]);
  const [externalAddress, secondExternalAddress] = [mapped[0]?.address ?? null, ends.secondAt?.address ?? null];
  const isComplete = externalAddress !== null && secondExternalAddress !== null;
  const pairs = sockets.flatMap((socket, index) => {
    const at = mapped[index];
    return at ? [{ inside: socket.port, outside: at.port }] : [];
  });
  return {
    mapping: kind,
    filtering: filter,
    ...hairpin,
    portAllocation: classifyPorts(pairs),
    sharedPortKept,
    addressing: isComplete ? (externalAddress === secondExternalAddress ? "shared" : "one-to-one") : null,
    externalAddress,
    externalPorts: pairs.map((pair) => pair.outside),
    secondExternalAddress,
    unsolicitedPassed: stranger?.passed ?? null,
    keptAfterUnsolicited: kind === "endpoint-independent" ? (stranger?.kept ?? null) : null,
    sourceKept: clashPassed && path.sources.areKept,
    lifetimeMs: lifetime?.lifetimeMs ?? null,
    refreshedBy: lifetime?.refreshedBy ?? null,
    keptByAnswers: lifetime?.keptByAnswers ?? null,
  };
}

/** RFC 5780 section 4.3, from a socket that has asked the primary address: null when an answer is missing. */
async function probeMapping(
  path: ProbePath,
  socket: ProbeSocket,
  first: Promise<TransportAddress | null>,
): Promise<ObservedNat["mapping"]> {
  const [port = 0, otherPort] = path.plan.udpPorts;
  const [primary, second, third] = await Promise.all([
    first,
    socket.ask(path.at(1, port)),
    otherPort === undefined ? undefined : socket.ask(path.at(1, otherPort)),
  ]);
  if (!primary || !second || third === null) return null;
  return classifyMapping(primary, second.mapped, third?.mapped);
}

/** RFC 5780 section 4.4, tests II and III at the same time, on a socket that sends to the primary address only. */
async function probeFiltering(
  path: ProbePath,
  socket: ProbeSocket,
  primary: TransportAddress,
): Promise<ObservedNat["filtering"]> {
  const change = (changeIp: boolean): Attribute => ({ name: "CHANGE-REQUEST", value: { changeIp, changePort: true } });
  const [fromElsewhere, fromOtherPort] = await Promise.all([
    arrives(path, socket.poke(primary, [change(true)]), socket),
    arrives(path, socket.poke(primary, [change(false)]), socket),
  ]);
  if (fromElsewhere) return "endpoint-independent";
  if (fromElsewhere === null || fromOtherPort === null) return null;
  return fromOtherPort ? "address-dependent" : "address-and-port-dependent";
}

/**
 * A datagram from an address that the held socket has never sent to; another socket asks for it by RESPONSE-PORT. Then
 * the held socket sends there, and must still have the outside port it had.
 */
async function probeUnsolicited(
  path: ProbePath,
  ends: { held: ProbeSocket; helper: ProbeSocket; mapped: TransportAddress },
): Promise<{ passed: boolean | null; kept: boolean | null }> {
  const { held, helper, mapped } = ends;
  const [port = 0] = path.plan.udpPorts;
  const stranger = path.at(1, port);
  const passed = await arrives(path, helper.poke(stranger, [responsePortAttribute(mapped.port)]), held);
  const answer = await held.ask(stranger);
  return { passed, kept: answer && isSameTransportAddress(answer.mapped, mapped) };
}
