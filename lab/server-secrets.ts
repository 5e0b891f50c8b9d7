import type { CredentialFlaw } from "./model/topology.ts";
import type { Credential } from "./turn/credentials.ts";
import { restCredential } from "./turn/credentials.ts";
import { flawedCredential } from "./turn/flawed-credential.ts";
import { storeSecrets } from "./turn/secret-store.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";
import type { ClientCredentials } from "./turn-load/protocol.ts";

/** Runs a program in a server's container, with variables that only it sees. */
export type RunIn = (server: string, argv: string[], environment: Record<string, string>) => Promise<string>;

/** What a credential lives for where nobody says: a day, as most who mint their own do. */
const USUAL_TTL_S = 86_400;
/** "Never", for a credential whose name has to say when. */
const FOREVER_S = 10 * 365 * 86_400;

/** What opens the servers of a lab: their own credential, or one minted for each who asks. Secrets may change meanwhile. */
export class ServerSecrets {
  readonly #servers: Readonly<Record<string, TurnServerPlan>>;
  readonly #runIn: RunIn;
  readonly #mintsWith = new Map<string, string>();
  readonly #taken = new Map<string, readonly string[]>();

  constructor(servers: Readonly<Record<string, TurnServerPlan>>, runIn: RunIn) {
    this.#servers = servers;
    this.#runIn = runIn;
  }

  /** `ttlSeconds`: null, never; below 0, expired already. A server without secrets has one credential, which lives on. */
  credentialFor(server: string, userId: string, ttlSeconds: number | null = USUAL_TTL_S): Credential {
    const { secrets, credential, separator } = this.#plan(server);
    const secret = this.#mintsWith.get(server) ?? secrets[0];
    if (secret === undefined) return credential;
    const expiresAtS = Math.floor(Date.now() / 1000) + (ttlSeconds ?? FOREVER_S);
    return restCredential(secret, { userId, expiresAtS, ...(separator === undefined ? {} : { separator }) });
  }

  /** For many clients at once, each a user of its own where there is a secret to mint with. They hold what opens the server. */
  credentialsForMany(server: string): ClientCredentials {
    const { secrets, credential, separator = ":" } = this.#plan(server);
    const secret = this.#mintsWith.get(server) ?? secrets[0];
    if (secret === undefined) return { kind: "shared", ...credential };
    return { kind: "minted", secret, separator, ttlSeconds: USUAL_TTL_S };
  }

  /** As an application presents it that does this wrong. */
  flawedCredentialFor(server: string, userId: string, flaw: CredentialFlaw): Credential {
    const { secrets, credential, separator } = this.#plan(server);
    const secret = this.#mintsWith.get(server) ?? secrets[0];
    return flawedCredential(flaw, { credential, secret, userId, separator, nowMs: Date.now() });
  }

  mintWith(server: string, secret: string): void {
    this.#mintsWith.set(server, secret);
  }

  /** Those that the running server takes, the first of them new ones. Empty: it has users. */
  takenBy(server: string): readonly string[] {
    return this.#taken.get(server) ?? this.#plan(server).secrets;
  }

  /** From when this resolves the running server takes these secrets, and no others. */
  async take(server: string, secrets: readonly string[]): Promise<void> {
    const plan = this.#plan(server);
    const before = this.#taken.get(server) ?? [];
    this.#taken.set(server, secrets);
    await storeSecrets(plan, { before, after: secrets }, (argv, environment) => this.#runIn(server, argv, environment));
  }

  #plan(server: string): TurnServerPlan {
    const plan = this.#servers[server];
    if (!plan) throw new Error(`no TURN server ${server} in the lab`);
    return plan;
  }
}
