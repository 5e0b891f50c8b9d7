import type { RunEvent } from "./model/events.ts";
import type { Engine } from "./runtime/engine.ts";
import type { CertificateAuthority } from "./turn/certificate-authority.ts";
import type { Credential } from "./turn/credentials.ts";

/** What every lab of a run shares. */
export type LabContext = {
  engine: Engine;
  /** Image references by name: fabric, router, coturn, peer. */
  images: Record<string, string>;
  runId: string;
  ca: CertificateAuthority;
  credential: Credential;
  /** Ends every lab of the run. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  /** Takes what containers write besides messages: a server's log, a peer's stderr. */
  log: (scenario: string, node: string, text: string) => void;
};
