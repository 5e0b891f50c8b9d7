import { type AnyScenario, isAllocations, isGrid } from "../model/grid.ts";
import type { IceUrlKind, TurnTransport } from "../model/ice.ts";
import { listenersFor } from "../model/outside-server.ts";
import { ROLES, type Role, type Scenario } from "../model/scenario.ts";
import { INTERNET, isRawIceServer, type Topology, type TurnServerSpec } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { type ChosenOutside, isLocalName } from "./outside-options.ts";
import { whyNotPublic } from "./public-address.ts";

/** What only a server has that the lab makes itself; its place and its names are the outside server's own anyway. */
const OWN_SERVER_ONLY = [
  "behind",
  "privateAddress",
  "config",
  "image",
  "secrets",
  "ip",
  "firewall",
  "size",
  "certificate",
  "realm",
  "keyRealm",
  "sendsTtl",
  "credential",
  "options",
] as const satisfies (keyof TurnServerSpec)[];

/**
 * The scenario with its one TURN server replaced by one that is deployed already, or every reason why it cannot be. What was
 * expected of a direct path by STUN becomes relayed: the server sees every peer at the machine's one address.
 */
export function withOutside(
  scenario: AnyScenario,
  outside: ChosenOutside,
): { scenario: Scenario } | { faults: Fault[] } {
  if (isGrid(scenario)) {
    const expected = "a scenario: what a grid's cells must come to is computed from the lab's own servers";
    return { faults: [{ place: "--turn-url", expected, found: "a grid" }] };
  }
  if (isAllocations(scenario)) {
    const expected =
      "a scenario of calls: a load of allocations is for the lab's own servers, which it can see and end";
    return { faults: [{ place: "--turn-url", expected, found: "a load of allocations" }] };
  }
  const servers = Object.entries(scenario.topology.turnServers ?? {});
  const [only] = servers;
  if (!only || servers.length > 1) {
    const found = servers.length === 0 ? "none" : servers.map(([name]) => name).join(", ");
    return {
      faults: [{ place: "topology.turnServers", expected: "exactly one server, for --turn-url to replace", found }],
    };
  }
  const [name, spec] = only;
  const faults = [
    ...serverFaults(name, spec),
    ...apiFaults(scenario.topology),
    ...certificateFaults(scenario.topology, outside),
    ...publicPeerFaults(scenario),
    ...iceServerFaults(scenario, outside),
    ...expectationFaults(scenario, name, outside),
  ];
  if (faults.length > 0) return { faults };
  const { expectedPath } = scenario;
  return {
    scenario: {
      ...scenario,
      topology: { ...scenario.topology, turnServers: { [name]: replacement(spec, scenario.topology, outside) } },
      ...(expectedPath === "direct" && !meetWithoutStun(scenario) ? { expectedPath: "relayed" } : {}),
    },
  };
}

/** Who deployed the server mints for it; no emulator can. */
function apiFaults({ iceServerApis = {} }: Topology): Fault[] {
  return Object.keys(iceServerApis).map((api) => ({
    place: `topology.iceServerApis.${api}`,
    expected: "no API: with --turn-url every peer is given that server and the one credential",
    found: "an API",
  }));
}

/** Its wire and its region stay: they are the lab's, and come on top of the way that is really there. */
function replacement({ link, region }: TurnServerSpec, topology: Topology, outside: ChosenOutside): TurnServerSpec {
  const { server, credential } = outside;
  const { host, address } = server;
  return {
    ip: "ipv4",
    credential,
    outside: server,
    ...(isRoutableInside(address, topology) ? { publicAddress: address } : {}),
    ...(host === address || isLocalName(host) ? {} : { hostname: host }),
    ...(link ? { link } : {}),
    ...(region === undefined ? {} : { region }),
  };
}

/**
 * Whether the lab's internet can carry the address as it is. Loopback is everybody's own; the lab's own blocks are taken; of
 * the private ones, those that peers have around themselves would not leave their LAN. The others stand in by another address.
 */
function isRoutableInside(address: string, { routers = {} }: Topology): boolean {
  if (whyNotPublic(address) === null) return true;
  const isPrivate = /^(10\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
  // A LAN of the scenario's own may be any private one.
  return isPrivate && Object.values(routers).every(({ lan }) => lan === undefined);
}

/** Where one peer's way out passes the LAN of the other, host candidates meet, whatever STUN says; so they do over IPv6. */
function meetWithoutStun({ topology, peers }: Scenario): boolean {
  const { routers = {} } = topology;
  const networksOf = (role: Role): string[] => {
    const networks: string[] = [];
    for (let at = peers[role].behind; !networks.includes(at); at = routers[at]?.upstream ?? INTERNET) networks.push(at);
    return networks;
  };
  const [one, other] = [networksOf("offerer"), networksOf("answerer")];
  const hasIpv6 = (role: Role) => (routers[peers[role].behind]?.ip ?? "ipv4") !== "ipv4";
  return one.includes(peers.answerer.behind) || other.includes(peers.offerer.behind) || ROLES.every(hasIpv6);
}

function serverFaults(name: string, spec: TurnServerSpec): Fault[] {
  return OWN_SERVER_ONLY.filter((key) => spec[key] !== undefined).map((key) => ({
    place: `topology.turnServers.${name}.${key}`,
    expected: "nothing, where --turn-url replaces the server: only the lab's own has it",
    // Some of them hold secrets.
    found: `the key "${key}"`,
  }));
}

/** A certificate names what the URL does; an address that cannot be the same inside is none. */
function certificateFaults(topology: Topology, { server: { host, address, listeners } }: ChosenOutside): Fault[] {
  const isNamed = host !== address && !isLocalName(host);
  if (isNamed || isRoutableInside(address, topology) || !listeners.some(({ transport }) => transport === "tls"))
    return [];
  const expected = "a turns: URL by the name that the server's certificate has";
  const hint = "The lab's internet cannot carry this address: another one stands for it, which no certificate names.";
  return [{ place: "--turn-url", expected, found: host, hint }];
}

/**
 * A relay sends to whatever address a candidate has. A peer behind a router has private ones and what STUN says, which is the
 * machine's; one on the lab's internet has one that belongs to somebody on the real one.
 */
function publicPeerFaults({ peers }: Scenario): Fault[] {
  return ROLES.flatMap((role): Fault[] => {
    if (peers[role].behind !== INTERNET) return [];
    return [
      {
        place: `peers.${role}.behind`,
        expected: "a router, where --turn-url replaces the server",
        found: show(INTERNET),
        hint: "On the real internet the lab's public addresses are other people's, and the server's relays would send to them.",
      },
    ];
  });
}

/** What peers are given, of which the outside server has nothing to offer. */
function iceServerFaults({ peers }: Scenario, { server }: ChosenOutside): Fault[] {
  return ROLES.flatMap((role) =>
    peers[role].iceServers.flatMap((ref, index): Fault[] => {
      const place = `peers.${role}.iceServers[${index}]`;
      if (typeof ref === "string") return [];
      if (isRawIceServer(ref)) {
        const expected = "a server by its name, for --turn-url to replace";
        return [{ place, expected, found: show([ref.urls].flat()) }];
      }
      if (ref.credential !== undefined) {
        const expected = "none, where --turn-url replaces the server: peers present its own credential";
        return [{ place: `${place}.credential`, expected, found: show(ref.credential) }];
      }
      const missing = ref.urls.filter((kind) => listenersFor(kind, server.listeners).length === 0);
      return missing.map((kind) => ({
        place: `${place}.urls`,
        expected: `a --turn-url ${overTransport(kind)}`,
        found: offered(server),
      }));
    }),
  );
}

function overTransport(kind: IceUrlKind): string {
  return kind === "stun" ? "over UDP, where STUN is asked as well" : `over ${kind.replace(/:.*/, "").toUpperCase()}`;
}

function offered({ listeners }: ChosenOutside["server"]): string {
  return listeners.map(({ transport, port }) => `${transport}:${port}`).join(", ");
}

function expectationFaults({ expectedTransport, changes = [] }: Scenario, name: string, { server }: ChosenOutside) {
  const wanted: [string, TurnTransport | undefined][] =
    typeof expectedTransport === "string"
      ? [["expectedTransport", expectedTransport]]
      : ROLES.map((role) => [`expectedTransport.${role}`, expectedTransport?.[role]]);
  return [
    ...wanted.flatMap(([place, transport]): Fault[] => {
      if (transport === undefined || listenersFor(transport, server.listeners).length > 0) return [];
      return [{ place, expected: `a --turn-url over ${transport.toUpperCase()}`, found: offered(server) }];
    }),
    ...changes.flatMap((change, index): Fault[] => {
      const target = "server" in change ? change.server : "node" in change ? change.node : null;
      if (target !== name) return [];
      const expected = "a change of a peer or a router, where --turn-url replaces the server";
      return [{ place: `changes[${index}]`, expected, found: show(target) }];
    }),
  ];
}
