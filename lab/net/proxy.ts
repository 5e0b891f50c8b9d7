import type { ProxyAddress } from "../model/firewall.ts";
import type { RouterBehaviour } from "../model/observed-nat.ts";
import type { AddressPlan, InterfacePlan } from "./address-plan.ts";
import type { Fabric, FabricProcess } from "./fabric.ts";
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

/** The proxies of a lab, by their routers. */
export class StartedProxies {
  readonly #input: ProxiesInput;
  readonly #running = new Map<string, RunningProxy>();

  private constructor(input: ProxiesInput) {
    this.#input = input;
  }

  /** Starts a proxy on each router whose network has one; returns when all listen. */
  static async start(input: ProxiesInput): Promise<StartedProxies> {
    const proxies = new StartedProxies(input);
    const routers = Object.entries(input.nats).flatMap(([router, { firewall }]) => (firewall.proxy ? [router] : []));
    await Promise.all(routers.map((router) => proxies.#start(router)));
    return proxies;
  }

  /** As at a reboot of its router: its tunnels are gone, and it listens again. Does nothing where there is none. */
  async restart(router: string): Promise<void> {
    const running = this.#running.get(router);
    if (!running) return;
    this.#running.delete(router);
    await running.process.kill();
    await running.ended;
    await this.#start(router);
  }

  async #start(router: string): Promise<void> {
    const { fabric, pids, nats, onBroken } = this.#input;
    const [netns, port] = [pids[router], nats[router]?.firewall.proxy?.port];
    if (netns === undefined || port === undefined) throw new Error(`no proxy planned for ${router}`);
    const process = await fabric.spawn(`proxy-${router}`, proxyArgv(router, this.#input), { netns });
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    const running = { process, ended };
    this.#running.set(router, running);
    process.onEnd((stderr) => {
      const reason = `the HTTP proxy on ${router} ended: ${stderr.trim()}`;
      resolve(reason);
      // Not where it was told to.
      if (this.#running.get(router) === running) onBroken(reason);
    });
    const tooEarly = ended.then((reason) => {
      throw new Error(reason);
    });
    await Promise.race([listens(fabric, netns, port), tooEarly]);
  }
}

type RunningProxy = { process: FabricProcess; ended: Promise<string> };

/**
 * A tinyproxy in the router's network namespace. It looks names up where the router itself would, at its own next hop,
 * through a resolv.conf that only it sees; this and its configuration are in a tmpfs of its own, which is gone with it.
 */
function proxyArgv(router: string, { plan, nats }: Pick<ProxiesInput, "plan" | "nats">): string[] {
  const lan = lanOf(plan, router);
  const gateway = plan.nodes[router]?.gateway;
  const proxy = nats[router]?.firewall.proxy;
  if (!lan || !gateway || !proxy) throw new Error(`${router} has no place in the address plan`);
  // What is ahead of an IPv6-only router has no resolver of that family; the router's own has.
  const resolver = familyOf(gateway) === "ipv4" ? gateway : lan.address;
  const { port, connectPorts } = proxy;
  const config = proxyConfig({ listen: lan.address, port, inside: `${lan.address}/${lan.prefix}`, connectPorts });
  const script = [
    "mount -t tmpfs none /mnt",
    'printf %s "$1" > /mnt/tinyproxy.conf',
    'printf "nameserver %s\\n" "$2" > /mnt/resolv.conf',
    "mount --bind /mnt/resolv.conf /etc/resolv.conf",
    "exec tinyproxy -d -c /mnt/tinyproxy.conf",
  ].join(" && ");
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", config, resolver];
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
