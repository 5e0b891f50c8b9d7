import { type AnyScenario, isAllocations, isGrid } from "./model/grid.ts";
import type { OtherServer } from "./model/other-server.ts";
import type { Change, Scenario } from "./model/scenario.ts";
import { type IceServerRef, isRawIceServer, type Topology } from "./model/topology.ts";

/** Options whose text says where and how, never what opens it. Everything else that is text is masked. */
const SHOWN = new Set([
  "allowed-peer-ip",
  "aux-server",
  "cipher-list",
  "denied-peer-ip",
  "external-ip",
  "listening-ip",
  "realm",
  "relay-ip",
  "server-name",
]);

/** A scenario as the log may hold it: others read it, so it keeps no password, secret or key of any kind. */
export function withoutSecrets<S extends AnyScenario>(scenario: S): S {
  const { topology } = scenario;
  const servers = mapValues(topology.turnServers ?? {}, (server, name) => {
    const { credential, options, configValues, secrets, image, ...rest } = server;
    return {
      ...rest,
      // An address or a password: their names tell enough.
      ...(configValues ? { configValues: mapValues(configValues, () => "***") } : {}),
      ...(credential ? { credential: { username: credential.username, password: "***" } } : {}),
      ...(secrets ? { secrets: labels(topology, name, secrets) } : {}),
      ...(options ? { options: optionsWithoutSecrets(options) } : {}),
      ...(image ? { image: typeof image === "string" ? image : otherWithoutSecrets(image) } : {}),
    };
  });
  const apis = mapValues(topology.iceServerApis ?? {}, ({ keys, ...rest }) => ({
    ...rest,
    // A channel is a name, and the one that is wrong is what the scenario is about.
    ...(keys ? { keys: mapValues(keys, (value, key) => (key === "channel" ? value : "***")) } : {}),
  }));
  const shown = { ...topology, turnServers: servers, ...(topology.iceServerApis ? { iceServerApis: apis } : {}) };
  if (isAllocations(scenario)) return { ...scenario, topology: shown };
  const peers = mapValues(scenario.peers, (peer) => ({ ...peer, iceServers: peer.iceServers.map(shownRef) }));
  if (isGrid(scenario)) {
    const cells = scenario.cells.map(({ iceServers, ...cell }) => ({
      ...cell,
      ...(iceServers ? { iceServers: mapValues(iceServers, (refs) => refs?.map(shownRef)) } : {}),
    }));
    return { ...scenario, topology: shown, peers, cells };
  }
  const { changes, iceServerPolicy } = scenario as Scenario;
  const { fallback } = iceServerPolicy ?? {};
  return {
    ...scenario,
    topology: shown,
    peers,
    ...(changes ? { changes: changesWithoutSecrets(topology, changes) } : {}),
    ...(fallback ? { iceServerPolicy: { ...iceServerPolicy, fallback: fallback.map(shownRef) } } : {}),
  };
}

/** Options of a coturn as others may read them. */
export function optionsWithoutSecrets<T extends string | number | boolean | string[]>(
  options: Readonly<Record<string, T>>,
): Record<string, T | string> {
  return mapValues(options, shownOption);
}

/** Changes as the log may hold them: a secret is known by its number among those that its server begins with and gets. */
export function changesWithoutSecrets(topology: Topology, changes: readonly Change[]): Change[] {
  const known: Record<string, string[]> = {};
  const label = (server: string, secret: string) => {
    known[server] ??= [...(topology.turnServers?.[server]?.secrets ?? [])];
    if (!known[server].includes(secret)) known[server].push(secret);
    return `secret ${known[server].indexOf(secret) + 1}`;
  };
  return changes.map((change) => {
    if ("secrets" in change) return { ...change, secrets: change.secrets.map((one) => label(change.server, one)) };
    if ("mintsWith" in change) return { ...change, mintsWith: label(change.server, change.mintsWith) };
    return change;
  });
}

function labels(topology: Topology, server: string, secrets: readonly string[]): string[] {
  const [change] = changesWithoutSecrets(topology, [{ atMs: 0, server, secrets: [...secrets] }]);
  return change && "secrets" in change ? change.secrets : [];
}

function shownOption<T extends string | number | boolean | string[]>(value: T, key: string): T | string {
  const isText = typeof value === "string" || Array.isArray(value);
  // A number may come as text; nobody's secret is one.
  const isPublic = !isText || SHOWN.has(key) || /^\d{1,9}$/.test(String(value));
  return isPublic ? value : "***";
}

function shownRef(ref: IceServerRef): IceServerRef {
  return isRawIceServer(ref) && ref.credential !== undefined ? { ...ref, credential: "***" } : ref;
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}

/** Of a server that is not coturn nobody knows which argument, variable or line opens it. */
function otherWithoutSecrets({ command, env, files, ...rest }: OtherServer): OtherServer {
  const masked = (texts: Record<string, string>) => Object.fromEntries(Object.keys(texts).map((name) => [name, "***"]));
  return {
    ...rest,
    ...(command ? { command: command.map((word, index) => (index === 0 ? word : "***")) } : {}),
    ...(env ? { env: masked(env) } : {}),
    ...(files ? { files: masked(files) } : {}),
  };
}
