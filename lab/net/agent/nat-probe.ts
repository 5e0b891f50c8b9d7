import { setTimeout as sleep } from "node:timers/promises";
import { BindingSocket } from "../../stun/binding-socket.ts";
import { AgentError } from "./agent-error.ts";
import { HeldMapping } from "./held-mapping.ts";
import { serveJsonLines } from "./json-lines.ts";
import { discoverNat, probeTcp } from "./nat-discovery.ts";
import type { NatProbeOperations, ReflectorPlan } from "./probe-protocol.ts";

/** The NAT probe: a process in a namespace of its own, a host in a router's LAN. Ends when stdin does. */
let held: HeldMapping | null = null;
let lastReflector: ReflectorPlan | null = null;

await serveJsonLines<NatProbeOperations>(
  {
    probe: ({ reflector }) => {
      lastReflector = reflector;
      return discoverNat(reflector);
    },
    "open-mapping": async ({ reflector = lastReflector }) => {
      if (!reflector) throw new AgentError("not_ready", "open-mapping needs a reflector, or a probe before it");
      await held?.close();
      held = null;
      held = await HeldMapping.open({ address: reflector.addresses[0], port: reflector.ports[0] });
      return { mapped: held.mapped };
    },
    listen: async ({ ms }) => {
      if (!held) throw new AgentError("not_ready", "listen needs an open-mapping before it");
      const from = await held.listen(ms);
      return { received: from !== null, from };
    },
    "udp-silent": async ({ to, ms }) => {
      await using socket = await BindingSocket.open();
      return { silent: (await socket.ask(to, { until: sleep(ms) })) === null };
    },
    "tcp-blocked": async ({ to, ms }) => ({ blocked: (await probeTcp(to, ms)) === null }),
  },
  process.stdin,
  process.stdout,
);
process.exit(0);
