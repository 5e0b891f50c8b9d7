import type { ServerEvidence, ServerSession } from "../model/evidence.ts";
import { CoturnCollector, MAX_SESSIONS } from "./coturn/collect.ts";
import { readLine } from "./coturn/line.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEvidence } from "./reader.ts";
import { encodingOf } from "./text/decode.ts";
import { linesOf } from "./text/lines-of.ts";

/** How much of a file is looked at to tell what it is. */
const HEAD_BYTES = 256 * 1024;
/** Of the first lines, how many coturn must have written. */
const ENOUGH = 2;
/** Words of a session's line, by which coturn is found in a log that begins with others. */
const MARK = "incoming packet ";
/** A log of more containers is none of compose's. */
const MAX_CONTAINERS = 100;

/**
 * What a coturn log says, of whichever version and however wrapped; also of a slice of one. Never throws: where nothing is
 * coturn's, nothing is in it. Lines are numbered from 1 on, or from `firstLine`.
 */
export function readCoturnLog(lines: Iterable<string>, name: string, firstLine = 1): ServerEvidence {
  const collector = new CoturnCollector();
  let number = firstLine;
  for (const raw of lines) {
    collector.push(readLine(raw), { file: name, line: number });
    number++;
  }
  return collector.evidence(name);
}

/** The log of one coturn, or of several containers of which some are one. */
export const coturnLogReader: EvidenceReader = {
  kind: "coturn log",

  recognizes({ name, bytes }: EvidenceFile): boolean {
    const head = bytes.subarray(0, HEAD_BYTES);
    if (encodingOf(head) === null) return false;
    const isIn = (part: Uint8Array) =>
      [...collect(linesOf(part), name).values()].some(({ recognized }) => recognized >= ENOUGH);
    if (isIn(head)) return true;
    const mark = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(MARK, head.length);
    return mark !== -1 && isIn(bytes.subarray(mark - HEAD_BYTES / 2, mark + HEAD_BYTES / 2));
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
    const line = readLine(raw);
    const container = collectors.size < MAX_CONTAINERS || collectors.has(line.container) ? line.container : null;
    let collector = collectors.get(container);
    if (!collector) {
      collector = new CoturnCollector();
      collectors.set(container, collector);
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
