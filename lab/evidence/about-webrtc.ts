import { readPage } from "./firefox/page.ts";
import { isReport, readReport } from "./firefox/report.ts";
import { EvidenceError, type EvidenceFile, type EvidenceReader, type ReadEnd, type ReadEvidence } from "./reader.ts";
import { headOf, textOf } from "./text/decode.ts";
import { parseJson } from "./text/parse-json.ts";

/** What Firefox's about:webrtc saves ("Save Page") as HTML, or copies ("Copy Report") as JSON. */
export const aboutWebrtcReader: EvidenceReader = {
  kind: "about:webrtc dump",

  recognizes(file: EvidenceFile): boolean {
    const head = headOf(file);
    if (head === null) return false;
    if (/^\ufeff?\s*</.test(head)) return /about-?webrtc/i.test(head);
    return /^\ufeff?\s*[{[]/.test(head) && /"(iceCandidatePairStats|rawLocalCandidates)"\s*:/.test(head);
  },

  read(file: EvidenceFile): ReadEvidence {
    const { name } = file;
    const text = textOf(file);
    const notUnderstood: string[] = [];
    let ends: ReadEnd[];
    if (/^\ufeff?\s*</.test(text)) {
      if (!/<\/html>\s*$/i.test(text))
        notUnderstood.push(`${name}: the page is cut off: its end, with Firefox's log, is missing`);
      ends = readPage(name, text, notUnderstood);
    } else {
      const { value, isCut } = parseJson(name, text);
      if (isCut) notUnderstood.push(`${name}: it is cut off: what is whole of it was read`);
      const reports = Array.isArray(value) ? value : [value];
      ends = reports.flatMap((report, index) => (isReport(report) ? [readReport(name, report, index)] : []));
    }
    if (ends.length === 0)
      throw new EvidenceError(
        `${name}: this is an about:webrtc dump and holds not a single peer connection. Open about:webrtc while the page of the ` +
          "call is still open, or soon after, and save it without pressing Clear History.",
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
