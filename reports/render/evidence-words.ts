import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { oneLine, plural } from "./format.ts";

type Evidence = ScenarioSummary["evidence"][number];

/** Of more kinds of packets only the most frequent are told. */
const TOLD = 3;

/** Which evidence there is and where, and what is missing of it; empty where nobody has to look. */
export function describeEvidence({ evidence, dropped }: Pick<ScenarioSummary, "evidence" | "dropped">): string[] {
  const of = (kind: Evidence["kind"]) => evidence.filter((one) => one.kind === kind);
  const captures = of("capture").filter(({ file }) => file !== null);
  const missing = evidence.filter(({ file }) => file === null);
  // Rules are there in any case: who passed needs no word of them.
  if (captures.length === 0 && missing.length === 0) return [];
  const notes = Map.groupBy(captures, ({ note }) => note ?? "");
  const bounds = [...notes].flatMap(([note, files]) =>
    note === "" ? [] : [files.length === captures.length ? note : `of ${files.map(nameOf).join(", ")}: ${note}`],
  );
  const wires = `captures: ${plural(captures.length, "wire")} in ${folderOf(captures)}`;
  return [
    ...(captures.length > 0 ? [bounds.length > 0 ? `${wires} (${bounds.join("; ")})` : wires] : []),
    ...of("keys").flatMap(({ file, node }) => (file ? [`keys of their TLS and DTLS, of ${node}: ${file}`] : [])),
    ...of("server-log").flatMap(({ node, file }) => (file ? [`log of ${node}: ${file}`] : [])),
    ...(of("rules").some(({ file }) => file !== null)
      ? [`routers' rules and counters before and after the load: ${folderOf(of("rules"))}`]
      : []),
    ...Object.entries(dropped).map(([router, counted]) => describeDropped(router, counted)),
    ...missing.map(({ kind, node, note }) => `no ${kind} of ${node}: ${note ?? "it was not there"}`),
  ].map(oneLine);
}

/** `office dropped udp out 3478 × 10, …`: what hosts inside sent is out, by its destination port. */
function describeDropped(router: string, { dropped, tooBig }: ScenarioSummary["dropped"][string]): string {
  const told = dropped.slice(0, TOLD).map(({ what, packets }) => `${what} × ${packets}`);
  const rest = dropped.slice(TOLD).reduce((sum, { packets }) => sum + packets, 0);
  const kinds = [...told, ...(rest > 0 ? [`${plural(rest, "packet")} to other ports`] : [])];
  const large = tooBig > 0 ? [`${plural(tooBig, "packet")} too large for a wire`] : [];
  return `${router} let not pass: ${[...kinds, ...large].join(", ")}`;
}

const nameOf = ({ file }: Evidence) => (file ?? "").split(".").slice(1, -1).join(".");

function folderOf(files: readonly Evidence[]): string {
  const [file = ""] = files.flatMap((one) => (one.file === null ? [] : [one.file]));
  return file.slice(0, file.lastIndexOf("/") + 1);
}
