import type { ProxyAddress } from "../model/firewall.ts";
import type { RouterBehaviour } from "../model/observed-nat.ts";
import type { AddressPlan, InterfacePlan } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import { familyOf, isInside } from "./ipv6-plan.ts";

export type ProxyFacts = {
  /** The router's inside address, where it listens. */
  listen: string;
  port: number;
  /** The only network it serves, as `address/prefix`. */
  inside: string;
  connectPorts: readonly number[];
};

/** tinyproxy's configuration: CONNECT to those ports, for the LAN alone, and no header of its own. Pure. */
export function proxyConfig({ listen, port, inside, connectPorts }: ProxyFacts): string {
  // Without a ConnectPort line tinyproxy connects to every port.
  if (connectPorts.length === 0) throw new RangeError("a proxy needs at least one port that it may connect to");
  return [
    `Port ${port}`,
    `Listen ${listen}`,
    `Allow ${inside}`,
    ...connectPorts.map((allowed) => `ConnectPort ${allowed}`),
    "DisableViaHeader Yes",
    "MaxClients 1000",
    // A held call may be silent for long; closing it is not the proxy's to decide.
    "Timeout 86400",
    "LogLevel Error",
    "",
  ].join("\n");
}

/** How long a proxy may take to listen: it does within milliseconds; a stalled machine may need seconds. */
const LISTENS_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;

export type ProxiesInput = {
  fabric: Fabric;
  plan: AddressPlan;
  nats: Record<string, RouterBehaviour>;
  pids: Record<string, number>;
  onBroken: (reason: string) => void;
};

/**
 * Starts a tinyproxy on each router whose network has one, in the router's network namespace. It looks names up where
 * the router itself would, at its own next hop, through a resolv.conf that only it sees; this and its configuration
 * are in a tmpfs of its own, which is gone with it.
 */
export async function startProxies({ fabric, plan, nats, pids, onBroken }: ProxiesInput): Promise<void> {
  await Promise.all(
    Object.entries(nats).map(async ([router, { firewall }]) => {
      if (!firewall.proxy) return;
      const lan = lanOf(plan, router);
      const [gateway, netns] = [plan.nodes[router]?.gateway, pids[router]];
      if (!lan || !gateway || netns === undefined) throw new Error(`${router} has no place in the address plan`);
      // What is ahead of an IPv6-only router has no resolver of that family; the router's own has.
      const resolver = familyOf(gateway) === "ipv4" ? gateway : lan.address;
      const { port, connectPorts } = firewall.proxy;
      const config = proxyConfig({ listen: lan.address, port, inside: `${lan.address}/${lan.prefix}`, connectPorts });
      const script = [
        "mount -t tmpfs none /mnt",
        'printf %s "$1" > /mnt/tinyproxy.conf',
        'printf "nameserver %s\\n" "$2" > /mnt/resolv.conf',
        "mount --bind /mnt/resolv.conf /etc/resolv.conf",
        "exec tinyproxy -d -c /mnt/tinyproxy.conf",
      ].join(" && ");
      const argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", config, resolver];
      const proxy = await fabric.spawn(`proxy-${router}`, argv, { netns });
      const { promise: ended, reject } = Promise.withResolvers<never>();
      ended.catch(() => {});
      proxy.onEnd((stderr) => {
        const reason = `the HTTP proxy on ${router} ended: ${stderr.trim()}`;
        reject(new Error(reason));
        onBroken(reason);
      });
      await Promise.race([listens(fabric, netns, port), ended]);
    }),
  );
}

async function listens(fabric: Fabric, netns: number, port: number): Promise<void> {
  const look = `ss -Hlnt "sport = :${port}" | grep -q .`;
  const tries = Math.ceil(LISTENS_WITHIN_MS / LOOK_EVERY_MS);
  const script = `for i in $(seq ${tries}); do ${look} && exit 0; sleep ${LOOK_EVERY_MS / 1_000}; done; exit 1`;
  await fabric.exec(["sh", "-c", script], { netns });
}

/** What a peer is told: the proxy on its router, where that has one; its network then lets nothing else out. */
export function proxyFor(
  { plan, nats }: Pick<ProxiesInput, "plan" | "nats">,
  behind: string,
): ProxyAddress | undefined {
  const proxy = nats[behind]?.firewall.proxy;
  const lan = lanOf(plan, behind);
  return proxy && lan ? { host: lan.address, port: proxy.port } : undefined;
}

function lanOf(plan: AddressPlan, router: string): InterfacePlan | undefined {
  return plan.nodes[router]?.interfaces.find(({ name }) => isInside(name));
}
