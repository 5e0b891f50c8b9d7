import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { PeerEngine } from "./model/engine.ts";

/** What a browser's dump is called by those who send one. */
const DUMP_FILES: Readonly<Partial<Record<PeerEngine, string>>> = {
  chromium: "webrtc-internals.json",
  firefox: "about-webrtc.html",
};

/** Asks every browser of a lab for its dump, where the run keeps them, and says what came of it. Never rejects. */
export async function keepDumps(
  scenario: string,
  { peers, engines }: Pick<StartedLab, "peers" | "engines">,
  { keepFile, capture, emit, signal }: Pick<LabContext, "keepFile" | "capture" | "emit" | "signal">,
): Promise<void> {
  // An interrupt takes the peers down at once.
  if (!keepFile || !capture?.isAsked || signal.aborted) return;
  const tell = (peer: string, file: string | null, note: string | null) =>
    emit({ type: "peer_dumped", at: Date.now(), scenario, peer, file, note });
  await Promise.all(
    Object.entries(peers).map(async ([peer, handle]) => {
      const kind = DUMP_FILES[engines[peer] ?? "werift"];
      if (kind === undefined) return;
      const { text, note } = await handle.dump();
      if (text === null) return tell(peer, null, note);
      const file = `dumps/${scenario}.${peer}.${kind}`;
      try {
        keepFile(file, text);
        tell(peer, file, note);
      } catch (error) {
        tell(peer, null, `it could not be written: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
}
