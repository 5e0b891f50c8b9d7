import { EndDraft } from "./ends/draft.ts";
import { isRecord } from "./ends/unknown.ts";
import { addConfiguration } from "./internals/configuration.ts";
import { addSeries } from "./internals/series.ts";
import { addUpdates } from "./internals/updates.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEnd, type ReadEvidence } from "./reader.ts";
import { headOf, textOf } from "./text/decode.ts";
import { parseJson } from "./text/parse-json.ts";

/**
 * What chrome://webrtc-internals saves ("Download the PeerConnection updates and stats data"), of today's Chromium and of
 * those before 2023 (content/browser/resources/webrtc_internals/dump_creator.js, third_party/blink/renderer/modules/
 * peerconnection/peer_connection_tracker.cc).
 */
export const webrtcInternalsReader: EvidenceReader = {
  kind: "webrtc-internals dump",

  recognizes(file: EvidenceFile): boolean {
    const head = headOf(file);
    if (head === null || !/^\ufeff?\s*\{/.test(head)) return false;
    return (
      /"PeerConnections"\s*:/.test(head) || (/"getUserMedia"\s*:/.test(head) && /"(pid|UserAgent)"\s*:/.test(head))
    );
  },

  read(file: EvidenceFile): ReadEvidence {
    const { name } = file;
    const { value, isCut } = parseJson(name, textOf(file));
    const connections = isRecord(value) ? value.PeerConnections : undefined;
    if (!isRecord(connections) || Object.keys(connections).length === 0) throw nothingIn(name, isCut);
    const notUnderstood: string[] = isCut
      ? [
          `${name}: it is cut off: its end is missing, and with it what its last peer connection did later, or all that it did`,
        ]
      : [];
    const ends: ReadEnd[] = [];
    for (const [id, connection] of Object.entries(connections)) {
      const end = readConnection(file.name, id, connection, notUnderstood);
      if (end) ends.push(end);
    }
    if (ends.length === 0)
      throw new EvidenceError(
        `${name}: expected a peer connection with its events (updateLog), found ${Object.keys(connections).length} without. ` +
          "Open chrome://webrtc-internals before the call begins, and save it right after the call failed.",
      );
    return {
      understood: `${this.kind}, ${ends.length} peer connection${ends.length === 1 ? "" : "s"}`,
      ends,
      servers: [],
      packets: [],
      notUnderstood,
    };
  },
};

function readConnection(file: string, id: string, value: unknown, notUnderstood: string[]): ReadEnd | null {
  const path = `PeerConnections.${id}`;
  if (!isRecord(value)) {
    notUnderstood.push(`${file}: ${path}: expected an object, found ${JSON.stringify(value)?.slice(0, 40)}`);
    return null;
  }
  const log = Array.isArray(value.updateLog) ? value.updateLog : [];
  const stats = isRecord(value.stats) ? value.stats : {};
  if (log.length === 0 && Object.keys(stats).length === 0) {
    notUnderstood.push(`${file}: ${path}: it holds no events and no statistics`);
    return null;
  }
  if (log.length === 0)
    notUnderstood.push(`${file}: ${path}.updateLog: no events: states and errors of this one are not known`);
  const draft = new EndDraft(`peer connection ${id}`, { engine: "chromium" });
  addConfiguration(draft, value, { file, path });
  addUpdates(draft, log, { file, path }, notUnderstood);
  addSeries(draft, stats, { file, path }, notUnderstood);
  return draft.finish();
}

const nothingIn = (name: string, isCut: boolean) =>
  new EvidenceError(
    `${name}: this is a webrtc-internals dump and holds ${isCut ? "no whole peer connection: it is cut off" : "not a single peer connection"}. ` +
      "Open chrome://webrtc-internals before the call begins, in the same browser and profile, and save it while the page of " +
      "the call is still open: a page that is closed takes its peer connections with it.",
  );
