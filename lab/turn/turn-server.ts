import { randomBytes } from "node:crypto";
import type { MachineSize } from "../model/capacity.ts";
import type { PortRule } from "../model/firewall.ts";
import { declaredListeners, otherServerOf, relayPortsOf } from "../model/other-server.ts";
import type { OutsideServer } from "../model/outside-server.ts";
import { type CertificateFlaw, hostnameOf, type TurnServerSpec } from "../model/topology.ts";
import { listenersOf, portsToOpen, type TurnListener } from "../model/turn-listeners.ts";
import { tarOf } from "../runtime/archive.ts";
import { type PrometheusEndpoint, prometheusEndpoint } from "../turn-config/prometheus-endpoint.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";
import { configFiles } from "./config-files.ts";
import { type ConfiguredServer, withConfig } from "./configured-server.ts";
import { CERTIFICATE_PATH, coturnOptions, KEY_PATH, RELAY_PORTS } from "./coturn-config.ts";
import type { Credential } from "./credentials.ts";
import { isOpen } from "./listener-proof.ts";
import type { ServerImage } from "./server-images.ts";
import { coturnProgram, otherProgram, type ServerProgram } from "./server-program.ts";

/** A TURN server with everything decided: where it stands, what it is called, what opens it. */
export type TurnServerPlan = {
  name: string;
  /** By which clients know it: behind a router not its own. */
  address: string;
  /** All by which they do, of both families; the IPv4 one first. */
  addresses: string[];
  hostname: string;
  /** Further names that resolve to it and stand on its certificate. */
  aliases: readonly string[];
  /** What is wrong with that certificate; absent: nothing. */
  certificate?: CertificateFlaw;
  realm: string;
  /** Of time-limited credentials; with any, `credential` opens nothing. The first is what is minted with. */
  secrets: readonly string[];
  /** Between a minted user name's expiry and the rest of it. Default ":". */
  separator?: string;
  /** They are in a database of the server's, and can change while it runs. */
  areSecretsStored: boolean;
  /** What coturn's command line asks for, where it has one. */
  cliPassword?: string;
  /** What the peers present: another one only where a scenario says so. */
  credential: Credential;
  /** A coturn's turnserver.conf; of another server empty. */
  options: Record<string, string | number | boolean | string[]>;
  /** As the scenario names it. */
  image?: TurnServerSpec["image"];
  /** What was found there; absent where nobody looked. */
  found?: ServerImage;
  program: ServerProgram;
  /** What its container may use. Absent: all that there is. */
  size?: MachineSize;
  /** Of which each must answer, unless `firewall` or a router keeps the question out. */
  listeners: TurnListener[];
  /** What a cloud firewall in front of it lets in; absent: everything. */
  firewall?: readonly PortRule[];
  /** What the routers in front of it forward, each a list of its own; absent: there are none that do. */
  forwarded?: readonly (readonly PortRule[])[];
  /** IP TTL of the UDP datagrams that it sends, where the scenario says one; and how many routers would have to pass them. */
  sendsTtl?: number;
  routersAway?: number;
  /** Where its relay sockets are bound: behind a router not where the internet sends to. */
  relay: { address: string; minPort: number; maxPort: number };
  /** Where a coturn tells its counters, if its build does; null where it is not asked to. */
  prometheus: PrometheusEndpoint | null;
  /** Of a server that runs somebody's turnserver.conf. */
  configured?: ConfiguredServer;
  /** It runs elsewhere: there is no container of it, its options are unknown, and an uplink stands at `address`. */
  outside?: OutsideServer;
};

type Places = {
  nodes: Record<string, { interfaces: { address: string; ipv6?: { address: string } }[] }>;
  /** Of servers that stand behind a router. */
  serversInside?: Readonly<
    Record<string, { publicAddress: string; forwarded: readonly (readonly PortRule[])[] } | undefined>
  >;
};

/** What is asked of servers that does not stand in their own spec, by name. */
export type ServerWishes = {
  /** Ports that URLs name; each coturn listens there unless its options say otherwise. */
  ports?: Readonly<Record<string, readonly number[]>>;
  /** Servers whose secrets change while they run. */
  rotating?: ReadonlySet<string>;
  /** Servers whose allocations the lab ends itself. */
  cut?: ReadonlySet<string>;
  /** How many routers each datagram passes from there to whoever asks servers on the internet. Default: the core. */
  routersAway?: Readonly<Record<string, number>>;
};

/** `images`: what each server runs from, `configs`: somebody's turnserver.conf that it runs; by server. */
export function planTurnServers(
  specs: Record<string, TurnServerSpec>,
  places: Places,
  fresh: Credential,
  wishes: ServerWishes = {},
  images: Readonly<Record<string, ServerImage>> = {},
  configs: Readonly<Record<string, TurnConfig>> = {},
): Record<string, TurnServerPlan> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const [own] = places.nodes[name]?.interfaces ?? [];
      if (!own) throw new Error(`${name} has no address in the plan`);
      const aliases = spec.aliases ?? [];
      if (spec.outside) return [name, planOutside(name, spec, spec.outside, { address: own.address, fresh })];
      const inside = places.serversInside?.[name];
      const bound = own.ipv6 ? [own.address, own.ipv6.address] : [own.address];
      const addresses = inside ? [inside.publicAddress] : bound;
      const [address = ""] = addresses;
      const hostname = hostnameOf(name, spec.hostname);
      const realm = spec.realm ?? hostname;
      const { certificate, firewall, image, secrets = [] } = spec;
      const found = images[name];
      const auth = { secrets, areSecretsStored: wishes.rotating?.has(name) ?? false };
      const cli = wishes.cut?.has(name) ? { cliPassword: randomBytes(16).toString("hex") } : {};
      const place = { address: own.address, addresses: bound, publicAddress: address };
      const keyed = spec.keyRealm === undefined ? {} : { keyRealm: spec.keyRealm };
      const facts = { ...place, hostname, realm, ...keyed, credential: fresh, found, ...auth, ...cli };
      const { options, relay, listeners, program } =
        planOther(spec, facts) ?? planCoturn(spec, facts, wishes.ports?.[name]);
      const { sendsTtl } = spec;
      const gates = {
        ...(sendsTtl === undefined ? {} : { sendsTtl, routersAway: wishes.routersAway?.[name] ?? 1 }),
        ...(firewall ? { firewall } : {}),
        ...(inside && inside.forwarded.length > 0 ? { forwarded: inside.forwarded } : {}),
      };
      if (!listeners.some((listener) => isOpen(listener, gates))) {
        const gate = firewall ? "firewall" : inside ? "router" : "TTL";
        throw new Error(`the ${gate} of ${name} lets nobody in to any of its listeners: expected at least one of them`);
      }
      const credential = spec.credential ?? fresh;
      const plan: TurnServerPlan = {
        name,
        address,
        addresses,
        hostname,
        aliases,
        ...(certificate ? { certificate } : {}),
        realm,
        ...auth,
        ...cli,
        credential,
        options,
        prometheus: prometheusEndpoint(options),
        program,
        listeners,
        relay,
        ...(spec.size ? { size: spec.size } : {}),
        ...(image ? { image } : {}),
        ...(found ? { found } : {}),
        ...gates,
      };
      const config = configs[name];
      if (spec.config !== undefined && !config) throw new Error(`${name}: nobody has read ${spec.config}`);
      return [name, config ? withConfig(plan, config, spec, fresh) : plan];
    }),
  );
}

/** Without a name that holds inside as outside, its URLs carry the address that it has inside. */
function planOutside(
  name: string,
  { hostname, credential, aliases = [] }: TurnServerSpec,
  outside: OutsideServer,
  { address, fresh }: { address: string; fresh: Credential },
): TurnServerPlan {
  const { listeners } = outside;
  return {
    name,
    address,
    addresses: [address],
    hostname: hostname ?? address,
    aliases,
    realm: "",
    secrets: [],
    areSecretsStored: false,
    credential: credential ?? fresh,
    options: {},
    prometheus: null,
    program: { command: [], env: {}, files: [] },
    listeners,
    relay: { address, minPort: RELAY_PORTS.min, maxPort: RELAY_PORTS.max },
    outside,
  };
}

/** Addresses are its own, which it binds; the public one is how the internet knows it. */
type Facts = Pick<
  TurnServerPlan,
  "address" | "addresses" | "hostname" | "realm" | "credential" | "secrets" | "areSecretsStored" | "cliPassword"
> & {
  publicAddress: string;
  keyRealm?: string;
  found: ServerImage | undefined;
};
type Kind = Pick<TurnServerPlan, "options" | "relay" | "listeners" | "program">;

function planCoturn(spec: TurnServerSpec, facts: Facts, portsAsked: readonly number[] = []): Kind {
  const { publicAddress, ...own } = facts;
  const outside = publicAddress === own.address ? {} : { publicAddress };
  const configured = coturnOptions({ ...own, ...outside, version: own.found?.version ?? null }, spec.options);
  const options = withPortsAsked(configured, facts.address, portsAsked);
  const relay = relayOf(options, facts.address);
  return { options, relay, listeners: listenersOf(options), program: coturnProgram(options) };
}

/** Null where the server is a coturn. */
function planOther(spec: TurnServerSpec, { found, addresses, credential, ...facts }: Facts): Kind | null {
  const other = otherServerOf(spec);
  if (!other) return null;
  const { min, max } = relayPortsOf(other);
  const told = { ...facts, ...credential, addresses: addresses.join(","), minPort: String(min), maxPort: String(max) };
  return {
    options: {},
    relay: { address: facts.address, minPort: min, maxPort: max },
    listeners: declaredListeners(other),
    program: otherProgram(other, told, found?.command ?? []),
  };
}

type Options = TurnServerPlan["options"];

const numberOr = (value: Options[string] | undefined, fallback: number): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : fallback;

/** Where relay sockets are bound: the first relay-ip, else the address the server has. */
function relayOf(options: Options, address: string): TurnServerPlan["relay"] {
  const [relayIp] = [options["relay-ip"]].flat();
  return {
    address: typeof relayIp === "string" ? relayIp : address,
    minPort: numberOr(options["min-port"], RELAY_PORTS.min),
    maxPort: numberOr(options["max-port"], RELAY_PORTS.max),
  };
}

/** `aux-server` for every port that URLs name and the server does not have, at each of its listening addresses. */
function withPortsAsked(options: Options, address: string, asked: readonly number[]): Options {
  const ports = portsToOpen(options, asked);
  if (ports.length === 0) return options;
  const given = [options["listening-ip"]].flat().filter((ip) => typeof ip === "string");
  const addresses = given.length > 0 ? given : [address];
  const places = addresses.flatMap((ip) => ports.map((port) => `${ip.includes(":") ? `[${ip}]` : ip}:${port}`));
  return { ...options, "aux-server": places };
}

/**
 * The files a server's container starts from. Everybody in it may read them: that is the server, whichever user its image
 * gives it, and nobody else; and what they open lives as long as the run.
 */
export async function turnArchive(server: TurnServerPlan, ca: CertificateAuthority): Promise<Buffer> {
  if (server.configured) return tarOf(await configFiles(server, server.configured, ca));
  const { chainPem, keyPem } = await ca.issue(server.hostname, server.addresses, server.aliases, server.certificate);
  return tarOf([
    { path: CERTIFICATE_PATH, content: chainPem },
    { path: KEY_PATH, content: keyPem },
    ...server.program.files,
  ]);
}
