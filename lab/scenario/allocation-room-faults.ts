import { type AllocationScenario, CLIENTS } from "../model/allocation-load.ts";
import { arrivalsWithin, heldAtOnce } from "../model/held-at-once.ts";
import type { TurnTransport } from "../model/ice.ts";
import type { MachineRoom } from "../model/machine-room.ts";
import { NAT_PORTS } from "../model/nat.ts";
import { natBehaviour } from "../model/nat-presets.ts";
import { relayRange } from "../model/server-ports.ts";
import { INTERNET } from "../model/topology.ts";
import type { Fault } from "./fault.ts";

/**
 * What an idle allocation takes in coturn, and what an idle coturn does (measured, 4.6.1; over UDP 4.17.1 as well). Over TLS most of it is
 * OpenSSL's connection.
 */
const SERVER_BYTES_PER_ALLOCATION: Readonly<Record<TurnTransport, number>> = { udp: 22_000, tcp: 24_000, tls: 50_000 };
const SERVER_BYTES = 16_000_000;
/** In the generator (measured, lab/turn-load), with what an executor of k6 has beside each. */
const CLIENT_BYTES_PER_ALLOCATION: Readonly<Record<TurnTransport, number>> = { udp: 7_000, tcp: 9_000, tls: 65_000 };
/** Of the generator with its threads, of the rest of the lab, and of the harness. */
const LAB_BYTES = 512 * 2 ** 20;
/** What a process has open beside its sockets: files, pipes, listeners of each thread. */
const OTHER_FILES = 200;
/** How long connection tracking keeps a TCP connection that was closed (nf_conntrack_tcp_timeout_time_wait). */
const TIME_WAIT_MS = 120_000;

type Need = {
  /** At once, of all clients. */
  allocations: number;
  /** How that number comes about. */
  found: string;
};

/** More than the server, or the NAT in front of the clients, has room for by what the scenario says of them. Of one that is else right. */
export function allocationRoomFaults(scenario: AllocationScenario): Fault[] {
  const need = needOf(scenario);
  return [
    ...portFaults(scenario, need),
    ...quotaFaults(scenario, need),
    ...sizeFaults(scenario, need),
    ...natFaults(scenario),
  ];
}

/** More than the engine's machine has room for. */
export function machineRoomFaults(scenario: AllocationScenario, room: MachineRoom): Fault[] {
  const need = needOf(scenario);
  return [
    ...memoryFaults(scenario, need, room),
    ...fileFaults(scenario, need, room),
    ...connectionFaults(scenario, room),
  ];
}

function needOf({ load, allocation }: AllocationScenario): Need {
  const clients = heldAtOnce(load, allocation.holdMs);
  const each = allocationsEach(allocation);
  const allocations = clients * each;
  return { allocations, found: each === 1 ? `${clients}` : `${clients} clients × ${each} = ${allocations}` };
}

function allocationsEach({ relayTo }: AllocationScenario["allocation"]): number {
  return relayTo === "allocation" ? 2 : 1;
}

function specOf({ topology, allocation }: AllocationScenario) {
  return topology.turnServers?.[allocation.server] ?? {};
}

function portFaults(scenario: AllocationScenario, { allocations, found }: Need): Fault[] {
  const { min, max } = relayRange(specOf(scenario));
  const ports = max - min + 1;
  if (!(allocations > ports)) return [];
  return [
    {
      place: "load",
      expected: `at most ${ports} allocations at once: ${scenario.allocation.server} has the relay ports ${min} to ${max}`,
      found,
      hint: "A wider range from min-port to max-port, or fewer at once.",
    },
  ];
}

/** Without secrets all clients present one credential, and are one user; with them each allocation is another user's. */
function quotaFaults(scenario: AllocationScenario, { allocations, found }: Need): Fault[] {
  const { options = {}, secrets = [] } = specOf(scenario);
  return (["user-quota", "total-quota"] as const).flatMap((key): Fault[] => {
    const quota = Number(options[key] ?? 0);
    if (!(quota > 0) || allocations <= quota || (key === "user-quota" && secrets.length > 0)) return [];
    const who = key === "user-quota" ? ", and all clients present one credential" : "";
    const { server } = scenario.allocation;
    return [
      {
        place: "load",
        expected: `at most ${quota} allocations at once: ${server} has ${key} ${quota}${who}`,
        found,
        hint: `A higher ${key}, or fewer at once${key === "user-quota" ? '; with "secrets" each VU is a user of its own' : ""}. Past it the server answers 486.`,
      },
    ];
  });
}

function sizeFaults(scenario: AllocationScenario, { allocations, found }: Need): Fault[] {
  const { server, over } = scenario.allocation;
  const { memoryBytes, fileDescriptors } = specOf(scenario).size ?? {};
  const place = `topology.turnServers.${server}.size`;
  const bytes = serverBytes(allocations, over);
  const faults: Fault[] = [];
  if (memoryBytes !== undefined && memoryBytes < bytes) {
    faults.push({
      place: `${place}.memoryBytes`,
      expected: `at least ${mebibytes(bytes)} for ${allocations} allocations over ${over} at once, ${SERVER_BYTES_PER_ALLOCATION[over] / 1_000} KB each (${found})`,
      found: mebibytes(memoryBytes),
      hint: "More of it, or fewer at once. The kernel ends a server that has not enough.",
    });
  }
  if (fileDescriptors !== undefined && fileDescriptors < serverFiles(allocations, over)) {
    faults.push(tooFewFiles(`${place}.fileDescriptors`, scenario, allocations, fileDescriptors));
  }
  return faults;
}

/** Each client is a flow of its own, and a mapping lives on when it has gone. */
function natFaults(scenario: AllocationScenario): Fault[] {
  const { topology, allocation, load, clients } = scenario;
  return routersFrom(scenario, clients.behind).flatMap((name): Fault[] => {
    const router = topology.routers?.[name];
    if (!router) return [];
    const { portAllocation, addressing, mappingLifetimeMs } = natBehaviour(router.nat);
    if (addressing === "one-to-one") return [];
    const isBlock = typeof portAllocation === "object";
    const ports = isBlock ? portAllocation.portsPerSubscriber : NAT_PORTS.max - NAT_PORTS.min + 1;
    const lingerMs = allocation.over === "udp" ? mappingLifetimeMs : 0;
    const flows = flowsWithin(scenario, lingerMs);
    if (flows <= ports) return [];
    const why = isBlock ? `${name} gives each subscriber ${ports} ports` : `${name} has ${ports} outside ports`;
    const lives = lingerMs > 0 ? `, and a mapping lives ${lingerMs / 1_000} s without packets` : "";
    return [
      {
        place: "clients.behind",
        expected: `a router with an outside port for each client: ${why}${lives}`,
        found: `"${clients.behind}", and ${flows} sockets of ${load.executor} in that time`,
        hint: `Clients behind "${INTERNET}" need no mapping.`,
      },
    ];
  });
}

/** Sockets of clients that a router sees within the life of one and so much longer. */
function flowsWithin({ load, allocation }: AllocationScenario, lingerMs: number): number {
  const lastsMs = allocation.holdMs;
  const begun = arrivalsWithin(load, lastsMs + lingerMs, lastsMs);
  return Math.max(begun, heldAtOnce(load, lastsMs)) * allocationsEach(allocation);
}

/** Routers from a place out to the internet. */
function routersFrom({ topology }: AllocationScenario, place: string): string[] {
  const names: string[] = [];
  for (let at = place; at !== INTERNET && !names.includes(at); at = topology.routers?.[at]?.upstream ?? INTERNET)
    names.push(at);
  return names;
}

function memoryFaults(
  { allocation: { over } }: AllocationScenario,
  { allocations, found }: Need,
  { memoryBytes }: MachineRoom,
): Fault[] {
  const bytes = serverBytes(allocations, over) + allocations * CLIENT_BYTES_PER_ALLOCATION[over] + LAB_BYTES;
  if (bytes <= memoryBytes) return [];
  return [
    {
      place: "load",
      expected: `at least ${mebibytes(bytes)} of memory for ${allocations} allocations over ${over} at once, server, clients and lab (${found})`,
      found: `${mebibytes(memoryBytes)} that the engine's machine has`,
      hint: "Fewer at once, or a machine with more.",
    },
  ];
}

function fileFaults(scenario: AllocationScenario, { allocations }: Need, { fileDescriptors }: MachineRoom): Fault[] {
  const own = specOf(scenario).size?.fileDescriptors;
  const faults: Fault[] = [];
  const hint =
    'The engine gives a container no more: a higher nofile under "default-ulimits" in its daemon.json, or as LimitNOFILE of its service; or fewer at once.';
  if (fileDescriptors < allocations + OTHER_FILES) {
    const expected = `at least ${allocations + OTHER_FILES} open files for ${allocations} sockets of ${CLIENTS}`;
    faults.push({ place: "load", expected, found: `${fileDescriptors}`, hint });
  }
  if (own === undefined && fileDescriptors < serverFiles(allocations, scenario.allocation.over))
    faults.push({ ...tooFewFiles("load", scenario, allocations, fileDescriptors), hint });
  if (own !== undefined && own > fileDescriptors) {
    const place = `topology.turnServers.${scenario.allocation.server}.size.fileDescriptors`;
    faults.push({ place, expected: `at most ${fileDescriptors}`, found: `${own}`, hint });
  }
  return faults;
}

/**
 * coturn has a socket for each relay, and one for each client over TCP or TLS; clients over UDP share those of its listeners. Its own
 * word at its start, half as many sessions as it may open files, is that of TCP.
 */
function serverFiles(allocations: number, over: AllocationScenario["allocation"]["over"]): number {
  return allocations * (over === "udp" ? 1 : 2) + OTHER_FILES;
}

function tooFewFiles(place: string, { allocation }: AllocationScenario, allocations: number, has: number): Fault {
  const { server, over } = allocation;
  const each = over === "udp" ? "a relay socket each" : `a relay socket and a connection over ${over} each`;
  return {
    place,
    expected: `at least ${serverFiles(allocations, over)} open files of ${server} for ${allocations} allocations at once, ${each}`,
    found: `${has}`,
    hint: `More of them, or fewer allocations at once.${has < 1_000 ? "" : ` coturn itself calls ${has} enough for ${Math.floor(has / 1_000) * 500} sessions.`}`,
  };
}

/** Every router that keeps state has a flow for each client; that of a server one for each relay as well. */
function connectionFaults(scenario: AllocationScenario, { connections }: MachineRoom): Fault[] {
  if (connections === null) return [];
  const { allocation, clients, topology } = scenario;
  const places = [
    { place: "clients.behind", behind: clients.behind, each: 1 },
    {
      place: `topology.turnServers.${allocation.server}.behind`,
      behind: specOf(scenario).behind ?? INTERNET,
      each: allocation.relayTo === "none" ? 1 : 2,
    },
  ];
  return places.flatMap(({ place, behind, each }) => {
    const flows = routersFrom(scenario, behind).map((name) => {
      const router = topology.routers?.[name];
      const lifetimeMs = router ? natBehaviour(router.nat).mappingLifetimeMs : 0;
      return { name, count: each * flowsWithin(scenario, allocation.over === "udp" ? lifetimeMs : TIME_WAIT_MS) };
    });
    const over = flows.find(({ count }) => count > connections);
    if (!over) return [];
    return [
      {
        place,
        expected: `at most ${connections} flows, which this machine's connection tracking has room for`,
        found: `${over.count} flows through ${over.name}, those that are not forgotten yet among them`,
        hint: `sysctl net.netfilter.nf_conntrack_max=${over.count * 2} on the engine's machine, or fewer allocations in that time.`,
      },
    ];
  });
}

const serverBytes = (allocations: number, over: TurnTransport) =>
  SERVER_BYTES + allocations * SERVER_BYTES_PER_ALLOCATION[over];
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
