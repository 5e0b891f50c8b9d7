import { askAdminPorts } from "../../probe/admin-ports.ts";
import { askAmplification } from "../../probe/amplification.ts";
import { askPeers } from "../../probe/ask-peers.ts";
import { askAuthentication } from "../../probe/authentication.ts";
import { askLifetimes } from "../../probe/lifetimes.ts";
import { askProtocol } from "../../probe/protocol.ts";
import { askRelayToRelay } from "../../probe/relay-to-relay.ts";
import { askTcpRelay } from "../../probe/tcp-relay.ts";
import { askTls } from "../../probe/tls.ts";
import type { Handlers } from "./json-lines.ts";
import type { ObserverOperations } from "./probe-protocol.ts";

/** Questions of `lab/probe`, asked from the agent's namespace. */
export const PROBES = {
  "probe-authentication": async (needs) => ({ results: await askAuthentication(needs) }),
  "probe-protocol": async (needs) => ({ results: await askProtocol(needs) }),
  "probe-tcp-relay": async ({ stream, credential, limits }) => ({
    results: await askTcpRelay(stream, credential, limits),
  }),
  "probe-relay-to-relay": async ({ target, credential, limits }) => ({
    results: await askRelayToRelay(target, credential, limits),
  }),
  "probe-lifetimes": async ({ target, credential, holdMs, limits }) => ({
    results: await askLifetimes(target, credential, holdMs, limits),
  }),
  "probe-tls": async ({ target, limits }) => ({ results: await askTls(target, limits) }),
  "probe-admin-ports": async ({ address, limits }) => ({ results: await askAdminPorts(address, limits) }),
  "probe-amplification": async ({ udp, limits }) => ({ results: await askAmplification(udp, limits) }),
  "probe-peers": askPeers,
} satisfies Partial<Handlers<ObserverOperations>>;
