import type { Fabric } from "./fabric.ts";

const TABLE = "turnlab_ttl";

/**
 * The IP TTL of every UDP datagram that leaves a namespace, of either family; TCP keeps the system's. As sockets would set it
 * themselves (IP_TTL), which is how servers come to send one that ends at the first router. Pure.
 */
export function compileTtl(ttl: number): string {
  return [
    `table inet ${TABLE} {`,
    "  chain output {",
    "    type filter hook output priority mangle; policy accept;",
    `    meta nfproto ipv4 meta l4proto udp ip ttl set ${ttl}`,
    `    meta nfproto ipv6 meta l4proto udp ip6 hoplimit set ${ttl}`,
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Loads it into a server's namespace, and looks whether it is there. */
export async function loadTtl(fabric: Fabric, server: string, pid: number, ttl: number): Promise<void> {
  const loading = `nft -f - && nft list table inet ${TABLE}`;
  const listed = await fabric.exec(["sh", "-c", loading], { stdin: compileTtl(ttl), netns: pid });
  for (const wanted of [`ip ttl set ${ttl}`, `ip6 hoplimit set ${ttl}`]) {
    if (!listed.includes(wanted))
      throw new Error(`${server}: nft loaded without an error, but does not list ${wanted}:\n${listed}`);
  }
}
