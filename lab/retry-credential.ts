import { type Attempt, credentialVariants, type ServerKeys } from "./credential-variants.ts";
import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { CredentialRetry } from "./model/credential-retry.ts";
import type { Topology } from "./model/topology.ts";
import { familyOf } from "./net/ipv6-plan.ts";
import { authorityOf } from "./prove-lab.ts";
import type { Credential } from "./turn/credentials.ts";
import { isOpen, targetOf } from "./turn/listener-proof.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

/** Per request; answers of the lab come within milliseconds. */
const REQUEST_TIMEOUT_MS = 1_000;

type Needs = {
  lab: Pick<StartedLab, "observerOf" | "secrets">;
  topology: Topology;
  context: Pick<LabContext, "ca" | "trustedPem" | "credential">;
};

/** What to try at this server again after it refused a credential. One outside of the lab is somebody's, and not asked again. */
export function attemptsAt(server: TurnServerPlan, presented: Credential, needs: Needs): Attempt[] {
  if (server.outside) return [];
  return credentialVariants(presented, keysOf(server, needs), Math.floor(Date.now() / 1000));
}

/** Asks with each of them from the lab's internet, side by side; each gives its allocation back at once. */
export async function retryCredential(
  server: TurnServerPlan,
  attempts: readonly Attempt[],
  { lab, context }: Needs,
): Promise<CredentialRetry[]> {
  const listener = BEST_FIRST.flatMap((transport) =>
    server.listeners.filter((one) => one.transport === transport && isOpen(one, server)),
  )[0];
  if (!listener) return [];
  const target = targetOf(server, listener, server.address, await authorityOf(server, context));
  const observer = lab.observerOf(familyOf(target.address));
  const asked = attempts.map(async ({ variant, ...credential }): Promise<CredentialRetry[]> => {
    try {
      const { outcome } = await observer.ask("turn-try", { ...target, ...credential, timeoutMs: REQUEST_TIMEOUT_MS });
      return [{ server: server.name, variant, outcome }];
    } catch {
      // Who asks is gone with the lab: nothing is known.
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}

const BEST_FIRST = ["udp", "tcp", "tls"] as const;

/** What the lab gave the server: its secrets as they are now, or its users as far as their passwords are known. */
function keysOf(plan: TurnServerPlan, { lab, topology, context }: Needs): ServerKeys {
  const { name, separator, options, configured, image } = plan;
  const secrets = lab.secrets.takenBy(name);
  const { keyRealm } = topology.turnServers?.[name] ?? {};
  const written = [options.user ?? []].flat().flatMap((user) => {
    const [, username = "", password = ""] = /^([^:]*):(.*)$/.exec(String(user)) ?? [];
    if (!password.startsWith("0x")) return [{ username, password }];
    return username === context.credential.username ? [context.credential] : [];
  });
  // A file that asks for users and has none is given this one; so is a server that is not coturn.
  const isGiven = configured !== undefined || typeof image === "object";
  const users = written.length > 0 || !isGiven ? written : [context.credential];
  return {
    secrets,
    users,
    ...(separator === undefined ? {} : { separator }),
    ...(keyRealm === undefined ? {} : { keyRealm }),
  };
}
