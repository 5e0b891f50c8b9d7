import type { RunEvent } from "./model/events.ts";
import type { Engine } from "./runtime/engine.ts";
import { CertificateAuthority } from "./turn/certificate-authority.ts";
import { type Credential, freshCredential } from "./turn/credentials.ts";

/** What every lab of a run shares. */
export type LabContext = {
  engine: Engine;
  /** Image references by name: fabric, router, coturn, peer. */
  images: Record<string, string>;
  runId: string;
  ca: CertificateAuthority;
  credential: Credential;
  /** Where the user's keys for real endpoints are; absent: a scenario that wants one is refused. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Ends every lab of the run. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  /** Takes what containers write besides messages: a server's log, a peer's stderr. */
  log: (scenario: string, node: string, text: string) => void;
};

/** Adds what is fresh for every run: the authority that peers trust, and the credential that opens the servers. */
export async function prepareContext(given: Omit<LabContext, "ca" | "credential">): Promise<LabContext> {
  return { ...given, ca: await CertificateAuthority.create(given.runId), credential: freshCredential() };
}
