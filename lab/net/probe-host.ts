import { mergeRanges, type PortRange } from "../model/port-ranges.ts";
import type { ProbePlace } from "./address-plan.ts";
import type { NatProbeOperations } from "./agent/probe-protocol.ts";
import type { Fabric } from "./fabric.ts";
import { familyOf } from "./ipv6-plan.ts";
import { JsonProcess } from "./json-process.ts";
import { AGENT_FOLDER } from "./network.ts";
import { addAddress, everything, type Wiring } from "./wiring.ts";

const INTERFACE = "eth0";
/** Three questions for a neighbour (RFC 4861 section 10: MAX_MULTICAST_SOLICIT, RETRANS_TIMER), and the next three. */
const KNOWN_WITHIN_S = 5;
/** As the kernel writes them: whatever a router forwards, some are left. */
const EPHEMERAL = "1024\t65535";
/** The same for every probe: a router that was probed before still knows the address as this one's. */
const MAC = "02:74:75:72:6e:fe";

/**
 * A packet that a router sends back in with an inside address as its source would be dropped here as a martian, and look
 * like no hairpinning at all: both ends of it are addresses of this host. /proc/sys is read-only in a container, hence
 * a fresh proc mount, which shows the sysctls of this very namespace.
 */
const ACCEPT_LOCAL =
  "mount -t proc proc /mnt && echo 1 > /mnt/sys/net/ipv4/conf/all/accept_local && umount /mnt || exit 1";

/** A NAT probe's process and its wire. It moves from LAN to LAN: starting a process takes longer than probing. */
export class ProbeHost implements AsyncDisposable {
  readonly process: JsonProcess<NatProbeOperations>;
  /** The fabric tells processes apart by name, and a former one's end may still be on its way. */
  static #started = 0;
  readonly #fabric: Fabric;
  /** Ports that its sockets are not given; null before it was told. */
  #avoided: string | null = null;
  /** The fabric's end of its wire; null before it stands anywhere. */
  #port: string | null = null;

  private constructor(process: JsonProcess<NatProbeOperations>, fabric: Fabric) {
    this.process = process;
    this.#fabric = fabric;
  }

  /** Needs nothing but the fabric, so that it can be on its way while the network is built. */
  static async start(fabric: Fabric): Promise<ProbeHost> {
    ProbeHost.#started += 1;
    const name = `probe-${ProbeHost.#started}`;
    const argv = ["unshare", "--mount", "--", "sh", "-c", `${ACCEPT_LOCAL}; exec node ${AGENT_FOLDER}/nat-probe.js`];
    const process = new JsonProcess<NatProbeOperations>(name, await fabric.spawn(name, argv, { ownNetns: true }));
    return new ProbeHost(process, fabric);
  }

  /** Stands in that LAN from now on, and nowhere else. */
  async standAt(place: ProbePlace, wiring: Wiring): Promise<void> {
    const end = { pid: this.process.pid, interface: INTERFACE };
    const wire = this.#port
      ? `link set ${this.#port} master ${wiring.bridgeOf(place.segment)}\n`
      : wiring.plug([{ segment: place.segment, ...end }]);
    this.#port = wiring.devicesOf(end).port;
    await this.#fabric.exec(["ip", "-batch", "-"], { stdin: wire });
    await this.#fabric.exec(["ip", "-batch", "-"], { stdin: probeAddressing(place), netns: this.process.pid });
    await this.#beKnown(place);
  }

  /**
   * Lets the router find each IPv6 address of this host. It learns the one that asks for it from the question, and has to
   * ask for the others, which are deaf until the kernel has joined their multicast groups (RFC 4861 section 7.2.1). Once
   * nothing came back to a second address for the two seconds that a probe is patient, while the machine took another lab
   * apart. An answer that never comes is the probe's to judge.
   */
  async #beKnown({ address, secondAddress, gateway, beside }: ProbePlace): Promise<void> {
    const ways = [
      ...[address, secondAddress].map((own) => ({ own, gateway })),
      ...(beside?.addresses ?? []).map((own) => ({ own, gateway: beside?.gateway ?? "" })),
    ].filter(({ own }) => familyOf(own) === "ipv6");
    await Promise.all(
      ways.map(async ({ own, gateway }) => {
        const argv = ["ping", "-6", "-q", "-c", "1", "-i", "0.2", "-w", String(KNOWN_WITHIN_S), "-I", own, gateway];
        await this.#fabric.exec(argv, { netns: this.process.pid }).catch(() => {});
      }),
    );
  }

  /** From now on no socket of its is given one of these ports: a router that preserves ports would not preserve them. */
  async avoid(ranges: readonly PortRange[]): Promise<void> {
    const reserved = mergeRanges(ranges)
      .map(({ min, max }) => (min === max ? `${min}` : `${min}-${max}`))
      .join(",");
    if (reserved === (this.#avoided ?? "")) return;
    this.#avoided = reserved;
    await this.#fabric.sysctl(this.process.pid, {
      "net.ipv4.ip_local_port_range": EPHEMERAL,
      "net.ipv4.ip_local_reserved_ports": reserved,
    });
  }

  /**
   * Takes the wire away first: the kernel takes its time to end a namespace whose last process has gone, and what is left
   * in it would meanwhile answer for the next probe, which has the same addresses, with resets.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#port) await this.#fabric.exec(["ip", "link", "delete", this.#port]).catch(() => {});
    await this.process.kill();
  }
}

/** `ip -batch` text: two hosts on one interface. Taking it down forgets the routes and neighbours of another LAN. */
export function probeAddressing({ address, secondAddress, prefix, gateway, beside }: ProbePlace): string {
  return [
    "link set lo up",
    `link set ${INTERFACE} down`,
    `link set ${INTERFACE} address ${MAC}`,
    `addr flush dev ${INTERFACE}`,
    addAddress(address, prefix, INTERFACE),
    addAddress(secondAddress, prefix, INTERFACE),
    ...(beside?.addresses ?? []).map((own) => addAddress(own, beside?.prefix ?? 0, INTERFACE)),
    `link set ${INTERFACE} up`,
    `route add ${everything(gateway)} via ${gateway} dev ${INTERFACE}`,
    ...(beside ? [`route add ${everything(beside.gateway)} via ${beside.gateway} dev ${INTERFACE}`] : []),
    "",
  ].join("\n");
}
