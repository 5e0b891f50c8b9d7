import { type AnyScenario, peersOf } from "./model/grid.ts";
import { INTERNET, isRawIceServer, type RouterSpec, type Topology, type TurnServerSpec } from "./model/topology.ts";
import { credentialFlawsOf } from "./scenario/credential-flaw-faults.ts";
import type { Fault } from "./scenario/fault.ts";
import { show } from "./scenario/fault.ts";
import { whyNotPublic } from "./scenario/public-address.ts";
import type { TurnConfig } from "./turn-config/read-config.ts";
import type { ServerPlace } from "./turn-config/server-place.ts";

/** What a file says itself, and a scenario must not say again. */
const OF_THE_FILE = ["options", "realm", "keyRealm", "secrets"] as const satisfies (keyof TurnServerSpec)[];

/**
 * A scenario in which `server` runs this file: it stands where the file's addresses want it, under the name and with the
 * listeners that the file gives it. Or every fault that lies between the two. Pure. `machine`: where it stands whatever the
 * file says, which may then be wrong about it.
 */
export function applyTurnConfig<S extends AnyScenario>(
  scenario: S,
  server: string,
  config: TurnConfig,
  machine?: ServerPlace,
): { scenario: S } | { faults: Fault[] } {
  const { routers = {}, turnServers = {} } = scenario.topology;
  const spec = turnServers[server] ?? {};
  const { facts } = config;
  const { publicAddress, privateAddress } = machine ?? facts.place;
  const faults = [
    ...ownWordFaults(server, spec),
    ...(machine ? [] : addressFaults(server, spec, config)),
    ...credentialFaults(config, spec),
    ...mintingFaults(server, scenario.topology, config),
    ...flawFaults(server, peersOf(scenario), config),
  ];
  const placed = placeBehind(server, spec, { routers, privateAddress });
  if ("fault" in placed) faults.push(placed.fault);
  if (faults.length > 0 || "fault" in placed) return { faults };

  const { configValues: _, ...rest } = spec;
  const hostname = spec.hostname ?? facts.hostname;
  const applied: TurnServerSpec = {
    ...rest,
    ...placed.server,
    config: config.file,
    // The file has said all that there is to listen on: a port that only a URL names is not opened for it.
    options: { "aux-server": false, ...facts.options },
    ...(publicAddress === null ? {} : { publicAddress }),
    ...(hostname === null ? {} : { hostname }),
    ...(facts.realm === "" ? {} : { realm: facts.realm }),
  };
  const topology: Topology = {
    ...scenario.topology,
    ...(placed.routers ? { routers: placed.routers } : {}),
    turnServers: { ...turnServers, [server]: applied },
  };
  return { scenario: { ...scenario, topology } };
}

function ownWordFaults(server: string, spec: TurnServerSpec): Fault[] {
  if (spec.outside) {
    const place = `topology.turnServers.${server}.outside`;
    return [
      {
        place,
        expected: "a server of the lab's: one that is deployed has its configuration",
        found: show(spec.outside),
      },
    ];
  }
  if (typeof spec.image === "object") {
    const place = `topology.turnServers.${server}.image`;
    return [{ place, expected: "a coturn: a turnserver.conf is of no use to another server", found: show(spec.image) }];
  }
  return OF_THE_FILE.filter((key) => spec[key] !== undefined).map((key) => ({
    place: `topology.turnServers.${server}.${key}`,
    expected: `no ${key} beside a turnserver.conf: the file runs as it is`,
    found: key,
  }));
}

function addressFaults(server: string, spec: TurnServerSpec, { file, facts }: TurnConfig): Fault[] {
  const { publicAddress, privateAddress } = facts.place;
  const faults: Fault[] = [];
  const why = publicAddress === null ? null : whyNotPublic(publicAddress);
  if (why !== null) {
    faults.push({
      place: file,
      expected: "the globally routable IPv4 address under which clients know the server (external-ip)",
      found: `${publicAddress}: ${why}`,
      hint: "Give its real public address: nothing leaves the lab.",
    });
  }
  for (const [key, wanted] of [
    ["publicAddress", publicAddress],
    ["privateAddress", privateAddress],
  ] as const) {
    if (spec[key] === undefined || wanted === null || spec[key] === wanted) continue;
    faults.push({
      place: `topology.turnServers.${server}.${key}`,
      expected: `${wanted}, as ${file} has it, or none`,
      found: show(spec[key]),
    });
  }
  return faults;
}

function credentialFaults({ file, facts: { credential } }: TurnConfig, spec: TurnServerSpec): Fault[] {
  if (credential.kind !== "hashed" || spec.credential) return [];
  return [
    {
      place: `${file}:${credential.line}`,
      expected: "a password that peers can present",
      found: "only keys (user=NAME:0x…), which give none away",
      hint: "Say it in the scenario: turnServers.NAME.credential: { username, password }.",
    },
  ];
}

/** An API whose credentials expire mints them with the shared secret of its servers. */
function mintingFaults(server: string, { iceServerApis = {} }: Topology, { file, facts }: TurnConfig): Fault[] {
  const { credential } = facts;
  if (credential.kind === "secret" || (credential.kind === "missing" && credential.what === "secret")) return [];
  const apis = Object.entries(iceServerApis).filter(
    ([, { provider, servers = [] }]) => provider !== "static" && servers.includes(server),
  );
  return apis.map(([api]) => ({
    place: file,
    expected: `use-auth-secret and a static-auth-secret: topology.iceServerApis.${api} mints time-limited credentials`,
    found: credential.kind === "open" ? "a server that asks for no credentials" : "a server with users",
  }));
}

/** What an application does wrong has to be something that this file's way of letting clients in can refuse. */
function flawFaults(
  server: string,
  peers: ReturnType<typeof peersOf>,
  { file, facts: { credential } }: TurnConfig,
): Fault[] {
  const isMinted = credential.kind === "secret" || (credential.kind === "missing" && credential.what === "secret");
  const legal = credential.kind === "open" ? [] : credentialFlawsOf(isMinted);
  return Object.entries(peers).flatMap(([peer, { iceServers }]) =>
    iceServers.flatMap((ref, index): Fault[] => {
      if (typeof ref === "string" || isRawIceServer(ref) || ref.server !== server) return [];
      const { credential: flaw } = ref;
      if (flaw === undefined || legal.includes(flaw)) return [];
      const expected = legal.length === 0 ? "none, as it asks for no credentials" : `one of ${legal.join(", ")}`;
      const place = `peers.${peer}.iceServers[${index}].credential`;
      return [{ place, expected: `${expected}: the server runs ${file}`, found: show(flaw) }];
    }),
  );
}

type Placed = { server: Partial<TurnServerSpec>; routers?: Record<string, RouterSpec> } | { fault: Fault };

/**
 * A server with an address of its own that is not its public one stands behind a router: the scenario's, where it names
 * one, else a cloud's one-to-one NAT that is made for it.
 */
function placeBehind(
  server: string,
  spec: TurnServerSpec,
  { routers, privateAddress }: { routers: Record<string, RouterSpec>; privateAddress: string | null },
): Placed {
  if (privateAddress === null) return { server: {} };
  const lan = `${privateAddress.split(".").slice(0, 3).join(".")}.0/24`;
  const { behind = INTERNET } = spec;
  if (behind !== INTERNET) {
    const router = routers[behind];
    if (!router) return { server: { privateAddress } };
    if (router.lan !== undefined && router.lan !== lan) {
      const place = `topology.routers.${behind}.lan`;
      return {
        fault: {
          place,
          expected: `${lan}, in which the server has ${privateAddress}, or none`,
          found: show(router.lan),
        },
      };
    }
    return { server: { privateAddress }, routers: { ...routers, [behind]: { ...router, lan } } };
  }
  const name = freeName(`${server.slice(0, 25)}-cloud`, routers);
  const { region } = spec;
  const cloud: RouterSpec = { nat: "cloud-1to1", lan, ...(region === undefined ? {} : { region }) };
  return { server: { behind: name, privateAddress, region: undefined }, routers: { ...routers, [name]: cloud } };
}

function freeName(wanted: string, routers: Record<string, RouterSpec>): string {
  return wanted in routers ? freeName(`${wanted}-1`, routers) : wanted;
}
