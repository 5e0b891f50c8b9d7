import { type EndpointDependence, NAT_BEHAVIOURS } from "../../model/nat.ts";
import { keptMs, memoryOf, refreshEveryMs, type Translation } from "./translation.ts";

/** The kernel reserves buckets for so many entries, 1 MB a set; beyond them nothing new is remembered. */
const SIZE = 65_535;

const ADDRESS = "ipv4_addr";
const PORT = "inet_service";
const FLOW = `${ADDRESS} . ${PORT} . ${ADDRESS} . ${PORT}`;
/** From drawing a port to writing down whose it is, on a machine that stalls in between. */
const CLAIM_MS = 1_000;

/** How much of the far end counts: nothing, its address, or its address and port. */
export function remote<T>(dependence: EndpointDependence, address: T, port: T): T[] {
  if (dependence === "endpoint-independent") return [];
  return dependence === "address-dependent" ? [address] : [address, port];
}

/** Names of what a protocol's rules remember. */
export const setsOf = ({ protocol }: Pick<Translation, "protocol">) => ({
  /** Inside socket, and as much of the far end as the mapping depends on, to outside port. */
  mappings: `${protocol}_mappings`,
  /** Outside port to inside socket. */
  owners: `${protocol}_owners`,
  /** Outside port, and as much of the far end as the filtering depends on. */
  permissions: `${protocol}_permissions`,
  /** Outside ports that somebody takes at this very moment. */
  claims: `${protocol}_claims`,
  /** Outside port, and as much of the far end as the mapping depends on: whom the port's mapping is meant for. */
  towards: `${protocol}_towards`,
  /** Inside socket and far end of flows that have a mapping of their own, whoever begins them. */
  begun: `${protocol}_begun`,
  /** Inside socket and far end of flows that came by a mapping meant for others, and are answered by it. */
  answered: `${protocol}_answered`,
  /** The router's own flows, where a gate would take their answers for unsolicited. */
  own: `${protocol}_own`,
});

/** Flows that have refreshed their mappings lately. */
export const REFRESHED = "refreshed";

export const hasPermissions = (translation: Translation) =>
  memoryOf(translation) === "mappings" && translation.filtering !== "endpoint-independent";

/**
 * Whether a far end may come in by a mapping that is meant for another one: the same two sockets can have two flows then,
 * by two outside ports, which connection tracking takes for one as seen from inside.
 */
export const isOverlapping = (translation: Translation) => {
  const { mapping, filtering, addressing } = translation;
  const isLooser = NAT_BEHAVIOURS.indexOf(filtering) < NAT_BEHAVIOURS.indexOf(mapping);
  return memoryOf(translation) === "mappings" && addressing === "shared" && isLooser;
};

/** Whether inbound packets pass a gate of their own, because the kernel would let them keep a flow alive. */
export const isGated = (translation: Translation) =>
  memoryOf(translation) === "mappings" && translation.refreshedBy === "outbound";

/** The sets and maps that the rules fill as packets pass. */
export function declareSets(translations: readonly Translation[]): string[] {
  const remembering = translations.filter((translation) => memoryOf(translation) !== "nothing");
  const tracked = remembering.filter((translation) => memoryOf(translation) === "mappings");
  const refreshMs = Math.min(...tracked.map(({ lifetimeMs }) => refreshEveryMs(lifetimeMs)));
  const declarations = remembering.flatMap((translation) => {
    const { mapping, filtering, addressing } = translation;
    const names = setsOf(translation);
    const kept = keptMs(translation, refreshMs);
    const outside = addressing === "one-to-one" ? [ADDRESS, PORT] : [PORT];
    const mappingKey = [ADDRESS, PORT, ...remote(mapping, ADDRESS, PORT)];
    const permissionKey = [...outside, ...remote(filtering, ADDRESS, PORT)];
    return [
      ...(addressing === "one-to-one"
        ? []
        : [
            `map ${names.mappings} { type ${concat(mappingKey)} : ${PORT}; ${filled(kept)} }`,
            `map ${names.owners} { type ${PORT} : ${ADDRESS} . ${PORT}; ${filled(kept)} }`,
            `set ${names.claims} { type ${PORT}; ${filled(CLAIM_MS)} }`,
          ]),
      ...(hasPermissions(translation)
        ? [`set ${names.permissions} { type ${concat(permissionKey)}; ${filled(kept)} }`]
        : []),
      ...(isOverlapping(translation)
        ? [
            `set ${names.towards} { type ${concat([PORT, ...remote(mapping, ADDRESS, PORT)])}; ${filled(kept)} }`,
            `set ${names.begun} { type ${FLOW}; ${filled(kept)} }`,
            `set ${names.answered} { type ${FLOW}; ${filled(kept)} }`,
          ]
        : []),
      ...(isGated(translation)
        ? [`set ${names.own} { type ${PORT} . ${ADDRESS} . ${PORT}; ${filled(translation.lifetimeMs)} }`]
        : []),
    ];
  });
  return tracked.length === 0
    ? declarations
    : [...declarations, `set ${REFRESHED} { typeof ct id; ${filled(refreshMs)} }`];
}

export const concat = (parts: readonly string[]) => parts.join(" . ");

const filled = (keptFor: number) => `flags dynamic,timeout; timeout ${duration(keptFor)}; size ${SIZE};`;

const duration = (ms: number) => (ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`);
