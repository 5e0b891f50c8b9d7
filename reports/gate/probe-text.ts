import { PROBE_GROUPS, type ProbeGroup, type ProbeResult, type UrlReach } from "../../lab/model/probe.ts";
import { columns, indent, wrap } from "../render/columns.ts";
import { formatMs, NOTHING, oneLine, plural } from "../render/format.ts";
import type { Paint } from "../render/paint.ts";

/** What each URL came to: a table, then what is wrong with it, and what was learnt on the way. */
export function reachLines(reaches: readonly UrlReach[], width: number, paint: Paint): string[] {
  const head = ["", "URL", "name ms", "TCP ms", "TLS ms", "allocate ms", "relayed", "seen as"];
  const rows = reaches.map((reach) => {
    const { url, resolveMs, connectMs, tls, allocateMs, relayed, mapped, failed } = reach;
    const mark = failed === null ? paint.green("✓") : paint.red("✗");
    const times = [resolveMs, connectMs, tls?.ms ?? null, allocateMs].map(formatMs);
    return [mark, oneLine(url), ...times, relayed ?? NOTHING, mapped ?? NOTHING];
  });
  const table = columns([head, ...rows], ["left", "left", "right", "right", "right", "right", "left", "left"]);
  const notes = reaches.flatMap((reach) => noteLines(reach, width));
  return notes.length === 0 ? table : [...table, "", ...notes];
}

function noteLines(reach: UrlReach, width: number): string[] {
  const { url, addresses, tls, lifetimeSeconds, software, failed } = reach;
  const facts = [
    ...(failed === null ? [] : [`failed at ${failed.step}: ${failed.message} (${failed.code})`]),
    ...(addresses.length > 1 ? [`the name leads to ${addresses.join(", ")}; the first was asked`] : []),
    ...(tls === null
      ? []
      : [`certificate of ${tls.subject} by ${tls.issuer}, ${sayDays(tls.daysLeft)}; ${tls.version}, ${tls.cipher}`]),
    ...(lifetimeSeconds === null ? [] : [`lifetime ${lifetimeSeconds} s`]),
    ...(software === null ? [] : [software]),
  ].map(oneLine);
  return facts.length === 0 ? [] : [oneLine(url), ...facts.flatMap((fact) => hanging(fact, width, "  "))];
}

const sayDays = (days: number) => (days < 0 ? `ended ${plural(-days, "day")} ago` : `${plural(days, "day")} left`);

/** The answers to all questions: what is weak in full, the rest counted. */
export function probeLines(host: string, results: readonly ProbeResult[], width: number, paint: Paint): string[] {
  if (results.length === 0) return [`${host}: no listener answered, so nothing was asked about its security`];
  const count = (of: (result: ProbeResult) => boolean) => results.filter(of).length;
  const weak = count(({ verdict }) => verdict === "weak");
  const errors = count(({ verdict, severity }) => verdict === "weak" && severity === "error");
  const said = [
    `${weak} weak${weak === 0 ? "" : ` (${plural(errors, "error")})`}`,
    `${count(({ verdict }) => verdict === "ok")} as expected`,
    `${count(({ verdict }) => verdict === "unclear")} unclear`,
    `${count(({ verdict }) => verdict === "not-asked")} not asked`,
  ];
  const groups = (Object.keys(PROBE_GROUPS) as ProbeGroup[]).flatMap((group) => {
    const own = results.filter((result) => result.group === group);
    return own.length === 0 ? [] : ["", `  ${group}: ${PROBE_GROUPS[group]}`, ...groupLines(own, width, paint)];
  });
  return [`security of ${oneLine(host)}: ${said.join(", ")}`, ...groups];
}

function groupLines(results: readonly ProbeResult[], width: number, paint: Paint): string[] {
  const of = (verdict: ProbeResult["verdict"]) => results.filter((result) => result.verdict === verdict);
  const ok = of("ok").length;
  return [
    ...of("weak").flatMap((result) => weakLines(result, width, paint)),
    ...of("unclear").flatMap((result) => {
      const { title, observed, why } = result;
      const said = `? ${title}: ${observed}${why === undefined ? "" : `; ${oneLine(why)}`}`;
      return hanging(said, width, "    ");
    }),
    ...(ok === 0 ? [] : [`    ${paint.green("✓")} ${ok} as expected`]),
    ...notAskedLines(of("not-asked"), width),
  ];
}

function weakLines(result: ProbeResult, width: number, paint: Paint): string[] {
  const { severity, title, observed, expected, reason, fix, url } = result;
  const color = severity === "error" ? paint.red : severity === "warning" ? paint.yellow : paint.dim;
  const where = result.group === "tls" && url !== null ? ` (${oneLine(url)})` : "";
  const body = [
    `${oneLine(observed)}; expected ${expected}`,
    ...(result.id.startsWith("peer-") && result.verdict === "weak" && !result.id.startsWith("peer-needed-")
      ? []
      : [reason]),
    ...(fix === null ? [] : [`to change: ${fix}`]),
  ];
  return [
    `    ${color(severity === "error" ? "✗" : "!")} ${title}${where}${severity === "error" ? "" : ` [${severity}]`}`,
    ...body.flatMap((line) => indent(wrap(line, width - 6), 6)),
  ];
}

/** More are counted: `--json` has them by name. */
const MAX_NAMED = 3;

/** Those with one reason are one line. */
function notAskedLines(results: readonly ProbeResult[], width: number): string[] {
  const byReason = Map.groupBy(results, ({ why = "" }) => oneLine(why));
  return [...byReason].flatMap(([why, of]) =>
    hanging(`– not asked: ${nameAll(of.map(({ id }) => id))}; ${why}`, width, "    "),
  );
}

const nameAll = (ids: readonly string[]) => (ids.length > MAX_NAMED ? plural(ids.length, "question") : ids.join(", "));

/** Lines that go on further in. */
function hanging(text: string, width: number, margin: string): string[] {
  const [first = "", ...rest] = wrap(text, width - margin.length - 2);
  return [`${margin}${first}`, ...indent(rest, margin.length + 2)];
}
