import { FAILURES, type FailureCode, isOfDropped } from "../model/failure.ts";
import { parseIceUrlKind, type TurnTransport } from "../model/ice.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import type { MetricName } from "../model/metrics.ts";
import { ROLES, type Role, type Scenario } from "../model/scenario.ts";
import { parseThreshold, satisfies } from "../model/thresholds.ts";
import { INTERNET } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { metricOfKey } from "./threshold-faults.ts";

const PATHS = ["local", "direct", "relayed", "none"] as const satisfies Scenario["expectedPath"][];

/** Faults of what the scenario expects: words that do not go together, and thresholds that say nothing. */
export function expectationFaults(value: unknown): Fault[] {
  const path = valueAt(value, ["expectedPath"]);
  const transport = valueAt(value, ["expectedTransport"]);
  const failure = valueAt(value, ["expectedFailure"]);
  const faults: Fault[] = [];
  // A word that is no path is told as such; what was meant is not known.
  const isOther = (expected: string) => path !== expected && PATHS.some((known) => known === path);
  if (transport !== undefined && isOther("relayed")) {
    faults.push({
      place: "expectedTransport",
      expected: 'expectedPath "relayed", or none set: only a relayed path has a transport to the TURN server',
      found: `expectedPath ${show(path)}`,
    });
  }
  if (failure !== undefined && path === undefined) {
    faults.push({
      place: "expectedFailure",
      expected:
        'expectedPath beside it: "none" where every session must fail to connect, a path where it is dropped later',
      found: "no expectedPath",
    });
  }
  if (isCode(failure) && path !== undefined && isOther("none")) faults.push(...droppedFaults(value, path, failure));
  if (path === "none") faults.push(...noConnectionFaults(value, failure));
  if (path === "local") faults.push(...localPathFaults(value));
  if (!isOther("relayed")) faults.push(...transportFaults(value, transport));
  return faults;
}

const isCode = (value: unknown): value is FailureCode => typeof value === "string" && Object.hasOwn(FAILURES, value);

/** Every session connects over a path, and is dropped: for a reason that such a session can have. */
function droppedFaults(value: unknown, path: unknown, failure: FailureCode): Fault[] {
  const faults: Fault[] = [];
  if (!isOfDropped(failure)) {
    const legal = (Object.keys(FAILURES) as FailureCode[]).filter(isOfDropped).join(", ");
    faults.push({
      place: "expectedFailure",
      expected: `with expectedPath ${show(path)}, one that a connected session is dropped with: ${legal}`,
      found: show(failure),
      hint: 'Where no session may connect, expectedPath is "none".',
    });
  }
  for (const [key, own] of membersAt(value, "thresholds")) {
    if (metricOfKey(key) !== "session_success") continue;
    for (const [index, expression] of (Array.isArray(own) ? own : []).entries()) {
      const text = isRecord(expression) ? expression.threshold : expression;
      const threshold = parseThreshold("session_success", String(text));
      if ("error" in threshold || satisfies(threshold, 0)) continue;
      faults.push({
        place: `thresholds.${key}[${index}]`,
        expected: "one that 0 meets: a session that is dropped is no success, and every one must be",
        found: show(expression),
      });
    }
  }
  return faults;
}

/** A server that does not start has no sessions to say anything of. */
function notStartedFaults(value: unknown): Fault[] {
  const servers = membersAt(value, "topology", "turnServers");
  const faults: Fault[] = [];
  if (servers.length === 0)
    faults.push({
      place: "expectedFailure",
      expected: "a TURN server in the topology, which does not start",
      found: "turn_server_not_started and no server",
    });
  return [
    ...faults,
    ...membersAt(value, "thresholds").map(([metric]) => ({
      place: `thresholds.${metric}`,
      expected: "none: where the server does not start, no session is made",
      found: metric,
    })),
  ];
}

/** Metrics that have samples only where a session connects. */
const OF_CONNECTED = ["connect_time", "ice_time", "dtls_time", "first_data_time"] as const satisfies MetricName[];

/** A negative control must say why nothing may connect: else a broken lab would pass it. */
function noConnectionFaults(value: unknown, failure: unknown): Fault[] {
  const faults: Fault[] = [];
  if (failure === undefined) {
    faults.push({
      place: "expectedFailure",
      expected: 'the failure that every session must have, since expectedPath is "none"',
      found: "nothing",
      hint: 'Where the networks themselves have no common path, it is "ice_failed".',
    });
  }
  if (failure === "peer_crashed" || failure === "peer_hung" || failure === "peer_not_started") {
    faults.push({
      place: "expectedFailure",
      expected: "a failure of the call",
      found: show(failure),
      hint: "A peer that crashes, hangs or does not start is the lab's fault, and proves nothing.",
    });
  }
  if (failure === "media_failed" && valueAt(value, ["traffic", "media"]) === undefined) {
    const expected = "traffic.media beside it: without media none can fail";
    faults.push({ place: "expectedFailure", expected, found: show(failure) });
  }
  if (failure === "turn_server_not_started") return [...faults, ...notStartedFaults(value)];
  const without = membersAt(value, "thresholds").filter(([key]) =>
    OF_CONNECTED.some((name) => name === metricOfKey(key)),
  );
  return [
    ...faults,
    ...without.map(([key]) => ({
      place: `thresholds.${key}`,
      expected: 'a metric that sessions have although none connects, since expectedPath is "none"',
      found: key,
    })),
  ];
}

function localPathFaults(value: unknown): Fault[] {
  const [offerer, answerer] = ROLES.map((role) => valueAt(value, ["peers", role, "behind"]));
  if (typeof offerer !== "string" || typeof answerer !== "string") return [];
  if (offerer === answerer && offerer !== INTERNET) return [];
  const found = offerer === answerer ? `both behind ${show(offerer)}` : `behind ${show(offerer)} and ${show(answerer)}`;
  return [{ place: "expectedPath", expected: 'both peers behind one router, for a path that is "local"', found }];
}

/** A transport that no peer can use: nothing would meet the expectation, however good the server. */
function transportFaults(value: unknown, transport: unknown): Fault[] {
  const peersAt = (role: Role) => valueAt(value, ["peers", role, "iceServers"]);
  if (typeof transport === "string") {
    if (!isTransport(transport) || ROLES.some((role) => mayOffer(peersAt(role), transport))) return [];
    const expected = `a peer that has a TURN URL over ${transport}`;
    return [{ place: "expectedTransport", expected, found: `${show(transport)}, which neither has` }];
  }
  return ROLES.flatMap((role): Fault[] => {
    const own = valueAt(transport, [role]);
    if (!isTransport(own) || mayOffer(peersAt(role), own)) return [];
    const expected = `a transport of which peers.${role}.iceServers has a TURN URL`;
    return [{ place: `expectedTransport.${role}`, expected, found: show(own) }];
  });
}

function isTransport(value: unknown): value is TurnTransport {
  return value === "udp" || value === "tcp" || value === "tls";
}

/** Whether a peer's ICE servers hold a TURN URL over a transport, or are no list: that fault is told already. */
function mayOffer(iceServers: unknown, transport: TurnTransport): boolean {
  if (!Array.isArray(iceServers)) return true;
  return iceServers.some((ref: unknown) => {
    // A name: a server's, which has all transports, or an API's, whose answer is not known yet.
    if (!isRecord(ref)) return true;
    const isUsed = "server" in ref ? isKindOver : isUrlOver;
    return [ref.urls].flat().some((url: unknown) => isUsed(String(url), transport));
  });
}

/** `tcp:80` is TURN over TCP too; `stun` is no TURN. */
function isKindOver(kind: string, transport: TurnTransport): boolean {
  const parsed = parseIceUrlKind(kind);
  return parsed?.use === "turn" && parsed.transport === transport;
}

/** Of an entry as an application has it. */
function isUrlOver(url: string, transport: TurnTransport): boolean {
  const parsed = parseIceUrl(url);
  return "kind" in parsed && parsed.kind === "turn" && parsed.transport === transport;
}
