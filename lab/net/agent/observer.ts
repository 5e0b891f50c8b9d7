import { createSocket } from "node:dgram";
import { once } from "node:events";
import { AgentError } from "./agent-error.ts";
import { serveJsonLines } from "./json-lines.ts";
import type { ObserverOperations } from "./probe-protocol.ts";
import { Reflector } from "./reflector.ts";
import { checkRelay } from "./relay-check.ts";
import { waitForStun } from "./stun-ready.ts";

/** The observer: a process in a namespace of its own, a host on the lab's internet. Ends when stdin does. */
let reflector: Reflector | null = null;

await serveJsonLines<ObserverOperations>(
  {
    reflect: async ({ addresses, ports }) => {
      await reflector?.close();
      reflector = null;
      reflector = await Reflector.start({ addresses, ports });
      return {};
    },
    "stun-ready": ({ target, timeoutMs }) => waitForStun(target, timeoutMs),
    "turn-relay-check": checkRelay,
    "send-unsolicited": async ({ to, from = 1 }) => {
      if (!reflector) throw new AgentError("not_ready", "send-unsolicited needs the addresses of a reflect before it");
      const address = reflector.plan.addresses[from];
      const socket = createSocket("udp4");
      socket.bind(0, address);
      await once(socket, "listening");
      const { port } = socket.address();
      // Twice: a router that lets it in must not look strict because one was lost.
      for (let copy = 0; copy < 2; copy += 1) {
        await new Promise<void>((resolve) => socket.send("unsolicited", to.port, to.address, () => resolve()));
      }
      socket.close();
      return { from: { address, port } };
    },
  },
  process.stdin,
  process.stdout,
);
process.exit(0);
