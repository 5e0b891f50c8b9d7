import { isDeepStrictEqual } from "node:util";
import type { IceUrlKind } from "../model/ice.ts";
import { ROLES, type Scenario } from "../model/scenario.ts";
import type { ScenarioThresholds } from "../model/thresholds.ts";
import { isRawIceServer, type OwnIceServer, type TurnServerSpec } from "../model/topology.ts";
import { kindsOf, ownServer, peersChanged, SECOND, serverChanged, TURN } from "./draft.ts";

/** What may mend a broken scenario: in one sentence, and as a change to it. */
type RepairSpec = { text: string; change: (scenario: Scenario) => Partial<Scenario> };

const withServer =
  (spec: Partial<TurnServerSpec>, name = TURN) =>
  (scenario: Scenario) =>
    serverChanged(scenario, name, spec);

/** Options of the server in the place of those it has; `undefined` takes one away. */
const withOptions =
  (options: Record<string, string | number | boolean | string[] | undefined>) =>
  (scenario: Scenario): Partial<Scenario> => {
    const own = { ...scenario.topology.turnServers?.[TURN]?.options, ...options };
    const left = Object.entries(own).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
    return serverChanged(scenario, TURN, { options: Object.fromEntries(left) });
  };

/** These kinds of URL beside those that both peers have. */
const withUrls =
  (...kinds: IceUrlKind[]) =>
  (scenario: Scenario): Partial<Scenario> => ({
    peers: peersChanged(scenario, ROLES, ({ iceServers }) => {
      const own = iceServers.flatMap((ref) => (isRawIceServer(ref) ? [] : kindsOf(ref)));
      return { iceServers: [ownServer([...new Set([...own, ...kinds])])] };
    }),
  });

const withoutFlaws = (scenario: Scenario): Partial<Scenario> => ({
  peers: peersChanged(scenario, ROLES, (peer) => ({
    flaws: undefined,
    iceServers: peer.iceServers.map((ref) =>
      typeof ref === "object" && "server" in ref ? { server: ref.server, urls: ref.urls } : ref,
    ),
  })),
});

const ownRef = (ref: unknown): ref is OwnIceServer => typeof ref === "object" && ref !== null && "server" in ref;

export const REPAIRS = {
  "add-turn": { text: "Give both peers a TURN server, over UDP.", change: withUrls("stun", "udp") },
  "add-turn-tls-443": { text: "Give both peers TURN over TLS on port 443.", change: withUrls("tls:443") },
  "add-turn-tcp": { text: "Give both peers TURN over TCP.", change: withUrls("tcp") },
  "add-turn-udp-443": { text: "Give both peers TURN over UDP on port 443.", change: withUrls("udp:443") },
  "open-server-firewall": {
    text: "Open the server's listening ports in the firewall in front of it.",
    change: withServer({ firewall: undefined }),
  },
  "open-relay-range": {
    text: "Open the relay range (UDP min-port to max-port) in the firewall in front of the server.",
    change: withServer({ firewall: undefined }),
  },
  "listen-there": {
    text: "Let the server listen on the port and transport that the URL names.",
    change: withOptions({ "no-udp": undefined, "no-tcp": undefined, "no-tls": undefined, "aux-server": undefined }),
  },
  "let-answers-live": {
    text: "Run a coturn whose answers live longer than one hop.",
    change: withServer({ sendsTtl: undefined }),
  },
  "right-certificate": {
    text: "Give the server a certificate that names it, is in date, and comes with its whole chain.",
    change: withServer({ certificate: undefined }),
  },
  "right-credential": { text: "Present a credential that the server takes.", change: withoutFlaws },
  "mend-client": { text: "Use a client that follows RFC 8656.", change: withoutFlaws },
  "right-realm": {
    text: "Make the stored key for the server's own realm.",
    change: withServer({ keyRealm: undefined }),
  },
  "raise-quota": {
    text: "Let the server give two allocations to each call.",
    change: withOptions({
      "user-quota": undefined,
      "total-quota": undefined,
      "max-bps": undefined,
      "bps-capacity": undefined,
    }),
  },
  "widen-relay-range": {
    text: "Give the server a hundred relay ports.",
    change: withOptions({ "min-port": 50_000, "max-port": 50_099 }),
  },
  "right-external-ip": {
    text: "Set external-ip to the address by which the internet reaches the server.",
    change: withOptions({ "external-ip": undefined }),
  },
  "allow-peers": { text: "Allow the peers that the call needs (allowed-peer-ip).", change: allowDenied },
  "allow-own-address": { text: "Allow the server's own address as a peer (allowed-peer-ip).", change: allowDenied },
  "deny-loopback-alone": {
    text: "Write denied-peer-ip=::1 instead of a range that begins at `::`.",
    change: withOptions({ "denied-peer-ip": "::1" }),
  },
  hairpin: {
    text: "Let the router of the TURN servers lead its own outside addresses back in (hairpinning).",
    change: ({ topology }) => ({
      topology: { ...topology, routers: { ...topology.routers, cloud: { nat: "cloud-1to1" as const } } },
    }),
  },
  "one-server": {
    text: "Let both ends use one TURN server.",
    change: (scenario) => ({
      peers: peersChanged(scenario, ROLES, ({ iceServers }) => ({
        iceServers: iceServers.map((ref) => (ownRef(ref) ? { ...ref, server: TURN } : ref)),
      })),
    }),
  },
  "admit-each-other": {
    text: "Let each server's firewall and ACL admit the other's relayed addresses.",
    change: (scenario) => {
      const first = serverChanged(scenario, TURN, { firewall: undefined, options: undefined });
      return serverChanged({ ...scenario, ...first }, SECOND, { firewall: undefined, options: undefined });
    },
  },
  "both-families": {
    text: "Give both peers a TURN server with IPv4 and IPv6.",
    change: (scenario) => ({ ...withServer({ ip: "dual" })(scenario), ...withUrls("stun", "udp")(scenario) }),
  },
  "reliable-signalling": {
    text: "Deliver every message of the signalling, at once and in order.",
    change: () => ({ signalling: undefined }),
  },
  "path-mtu": {
    text: "Let the path carry packets of 1500 bytes, or say that it does not (ICMP).",
    change: ({ topology }) => ({ topology: { ...topology, routers: withoutLinks(topology.routers) } }),
  },
  "keep-alive": { text: "Send keepalives on an idle call.", change: withoutFlaws },
  "restart-ice": { text: "Restart ICE when a call falls silent.", change: () => ({ recovery: { by: "ice-restart" } }) },
  "second-server": {
    text: "Give both peers a second TURN server, and restart ICE when a call falls silent.",
    change: (scenario) => ({
      ...serverChanged(scenario, SECOND, {}),
      peers: peersChanged(scenario, ROLES, ({ iceServers }) => ({
        iceServers: [...iceServers, ownServer(["stun", "udp"], SECOND)],
      })),
      recovery: { by: "ice-restart" },
    }),
  },
  "name-the-other": {
    text: "Name the alternate server in the list itself.",
    change: (scenario) => ({
      peers: peersChanged(scenario, ROLES, ({ iceServers }) => ({
        iceServers: iceServers.map((ref) => (ownRef(ref) ? { ...ref, server: SECOND } : ref)),
      })),
    }),
  },
  "longer-credential": {
    text: "Let the credential outlive the call.",
    change: ({ topology }) => ({ topology: { ...topology, iceServerApis: withLongLists(topology.iceServerApis) } }),
  },
  "raise-rate": {
    text: "Let an allocation carry what the call sends (max-bps).",
    change: withOptions({ "max-bps": undefined }),
  },
  "api-answers": {
    text: "Let the API that gives iceServers answer as it should.",
    change: ({ topology }) => ({ topology: { ...topology, iceServerApis: withoutFaults(topology.iceServerApis) } }),
  },
  "right-name": {
    text: "Use a name in the URL that resolves.",
    change: (scenario) => ({
      topology: { ...scenario.topology, deadHosts: undefined },
      peers: peersChanged(scenario, ROLES, () => ({ iceServers: [ownServer(["stun", "udp"])] })),
    }),
  },
} satisfies Record<string, RepairSpec>;

export type RepairName = keyof typeof REPAIRS;
export type Repair = { name: RepairName; text: string; scenario: Scenario };

const ALL_CONNECT: ScenarioThresholds = { session_success: ["rate==1"], dropped_sessions: ["count==0"] };

/** The scenario with one thing mended: every session must connect, and stay so. Null: it has that already. */
export function repair(broken: Scenario, name: RepairName): Repair | null {
  const { text, change }: RepairSpec = REPAIRS[name];
  const { expectedPath: _path, expectedFailure: _failure, thresholds: _thresholds, ...kept } = broken;
  const mended = withoutUndefined({ ...kept, ...change(broken) });
  if (isDeepStrictEqual(mended, withoutUndefined(kept))) return null;
  return { name, text, scenario: { ...mended, description: text, thresholds: ALL_CONNECT } };
}

/** The server allows what it denies: the whole of what the broken scenario denies is what its call needs. */
function allowDenied(scenario: Scenario): Partial<Scenario> {
  const denied = scenario.topology.turnServers?.[TURN]?.options?.["denied-peer-ip"];
  return denied === undefined ? {} : withOptions({ "allowed-peer-ip": denied })(scenario);
}

function withoutLinks(routers: Scenario["topology"]["routers"] = {}) {
  return Object.fromEntries(Object.entries(routers).map(([name, { link: _link, ...router }]) => [name, router]));
}

function withLongLists(apis: Scenario["topology"]["iceServerApis"] = {}) {
  return Object.fromEntries(Object.entries(apis).map(([name, api]) => [name, { ...api, ttlSeconds: 600 }]));
}

function withoutFaults(apis: Scenario["topology"]["iceServerApis"] = {}) {
  return Object.fromEntries(Object.entries(apis).map(([name, { faults: _faults, ...api }]) => [name, api]));
}

/** As it would be written: without the keys that were taken away. */
export const withoutUndefined = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
