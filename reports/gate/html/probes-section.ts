import type { GateReport } from "../../../lab/model/gate.ts";
import { PROBE_GROUPS, type ProbeGroup, type ProbeResult, type ProbeVerdict } from "../../../lab/model/probe.ts";
import { fold, html, type Markup, NOTHING_AT_ALL, table } from "../../html/markup.ts";
import { section } from "../../html/page/section.ts";
import { NOTHING } from "../../render/format.ts";
import { countProbes } from "../gate-words.ts";

const WORDS: Record<ProbeVerdict, string> = {
  ok: "✓ ok",
  weak: "✗ weak",
  unclear: "? unclear",
  "not-asked": "– not asked",
};
const GROUPS = Object.keys(PROBE_GROUPS) as ProbeGroup[];

/** What the running servers were asked, what a secure one answers, and what these did; weak answers are seen first. */
export function probesSection({ probes: { candidate, baseline } }: GateReport): Markup {
  if (candidate.length === 0) return NOTHING_AT_ALL;
  const counted = baseline.length === 0 ? "" : `; baseline: ${countProbes(baseline)}`;
  const isOpen = ({ verdict }: ProbeResult) => verdict === "weak" || verdict === "unclear";
  const groups = GROUPS.map((group) => {
    const own = candidate.filter((probe) => probe.group === group);
    const weak = own.filter(isOpen).length;
    return fold(
      `${group}: ${PROBE_GROUPS[group]} (${own.length}${weak > 0 ? `, ${weak} not ok` : ""})`,
      probeTable(`Probes: ${group}`, own, baseline),
    );
  });
  return section(
    "probes",
    "What the running server was asked",
    html`<p>candidate: ${countProbes(candidate)}${counted}</p>`,
    probeTable("Weak or unclear answers", candidate.filter(isOpen), baseline),
    html`${groups}`,
  );
}

function probeTable(caption: string, probes: readonly ProbeResult[], baseline: readonly ProbeResult[]): Markup {
  const hasBaseline = baseline.length > 0;
  return table(
    caption,
    [
      { title: "Question" },
      { title: "A secure server" },
      { title: "Candidate" },
      ...(hasBaseline ? [{ title: "Baseline" }] : []),
      { title: "Verdict" },
    ],
    probes.map((probe) => {
      const { title, url, expected, observed, hasReached, why, id } = probe;
      const other = baseline.find((one) => one.id === id && one.url === url);
      const reached = hasReached === true ? "; a listener behind it received the packet" : "";
      return [
        html`${title}${url === null ? "" : html` <code>${url}</code>`}`,
        expected,
        `${observed}${reached}${why === undefined ? "" : ` (${why})`}`,
        ...(hasBaseline ? [other ? (other.observed === observed ? "the same" : other.observed) : NOTHING] : []),
        verdictOf(probe),
      ];
    }),
  );
}

/** A weakness that nobody is hurt by is none to be alarmed at. */
function verdictOf({ verdict, severity }: ProbeResult): Markup {
  const kind = {
    ok: "passed",
    weak: severity === "error" ? "failed" : "undecided",
    unclear: "undecided",
    "not-asked": "",
  };
  return html`<span class="status ${kind[verdict]}">${WORDS[verdict]}${verdict === "weak" ? `, ${severity}` : ""}</span>`;
}
