import { setTimeout as sleep } from "node:timers/promises";
import type { EndpointDependence } from "../../model/nat.ts";
import type { BindingAnswer } from "../../stun/binding-socket.ts";
import { BindingSocket } from "../../stun/binding-socket.ts";
import { connect } from "../../stun/connect.ts";
import { attribute, request } from "../../stun/message.ts";
import { StunClient } from "../../stun/stun-client.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";
import type { ObservedNat, ReflectorPlan } from "./probe-protocol.ts";

const COPIES = 3;
/** UDP is blocked when three tries within this get nothing, on a path that TCP shows to be alive. */
const UDP_SILENCE_MS = 150;
/** What should come is waited for: it costs nothing where it comes, and a stalled machine must not look like a block. */
const TCP_TIMEOUT_MS = 4_000;
const FILTERING_SPACING_MS = 20;
const FILTERING_SILENCE_MS = 100;
/** A packet let through is here at the latest this long after the answer to a request sent later. */
const AFTER_CONTROL_MS = 20;
const CONTROL_TIMEOUT_MS = 4_000;

/** Classifies the NAT between this host and the reflector (RFC 5780 sections 4.3 and 4.4); all tests side by side. */
export async function discoverNat(reflector: ReflectorPlan): Promise<ObservedNat> {
  const tcp = probeTcp(cornersOf(reflector).primary, TCP_TIMEOUT_MS);
  const mapping = probeMapping(reflector, tcp);
  const [tcpDurationMs, { observed, rttMs }, filtering] = await Promise.all([
    tcp,
    mapping,
    probeFiltering(
      reflector,
      mapping.then((m) => m.rttMs),
    ),
  ]);
  return {
    ...observed,
    filtering: rttMs === null ? null : filtering,
    tcp: tcpDurationMs === null ? "blocked" : "translated",
    unsolicitedPassed: null,
  };
}

type MappingResult = {
  observed: Pick<ObservedNat, "mapping" | "portPreserved" | "udp" | "externalAddress">;
  /** Null when UDP is blocked. */
  rttMs: number | null;
};

/** RFC 5780 section 4.3, tests I to III from one socket, at the same time. */
async function probeMapping(reflector: ReflectorPlan, tcp: Promise<number | null>): Promise<MappingResult> {
  await using socket = await BindingSocket.open();
  // A stalled machine is silent too: with TCP alive, UDP gets 100 ms more than TCP took.
  const until = Promise.all([
    sleep(UDP_SILENCE_MS),
    tcp.then((ms) => (ms === null ? undefined : sleep(FILTERING_SILENCE_MS))),
  ]);
  const { primary, otherAddress, alternate } = cornersOf(reflector);
  const ask = (to: TransportAddress) => socket.ask(to, { copies: COPIES, spacingMs: UDP_SILENCE_MS / COPIES, until });
  const answers = await Promise.all([ask(primary), ask(otherAddress), ask(alternate)]);
  const [first, second, third] = answers.map(mappedOf);
  const rttMs = answers[0]?.durationMs ?? null;
  if (!first || rttMs === null) {
    return { observed: { mapping: null, portPreserved: null, udp: "blocked", externalAddress: null }, rttMs: null };
  }
  const mapping = second && third ? classifyMapping(first, second, third) : null;
  const portPreserved = first.port === socket.port;
  return { observed: { mapping, portPreserved, udp: "translated", externalAddress: first.address }, rttMs };
}

/**
 * The mapped addresses seen by address 1 port 1, address 2 port 1 and address 2 port 2. One that changes with the
 * port alone counts as address-and-port-dependent.
 */
export function classifyMapping(
  first: TransportAddress,
  second: TransportAddress,
  third: TransportAddress,
): EndpointDependence {
  if (!isSameTransportAddress(second, third)) return "address-and-port-dependent";
  return isSameTransportAddress(first, second) ? "endpoint-independent" : "address-dependent";
}

/**
 * RFC 5780 section 4.4, tests II and III at the same time, from a socket that has sent to the primary corner only.
 * Silence counts once a plain request, sent after the others, has been answered: then the reflector has
 * answered those as well. Null when it never is.
 */
async function probeFiltering(
  reflector: ReflectorPlan,
  rtt: Promise<number | null>,
): Promise<ObservedNat["filtering"]> {
  await using socket = await BindingSocket.open();
  const { primary, otherPort, alternate } = cornersOf(reflector);
  const { promise: until, resolve: giveUp } = Promise.withResolvers<void>();
  const ask = async (change: { changeIp: boolean; changePort: boolean }, expected: TransportAddress) => {
    const attributes = [{ name: "CHANGE-REQUEST" as const, value: change }];
    const answer = await socket.ask(primary, { attributes, copies: COPIES, spacingMs: FILTERING_SPACING_MS, until });
    return answer !== null && isSameTransportAddress(answer.from, expected);
  };
  const fromElsewhere = ask({ changeIp: true, changePort: true }, alternate);
  const fromOtherPort = ask({ changeIp: false, changePort: true }, otherPort);
  // Without UDP there is nothing to tell.
  void rtt.then((rttMs) => rttMs === null && giveUp());
  const silence = decideSilence(socket, primary, rtt, until).finally(giveUp);
  const isEndpointIndependent = await fromElsewhere;
  // The strongest answer ends the test; everything else needs the silence of the first request.
  if (isEndpointIndependent) giveUp();
  const [isAlive, isAddressDependent] = await Promise.all([silence, fromOtherPort]);
  if (isEndpointIndependent) return "endpoint-independent";
  if (!isAlive) return null;
  return isAddressDependent ? "address-dependent" : "address-and-port-dependent";
}

/** Resolves when silence is decided or no longer matters: true when the reflector was seen to be alive at its end. */
async function decideSilence(
  socket: BindingSocket,
  primary: TransportAddress,
  rtt: Promise<number | null>,
  cancelled: Promise<void>,
): Promise<boolean> {
  const lastCopyMs = (COPIES - 1) * FILTERING_SPACING_MS;
  const pause = (ms: number) => Promise.race([sleep(ms), cancelled]);
  const askControl = async () => {
    await pause(lastCopyMs);
    const until = pause(CONTROL_TIMEOUT_MS);
    const answer = await socket.ask(primary, { spacingMs: FILTERING_SPACING_MS, until });
    await pause(AFTER_CONTROL_MS);
    return answer !== null;
  };
  const [isAlive] = await Promise.all([
    askControl(),
    rtt.then((rttMs) => pause(4 * (rttMs ?? 0))),
    pause(lastCopyMs + FILTERING_SILENCE_MS),
  ]);
  return isAlive;
}

/** Milliseconds until a Binding request over TCP was answered, connecting included; null when it was not in time. */
export async function probeTcp(to: TransportAddress, timeoutMs: number): Promise<number | null> {
  const startedAt = performance.now();
  try {
    await using client = new StunClient(await connect({ ...to, transport: "tcp" }, { timeoutMs }));
    await client.request(request("Binding"), { timeoutMs: timeoutMs - (performance.now() - startedAt) });
    return performance.now() - startedAt;
  } catch {
    return null;
  }
}

function mappedOf(answer: BindingAnswer | null): TransportAddress | undefined {
  return answer ? attribute(answer.message, "XOR-MAPPED-ADDRESS") : undefined;
}

function cornersOf({ addresses, ports }: ReflectorPlan) {
  return {
    primary: { address: addresses[0], port: ports[0] },
    otherPort: { address: addresses[0], port: ports[1] },
    otherAddress: { address: addresses[1], port: ports[0] },
    alternate: { address: addresses[1], port: ports[1] },
  };
}
