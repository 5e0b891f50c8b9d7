import { type AddressPlan, CORE_ADDRESS } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import { familyOf, isInside, NAT64_PREFIX, synthesize } from "./ipv6-plan.ts";

export type ResolversInput = {
  fabric: Fabric;
  plan: AddressPlan;
  pids: Record<string, number>;
  /** Names that resolve inside the lab, to addresses of either family. */
  hosts: Record<string, readonly string[]>;
  /** Nodes whose programs look names up. */
  peers: readonly string[];
  onBroken: (reason: string) => void;
};

/** A resolver answers within milliseconds of its start; a stalled machine may need seconds. */
const RESOLVE_TRIES = 100;
const RESOLVE_PAUSE_MS = 30;
/** Where dnsmasq listens behind unbound. */
const BEHIND_DNS64 = { address: "127.0.0.1", port: 5353 };

/**
 * Every gateway resolves the lab's names, as a home router does, and nothing else: an unknown name is NXDOMAIN at
 * once, never a query that leaves. Behind NAT64 there is DNS64 as well (RFC 6147): an answer that has only an IPv4
 * address gets an IPv6 one. dnsmasq cannot do that, and unbound does it to what comes from upstream: both run then.
 */
export async function startResolvers(input: ResolversInput): Promise<void> {
  const gateways = Object.values(input.plan.nodes).flatMap(({ name, interfaces }) => {
    const lan = interfaces.find((planned) => isInside(planned.name));
    return lan ? [{ name, listen: lan.address }] : [];
  });
  const all = [...input.plan.hubs.map((name) => ({ name, listen: CORE_ADDRESS })), ...gateways];
  await Promise.all(
    all.map(async ({ name, listen }) => {
      if (input.plan.ipOf[name] !== "nat64") return startDnsmasq(input, name, { address: listen, port: 53 });
      await startDnsmasq(input, name, BEHIND_DNS64);
      await startDns64(input, name, listen);
    }),
  );
}

async function startDnsmasq(
  { fabric, pids, hosts, onBroken }: ResolversInput,
  name: string,
  { address, port }: { address: string; port: number },
): Promise<void> {
  const names = Object.entries(hosts).flatMap(([host, own]) => own.map((one) => `--address=/${host}/${one}`));
  const resolver = await fabric.spawn(
    `resolver-${name}`,
    [
      "dnsmasq",
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--pid-file=",
      "--user=root",
      "--no-resolv",
      "--no-hosts",
      "--local=/#/",
      `--port=${port}`,
      `--listen-address=${address}`,
      "--bind-interfaces",
      "--log-facility=-",
      ...names,
    ],
    { netns: pidOf(pids, name) },
  );
  resolver.onEnd((stderr) => onBroken(`the resolver on ${name} ended: ${stderr.trim()}`));
}

async function startDns64({ fabric, pids, onBroken }: ResolversInput, router: string, listen: string): Promise<void> {
  const path = `/run/dns64-${router}.conf`;
  await fabric.exec(["sh", "-c", `cat > ${path}`], { stdin: dns64Config(listen) });
  const resolver = await fabric.spawn(`dns64-${router}`, ["unbound", "-d", "-p", "-c", path], {
    netns: pidOf(pids, router),
  });
  resolver.onEnd((stderr) => onBroken(`DNS64 on ${router} ended: ${stderr.trim()}`));
}

export function dns64Config(listen: string): string {
  return `server:
  interface: ${listen}
  access-control: ::/0 allow
  module-config: "dns64 iterator"
  dns64-prefix: ${NAT64_PREFIX}
  do-not-query-localhost: no
  # Built in as names that do not exist (RFC 6761 section 6.2); the lab's servers are called so.
  local-zone: "test." nodefault
  qname-minimisation: no
  num-threads: 1
  do-daemonize: no
  username: ""
  chroot: ""
  use-syslog: no
  logfile: ""
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: ${BEHIND_DNS64.address}@${BEHIND_DNS64.port}
`;
}

/**
 * Every peer looks a name of the lab up, as its programs will: through its own resolv.conf, from its own gateway. A
 * resolver that does not answer would otherwise be told as the server's failure.
 */
export async function proveNames({ fabric, plan, pids, hosts, peers }: ResolversInput): Promise<void> {
  await Promise.all(
    peers.map(async (peer) => {
      const known = knownName(plan, peer, hosts);
      if (!known) return;
      const target = String(pidOf(pids, peer));
      const database = familyOf(known.address) === "ipv6" ? "ahostsv6" : "ahostsv4";
      const lookup = ["nsenter", "--target", target, "--net", "--mount", "--", "getent", database, known.host];
      for (let tries = 1; ; tries++) {
        const found = await fabric.exec(lookup).catch((error: Error) => error);
        if (typeof found === "string" && found.split(/\s/).includes(known.address)) return;
        if (tries === RESOLVE_TRIES) {
          const what = typeof found === "string" ? `found ${found.trim()}` : found.message;
          throw new Error(`${peer} cannot resolve ${known.host} to ${known.address}: ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, RESOLVE_PAUSE_MS));
      }
    }),
  );
}

/** A name and the address by which a peer must come to know it; null when nothing in the lab has one it could use. */
export function knownName(
  plan: AddressPlan,
  peer: string,
  hosts: ResolversInput["hosts"],
): { host: string; address: string } | null {
  const [own] = plan.nodes[peer]?.interfaces ?? [];
  const found = Object.entries(hosts).map(([host, addresses]) => {
    const of = (family: "ipv4" | "ipv6") => addresses.find((address) => familyOf(address) === family);
    return { host, ipv4: of("ipv4"), ipv6: of("ipv6") };
  });
  if (!own) return null;
  if (familyOf(own.address) === "ipv4") {
    const first = found.find(({ ipv4 }) => ipv4);
    return first?.ipv4 ? { host: first.host, address: first.ipv4 } : null;
  }
  const router = plan.lanOf[peer]?.replace(/^lan-/, "") ?? "";
  // Where there is DNS64, an IPv4 server's name proves it.
  const synthesized = plan.ipOf[router] === "nat64" ? found.find(({ ipv4, ipv6 }) => ipv4 && !ipv6) : undefined;
  if (synthesized?.ipv4) return { host: synthesized.host, address: synthesize(synthesized.ipv4) };
  const native = found.find(({ ipv6 }) => ipv6);
  return native?.ipv6 ? { host: native.host, address: native.ipv6 } : null;
}

function pidOf(pids: Record<string, number>, name: string): number {
  const pid = pids[name];
  if (pid === undefined) throw new Error(`no container for ${name}`);
  return pid;
}
