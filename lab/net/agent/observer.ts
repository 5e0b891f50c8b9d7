import { formatTransportAddress } from "../../stun/transport-address.ts";
import { AgentError } from "./agent-error.ts";
import { challengeSources } from "./challenge-sources.ts";
import { ConnectingIn } from "./connect-in.ts";
import { holdAllocations } from "./hold-allocations.ts";
import { serveJsonLines } from "./json-lines.ts";
import { knock } from "./knock.ts";
import type { ObserverOperations } from "./probe-protocol.ts";
import { PROBES } from "./probes.ts";
import { Reflector } from "./reflector.ts";
import { checkRelay } from "./relay-check.ts";
import { waitForStun } from "./stun-ready.ts";
import { expectSilence } from "./stun-silence.ts";
import { tryCredential } from "./try-credential.ts";

/** The observer: a process in a namespace of its own, a host on the lab's internet. Ends when stdin does. */
let reflector: Reflector | null = null;
const connecting = new Map<string, ConnectingIn>();

await serveJsonLines<ObserverOperations>(
  {
    reflect: async ({ addresses, ports }) => {
      await reflector?.close();
      reflector = null;
      reflector = await Reflector.start({ addresses, ports });
      return {};
    },
    "stun-ready": ({ target, timeoutMs, retryMs }) => waitForStun(target, timeoutMs, retryMs),
    "expect-silence": async ({ target, durationMs }) => {
      await expectSilence(target, durationMs);
      return {};
    },
    "turn-try": tryCredential,
    ...PROBES,
    "hold-allocations": holdAllocations,
    "challenge-sources": (command) => {
      if (!reflector) throw new AgentError("not_ready", "challenge-sources needs the addresses of a reflect before it");
      return challengeSources(command, reflector.plan.addresses[1]);
    },
    "turn-relay-check": checkRelay,
    "connect-in": async (command) => {
      if (!reflector) throw new AgentError("not_ready", "connect-in needs the addresses of a reflect before it");
      connecting.set(formatTransportAddress(command.to), await ConnectingIn.begin(reflector.plan.addresses, command));
      return {};
    },
    knock: (command) => {
      if (!reflector) throw new AgentError("not_ready", "knock needs the addresses of a reflect before it");
      return knock(reflector.plan.addresses[0], command);
    },
    "connected-in": async ({ to }) => {
      const key = to && formatTransportAddress(to);
      const begun = connecting.get(key);
      if (!begun) throw new AgentError("not_ready", "connected-in needs a connect-in to the same address before it");
      connecting.delete(key);
      return begun.end();
    },
  },
  process.stdin,
  process.stdout,
);
process.exit(0);
