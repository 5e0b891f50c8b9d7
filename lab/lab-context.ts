import type { RunEvent } from "./model/events.ts";
import type { Engine } from "./runtime/engine.ts";
import { holdArchive } from "./runtime/hold.ts";
import { CertificateAuthority } from "./turn/certificate-authority.ts";
import { type Credential, freshCredential } from "./turn/credentials.ts";
import { ServerImages } from "./turn/server-images.ts";

/** What every lab of a run shares. */
export type LabContext = {
  engine: Engine;
  /** Image references by name: fabric, router, coturn, hold, peer. */
  images: Record<string, string>;
  /** The init of servers' containers, as a tar to unpack at `/`. */
  hold: Buffer;
  /** What servers run from. */
  serverImages: ServerImages;
  runId: string;
  ca: CertificateAuthority;
  credential: Credential;
  /** Where the user's keys for real endpoints are; absent: a scenario that wants one is refused. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Authorities that peers trust beside the run's own and the public ones. */
  trustedPem?: string;
  /** Ends every lab of the run. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  /** Keeps what is seen beside what is measured, as a file of the run by its relative name. Absent: nobody wants it. */
  keepFile?: (file: string, content: string | Buffer) => void;
  /** What the wires of a lab carry is captured, and kept where it is asked for or where a scenario did not pass. Absent: not. */
  capture?: {
    /** `--capture`: whole packets, keys beside them, and browsers' own dumps; whatever comes of the scenario. */
    isAsked: boolean;
    /** Whether a scenario has come to what it must, by what has happened so far. */
    isPassed: (scenario: string) => boolean;
  };
  /**
   * What ends a scenario's load before its time, in words, `sinceMs` after its beginning; null: nothing. Absent: nobody looks.
   */
  abortsFor?: (scenario: string, sinceMs: number) => string | null;
  /** Takes what containers write besides messages: a server's log, a peer's stderr. */
  log: (scenario: string, node: string, text: string) => void;
};

type Given = Omit<LabContext, "ca" | "credential" | "hold" | "serverImages">;

/** What a run needs to start servers from any image, and to know what is in it. */
export async function prepareServerImages(
  {
    engine: { docker },
    images: { coturn = "", hold: holdImage = "" },
    runId,
  }: Pick<Given, "engine" | "images" | "runId">,
  say: (line: string) => void = () => {},
): Promise<Pick<LabContext, "hold" | "serverImages">> {
  const hold = await holdArchive(docker, holdImage, runId);
  return { hold, serverImages: new ServerImages({ docker, coturn, hold, runId, say }) };
}

/**
 * Adds what is fresh for every run: the authority that peers trust, and the credential that opens the servers. `servers`:
 * images that were looked into before the run began.
 */
export async function prepareContext(
  given: Given,
  servers?: Pick<LabContext, "hold" | "serverImages">,
): Promise<LabContext> {
  const [ca, own] = await Promise.all([
    CertificateAuthority.create(given.runId),
    servers ?? prepareServerImages(given),
  ]);
  return { ...given, ...own, ca, credential: freshCredential() };
}
