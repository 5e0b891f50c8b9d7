import type { EventOf, RunEvent } from "../../lab/model/events.ts";
import type { Summary } from "../../lab/model/summary.ts";
import { formatDuration, formatMebibytes, oneLine, plural } from "../render/format.ts";
import { html, type Markup, NOTHING_AT_ALL, table } from "./markup.ts";

/** What ran where, how to repeat it, and what its figures are and cannot tell. */
export function aboutSection(summary: Summary, events: readonly RunEvent[]): Markup {
  const { runId, startedAt, durationMs } = summary;
  const started = events.find((event): event is EventOf<"run_started"> => event.type === "run_started");
  return html`<section class="about" aria-labelledby="about"><h2 id="about">About this run</h2>
<p>Run <code>${runId}</code>, started ${startedAt}, took ${formatDuration(durationMs)}.</p>
${machine(summary, started)}
${repeat(summary, started)}
${limits(summary)}</section>`;
}

function machine({ harness, engine }: Summary, started: EventOf<"run_started"> | undefined): Markup {
  const { os, architecture, cgroupVersion, memoryBytes } = started?.engine ?? {};
  const rows = [
    ["turnlab", harness.turnlab],
    ["Node", harness.node],
    ["Docker engine", engine.version],
    ["Machine", `${plural(engine.cpus, "CPU")}${memoryBytes === undefined ? "" : `, ${formatMebibytes(memoryBytes)}`}`],
    ["System", [os, `Linux ${engine.kernel}`, architecture, cgroupVersion && `cgroup v${cgroupVersion}`]],
  ];
  return table(
    "Versions and machine",
    [{ title: "What" }, { title: "Which" }],
    rows.map(([what, which]) => [what, Array.isArray(which) ? which.filter(Boolean).join(", ") : which]),
  );
}

function repeat({ runId, scenarios }: Summary, started: EventOf<"run_started"> | undefined): Markup {
  const words = started?.command ?? ["run", ...scenarios.map(({ name }) => name)];
  const isRedacted = words.some((word) => word.includes("***"));
  const given = isRedacted
    ? html` <code>***</code> stands for what the log does not keep: put it in again.`
    : NOTHING_AT_ALL;
  const guessed = started?.command ? NOTHING_AT_ALL : html` The log does not say with which options it ran.`;
  return html`<h3>To repeat it</h3>
<ul><li>The run: <code>${commandLine(words)}</code>.${given}${guessed}</li>
<li>These reports, from its log alone, without Docker: <code>${commandLine(["report", runId])}</code>.</li>
<li>One session in full: <code>${commandLine(["report", runId])} --session N --scenario NAME</code>.</li></ul>`;
}

/** As a POSIX shell takes it. */
export function commandLine(words: readonly string[]): string {
  return ["./turnlab", ...words.map((word) => (/^[\w@%+=:,./*-]+$/.test(word) ? word : quoted(word)))].join(" ");
}

const quoted = (word: string) => `'${oneLine(word).replaceAll("'", "'\\''")}'`;

function limits({ scenarios }: Summary): Markup {
  const isOutside = scenarios.some(({ turnServers }) => Object.values(turnServers).includes(null));
  const hasRaw = scenarios.some(({ allocations }) => allocations !== null);
  const hasConfig = scenarios.some(({ turnConfigs }) => Object.keys(turnConfigs).length > 0);
  return html`<h3>What the lab supplied</h3>
<ul><li>The internet: routers, firewalls, wires and their latencies and losses, addresses, names and certificates. Routers were probed before the load; where a link has conditions, they were measured${isOutside ? "" : "; nothing left the machine"}.</li>
<li>The clients: real peers with their own ICE, DTLS and SCTP${hasRaw ? ", and raw TURN clients, which speak RFC 8656 and are no WebRTC" : ""}; signalling between them is the lab's, and as fast as the scenario says.</li>
${hasConfig ? html`<li>To a turnserver.conf of the user's: what stands under each scenario as supplied by the lab, or other than in the file.</li>` : NOTHING_AT_ALL}${isOutside ? html`<li>Not the server: it stands outside of the lab, the way to it is this machine's, and its load cannot be seen.</li>` : NOTHING_AT_ALL}</ul>
<h3>What these figures cannot tell</h3>
<ul><li>Success counts calls that were dropped later as failures; intervals are 95 % (Wilson). Without samples there is no figure: "no data" is never a success.</li>
<li>CPU and times are this machine's, with the lab beside the server: hold runs of one machine against each other, not against another's.</li>
<li>What of a router was not seen is named "not told"; a lifetime is two idle times, between which its mapping ended.</li>
<li>Not modelled: chat persistence, message back-planes, a week's uptime, radio, and how many users are behind which network.</li></ul>`;
}
