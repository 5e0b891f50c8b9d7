import { AgentError } from "./agent-error.ts";
import { isAnsweredOverIpv4 } from "./ipv4-reach.ts";
import { serveJsonLines } from "./json-lines.ts";
import { discoverNat } from "./nat-discovery.ts";
import type { NatProbeOperations } from "./probe-protocol.ts";
import { TcpInbound } from "./tcp-inbound.ts";

/** The NAT probe: a process in a namespace of its own, two hosts in a router's LAN. Ends when stdin does. */
const inbound = new Map<string, TcpInbound>();

await serveJsonLines<NatProbeOperations>(
  {
    probe: discoverNat,
    "tcp-open": async (plan) => {
      const [reflector] = plan.reflector.addresses;
      await inbound.get(reflector)?.accepted();
      inbound.delete(reflector);
      const opened = await TcpInbound.open(plan);
      if (opened) inbound.set(reflector, opened);
      return { mapped: opened?.mapped ?? null };
    },
    "ipv4-answered": async ({ from, to, ms }) => ({ answered: await isAnsweredOverIpv4(from, to, ms) }),
    "tcp-accepted": async ({ reflector }) => {
      const opened = inbound.get(reflector);
      if (!opened) throw new AgentError("not_ready", "tcp-accepted needs a tcp-open before it");
      inbound.delete(reflector);
      return { from: await opened.accepted() };
    },
  },
  process.stdin,
  process.stdout,
);
process.exit(0);
