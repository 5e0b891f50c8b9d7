import type { TransportAddress } from "../stun/transport-address.ts";
import type { Fabric } from "./fabric.ts";

/** One packet that came in at a node: by which protocol, to which of its ports, and from whom. */
export type Arrival = { protocol: "udp" | "tcp"; port: number; from: TransportAddress };

const PROTOCOLS = ["udp", "tcp"] as const;
const TABLE = "lab_arrivals";

/**
 * Sees what some hosts outside send to a node, in the node's own namespace: before any program there does, and without
 * taking a port that one of them wants to have.
 */
export class Arrivals implements AsyncDisposable {
  readonly #fabric: Fabric;
  readonly #pid: number;

  private constructor(fabric: Fabric, pid: number) {
    this.#fabric = fabric;
    this.#pid = pid;
  }

  static async watch(fabric: Fabric, pid: number, inside: string, from: readonly string[]): Promise<Arrivals> {
    const arrivals = new Arrivals(fabric, pid);
    await arrivals.#nft(["-f", "-"], arrivalRules(inside, from));
    return arrivals;
  }

  async seen(): Promise<Arrival[]> {
    return readArrivals(await this.#nft(["-j", "list", "table", "ip", TABLE]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nft(["delete", "table", "ip", TABLE]).catch(() => {});
  }

  #nft(argv: string[], stdin?: string): Promise<string> {
    const input = stdin === undefined ? {} : { stdin };
    return this.#fabric.exec(["nft", ...argv], { netns: this.#pid, ...input });
  }
}

/** Where the node is a router itself, its own translation comes later. */
export function arrivalRules(inside: string, from: readonly string[]): string {
  const sets = PROTOCOLS.map(
    (protocol) => `  set ${protocol}_seen { type inet_service . ipv4_addr . inet_service; flags dynamic; size 4096; }`,
  );
  const rules = PROTOCOLS.map((protocol) => {
    const packet = `${protocol} dport . ip saddr . ${protocol} sport`;
    return `    ip saddr { ${from.join(", ")} } ip daddr ${inside} update @${protocol}_seen { ${packet} }`;
  });
  return [
    `table ip ${TABLE}`,
    `delete table ip ${TABLE}`,
    `table ip ${TABLE} {`,
    ...sets,
    "  chain arrive {",
    "    type filter hook prerouting priority raw - 10; policy accept;",
    ...rules,
    "  }",
    "}",
    "",
  ].join("\n");
}

/** What `nft -j list table` says of the sets. */
export function readArrivals(json: string): Arrival[] {
  const { nftables } = JSON.parse(json) as { nftables: { set?: { name: string; elem?: unknown[] } }[] };
  return nftables.flatMap(({ set }) => {
    const protocol = PROTOCOLS.find((one) => `${one}_seen` === set?.name);
    if (!protocol) return [];
    return (set?.elem ?? []).map((element): Arrival => {
      const [port, address, sourcePort] = concatenated(element);
      return { protocol, port: Number(port), from: { address: String(address), port: Number(sourcePort) } };
    });
  });
}

function concatenated(element: unknown): unknown[] {
  const { concat, elem } = element as { concat?: unknown[]; elem?: { val: { concat: unknown[] } } };
  const found = concat ?? elem?.val.concat;
  if (!found) throw new Error(`expected an element of a set of arrivals, found ${JSON.stringify(element)}`);
  return found;
}
