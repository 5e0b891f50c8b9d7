import { BlockList } from "node:net";

/** A route wider than this is a way out (a default route, or a VPN's two halves of it), not a net of the machine's. */
const WIDEST_NET = 8;

/**
 * Which of these nets (`a.b.c.d/prefix`) a machine uses itself, by the lines of its `ip -4 route show table all`, where
 * its own addresses stand as local routes.
 */
export function foreignNets(nets: readonly string[], routes: readonly string[]): string[] {
  const own = routes.flatMap((route) => {
    const [, address, prefix = "32"] = /^(?:[a-z]+ )?(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?(?: |$)/.exec(route) ?? [];
    return address !== undefined && Number(prefix) >= WIDEST_NET ? [{ address, prefix: Number(prefix) }] : [];
  });
  return nets.filter((net) => {
    const [address = "", prefix] = net.split("/");
    return own.some((one) => overlap(one, { address, prefix: Number(prefix) }));
  });
}

type Net = { address: string; prefix: number };

/** Two nets overlap where the narrower one's address is in the wider one. */
function overlap(one: Net, other: Net): boolean {
  const [wide, narrow] = one.prefix <= other.prefix ? [one, other] : [other, one];
  const list = new BlockList();
  list.addSubnet(wide.address, wide.prefix, "ipv4");
  return list.check(narrow.address, "ipv4");
}
