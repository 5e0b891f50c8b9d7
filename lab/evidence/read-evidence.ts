import type { EndEvidence, Evidence } from "../model/evidence.ts";
import { aboutWebrtcReader } from "./about-webrtc.ts";
import { applicationLogReader } from "./application-log.ts";
import { coturnLogReader } from "./coturn-log.ts";
import { type FileEnd, joinEnds } from "./ends/join-ends.ts";
import { byOutcome, callOutcome } from "./ends/outcome.ts";
import { getStatsReader } from "./get-stats.ts";
import { captureReader } from "./pcap.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEvidence } from "./reader.ts";
import { asPlainFile } from "./text/decode.ts";
import { webrtcInternalsReader } from "./webrtc-internals.ts";

/** In the order in which they are asked: the last takes any text that says something of ICE. */
export const READERS: readonly EvidenceReader[] = [
  captureReader,
  webrtcInternalsReader,
  aboutWebrtcReader,
  getStatsReader,
  coturnLogReader,
  applicationLogReader,
];

export type FileReport = { name: string; kind: string; understood: string; notUnderstood: string[] };

export type ReadCalls = {
  /** The call that failed, the first of them where there are several; servers and captures are every call's. */
  evidence: Evidence;
  /** The other calls of the same files, the worse first. */
  otherCalls: Evidence[];
  files: FileReport[];
};

/**
 * One call out of all that was sent about it.
 * @throws EvidenceError every fault of every file in one message; where nothing failed, that.
 */
export function readEvidence(files: readonly EvidenceFile[], readers: readonly EvidenceReader[] = READERS): ReadCalls {
  if (files.length === 0) throw new EvidenceError("expected at least one file of evidence, found none.");
  const faults: string[] = [];
  const read: { file: string; kind: string; said: ReadEvidence }[] = [];
  for (const file of files) {
    try {
      const plain = asPlainFile(file);
      const reader = readerOf(plain, readers);
      read.push({ file: file.name, kind: reader.kind, said: reader.read(plain) });
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      faults.push(error.message);
    }
  }
  if (faults.length > 0) throw new EvidenceError(faults.join("\n"));
  const told: FileEnd[] = read.flatMap(({ file, said }) => said.ends.map((end) => ({ file, end })));
  const { calls, notes } = joinEnds(told);
  const servers = read.flatMap(({ said }) => said.servers);
  const packets = read.flatMap(({ said }) => said.packets);
  calls.sort(byOutcome);
  if (servers.length + packets.length === 0 && calls.every((ends) => ends.every(saysNothing)))
    throw new EvidenceError(
      `${files.map(({ name }) => name).join(", ")}: expected candidates, states or errors of a call, found only lists of ` +
        "servers. Add what the call itself left: a dump of the browser, or the application's log.",
    );
  const reports = read.map(({ file, kind, said }) => ({
    name: file,
    kind,
    understood: said.understood,
    notUnderstood: [
      ...said.notUnderstood,
      ...notes.filter((note) => note.file === file).map(({ text }) => `${file}: ${text}`),
    ],
  }));
  if (servers.length + packets.length === 0 && calls.every((ends) => callOutcome(ends) === "connected"))
    throw nothingFailed(reports, calls.length);
  const [evidence = { ends: [], servers, packets, lab: null }, ...otherCalls] = calls.map(
    (ends): Evidence => ({ ends, servers, packets, lab: null }),
  );
  return { evidence, otherCalls, files: reports };
}

function readerOf(file: EvidenceFile, readers: readonly EvidenceReader[]): EvidenceReader {
  const reader = readers.find((one) => one.recognizes(file));
  if (reader) return reader;
  const found =
    file.bytes.byteLength === 0 ? "an empty file" : `${file.bytes.byteLength} bytes in which none of these is`;
  throw new EvidenceError(
    `${file.name}: expected ${readers.map(({ kind }) => kind).join(", ")}; found ${found}. ` +
      "Where it is an archive, unpack it; of a log, send the part with the call, with the lines that hold candidates or states.",
  );
}

const saysNothing = (end: EndEvidence): boolean =>
  [
    end.candidates,
    end.farCandidates,
    end.urlErrors,
    end.pairs,
    end.iceStates,
    end.connectionStates,
    end.descriptions,
  ].every((list) => list.length === 0) && end.failure === null;

const nothingFailed = (files: readonly FileReport[], calls: number) =>
  new EvidenceError(
    `expected a call that failed, found ${calls === 1 ? "one that" : `${calls} that all`} connected and did not lose the ` +
      `connection (${files.map(({ name, understood }) => `${name}: ${understood}`).join("; ")}). ` +
      "Save the dump after the call failed, before its page is closed.",
  );
