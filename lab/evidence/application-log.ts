import { EndDraft } from "./ends/draft.ts";
import { addCandidates, findTold } from "./log/told-candidates.ts";
import { addErrors } from "./log/told-errors.ts";
import { addServers } from "./log/told-servers.ts";
import { addStates } from "./log/told-states.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEvidence } from "./reader.ts";
import { headOf, textOf } from "./text/decode.ts";

/** What an application, or somebody by hand, wrote down: candidates, SDP, states, errors, lists of servers, in any text. */
export const applicationLogReader: EvidenceReader = {
  kind: "text with ICE candidates, states or errors",

  recognizes(file: EvidenceFile): boolean {
    if (headOf(file) === null) return false;
    try {
      return isAny(collect(file).draft);
    } catch {
      // Too large: `read` says so.
      return true;
    }
  },

  read(file: EvidenceFile): ReadEvidence {
    const { draft, notUnderstood } = collect(file);
    if (!isAny(draft))
      throw new EvidenceError(`${file.name}: expected ICE candidates, states or errors of a call, found none of them.`);
    const end = draft.finish();
    const counted = [
      count(end.candidates.length, "candidate"),
      count(end.farCandidates.length, "far candidate"),
      count(end.iceStates.length + end.connectionStates.length, "state"),
      count(end.urlErrors.length, "error of a server", "errors of servers"),
      count(end.iceServers?.length ?? 0, "list of servers", "lists of servers"),
    ].filter((one) => one !== null);
    return { understood: `${this.kind}: ${counted.join(", ")}`, ends: [end], servers: [], packets: [], notUnderstood };
  },
};

function collect(file: EvidenceFile): { draft: EndDraft; notUnderstood: string[] } {
  const { name } = file;
  // A JSON in a JSON has its quotes escaped.
  const lines = textOf(file)
    .replaceAll(/\\+"/g, '"')
    .replaceAll(/\\r\\n|\\n/g, " ")
    .split(/\r?\n|\r/);
  const draft = new EndDraft("the end of the log");
  const notUnderstood: string[] = [];
  addStates(draft, lines, name);
  addErrors(draft, lines, name);
  addServers(draft, lines, name);
  addCandidates(draft, findTold(lines), name, notUnderstood);
  return { draft, notUnderstood };
}

const isAny = ({ end }: EndDraft): boolean =>
  end.candidates.length +
    end.farCandidates.length +
    end.iceStates.length +
    end.connectionStates.length +
    end.urlErrors.length >
    0 || (end.iceServers?.length ?? 0) > 0;

const count = (number: number, one: string, many = `${one}s`): string | null =>
  number === 0 ? null : `${number} ${number === 1 ? one : many}`;
