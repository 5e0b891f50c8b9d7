import type { ServerEvidence, ServerSession } from "../model/evidence.ts";
import { CoturnCollector, MAX_SESSIONS } from "./coturn/collect.ts";
import { readLine } from "./coturn/line.ts";
import { linesOf } from "./lines-of.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEvidence } from "./reader.ts";

/** How much of a file is looked at to tell what it is. */
const HEAD_BYTES = 256 * 1024;
/** Of the first lines, how many coturn must have written. */
const ENOUGH = 2;
/** Of a line, what is looked at: coturn's own are at most 1024 long. */
const MAX_LINE = 8192;

/**
 * What a coturn log says, of whichever version and however wrapped; also of a slice of one. Never throws: where nothing is
 * coturn's, nothing is in it. Lines are numbered from 1 on, or from `firstLine`.
 */
export function readCoturnLog(lines: Iterable<string>, name: string, firstLine = 1): ServerEvidence {
  const collector = new CoturnCollector();
  let number = firstLine;
  for (const raw of lines) {
    collector.push(readLine(raw.slice(0, MAX_LINE)), { file: name, line: number });
    number++;
  }
  return collector.evidence(name);
}

/** The log of one coturn, or of several containers of which some are one. */
export const coturnLogReader: EvidenceReader = {
  kind: "coturn log",

  recognizes({ name, bytes }: EvidenceFile): boolean {
    const head = bytes.subarray(0, HEAD_BYTES);
    if (isBinary(head)) return false;
    return [...collect(linesOf(head), name).values()].some(({ recognized }) => recognized >= ENOUGH);
  },

  read({ name, bytes }: EvidenceFile): ReadEvidence {
    const collectors = [...collect(linesOf(bytes), name)].filter(([, { recognized }]) => recognized > 0);
    const servers = collectors.map(([container, collector]) =>
      collector.evidence(container === null ? name : `${name} (${container})`),
    );
    const left = collectors.reduce((sum, [, one]) => sum + one.left, 0);
    const sessions = servers.flatMap((one) => one.sessions);
    if (sessions.length === 0 && servers.every(({ notes }) => notes.length === 0))
      throw new EvidenceError(
        `${name}: this is written by coturn, and no line of it is about a session or the server's start. Send the log of ` +
          "the time of the call, of a server that runs with `verbose` in turnserver.conf.",
      );
    return {
      understood: servers.map(inWords).join("; "),
      ends: [],
      servers,
      packets: [],
      notUnderstood: [
        ...(left > 0 ? [`${name}: ${left} sessions before the last ${MAX_SESSIONS} were left out`] : []),
        ...(sessions.length === 0 ? [`${name}: no line about a session: without \`verbose\` coturn writes none`] : []),
      ],
    };
  },
};

function collect(lines: Iterable<string>, name: string): Map<string | null, CoturnCollector> {
  const collectors = new Map<string | null, CoturnCollector>();
  let number = 0;
  for (const raw of lines) {
    number++;
    const line = readLine(raw.slice(0, MAX_LINE));
    let collector = collectors.get(line.container);
    if (!collector) {
      collector = new CoturnCollector();
      collectors.set(line.container, collector);
    }
    collector.push(line, { file: name, line: number });
  }
  return collectors;
}

function inWords({ version, sessions, name }: ServerEvidence): string {
  const refused = sessions.filter((one) => lastOf(one)).length;
  const rest = refused > 0 ? `, ${refused} that ended on an error` : "";
  return `coturn log${version ? ` of version ${version}` : ""} (${name}), ${sessions.length} sessions${rest}`;
}

const lastOf = ({ answers }: ServerSession): boolean => (answers.at(-1)?.errorNumber ?? 0) !== 0;

/** Neither text nor UTF-16, of which every second byte is zero. */
function isBinary(head: Uint8Array): boolean {
  const zeros = head.subarray(0, 4096).reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  return zeros > 0 && Math.abs(zeros - Math.min(head.length, 4096) / 2) > 16;
}
