import type { SetupChange } from "./comparison.ts";
import type { RunFacts, ScenarioFacts } from "./run-facts.ts";

/** What a run was made with, by kind and name; of a scenario where that is what it is of. */
type Setting = { kind: SetupChange["kind"]; scenario: string | null; what: string; value: string };

/** Everything that the later of two runs was made with otherwise, of the scenarios that both have. */
export function setupChanges(before: RunFacts, after: RunFacts): SetupChange[] {
  const common = [...before.scenarios.keys()].filter((name) => after.scenarios.has(name));
  // What a summary does not tell has not changed for that.
  const kinds: SetupChange["kind"][] =
    before.source === "log" && after.source === "log"
      ? ["version", "machine", "scenario", "turnserver.conf"]
      : ["version", "machine"];
  const [first, second] = [before, after].map((run) =>
    settingsOf(run, common).filter(({ kind }) => kinds.includes(kind)),
  );
  const found: (Omit<SetupChange, "scenarios"> & { scenario: string | null })[] = [];
  const keyOf = ({ kind, scenario, what }: Setting) => JSON.stringify([kind, scenario, what]);
  const [olds, news] = [first ?? [], second ?? []].map((all) => Map.groupBy(all, keyOf));
  for (const key of new Set([...(olds?.keys() ?? []), ...(news?.keys() ?? [])])) {
    const [was, is] = [olds?.get(key) ?? [], news?.get(key) ?? []];
    const known = was[0] ?? is[0];
    if (!known) continue;
    const { kind, scenario, what } = known;
    const [gone, come] = [without(was, is), without(is, was)];
    for (let index = 0; index < Math.max(gone.length, come.length); index += 1)
      found.push({ kind, scenario, what, before: gone[index] ?? null, after: come[index] ?? null });
  }
  return fold(found).filter((change) => isTold(change, before, after));
}

/** Whether two runs were made on machines of one kind, as far as a log tells: timings and load may be held against each other. */
export function isSameMachine(before: RunFacts, after: RunFacts): boolean {
  const [one, other] = [before.machine, after.machine];
  const agree = <T>(a: T | null, b: T | null) => a === null || b === null || a === b;
  return (
    one.cpus === other.cpus && agree(one.memoryBytes, other.memoryBytes) && agree(one.architecture, other.architecture)
  );
}

/** All that a run was made with, as one text: the same for runs that only chance tells apart. Null of a summary, which does not tell. */
export function setupOf(run: RunFacts, scenario: string): string | null {
  const settings = settingsOf(run, [scenario])
    .filter(({ kind, what }) => kind !== "scenario" || !/^(description|tags)\b/.test(what))
    .map(({ kind, what, value }) => [kind, what, value]);
  return run.source === "log" ? JSON.stringify(settings) : null;
}

/** Versions of the whole run and of what its scenarios ran, those named. */
export function versionsOf(run: RunFacts, scenarios: readonly string[]): Record<string, string> {
  const { harness, engine } = run.summary;
  const facts = scenarios.flatMap((name) => run.scenarios.get(name) ?? []);
  const servers = facts.flatMap(({ summary }) => Object.entries(summary.turnServers));
  const found: [string, string][] = [
    ["turnlab", harness.turnlab],
    ["Node", harness.node],
    ["Docker", engine.version],
    ["Linux", engine.kernel],
    ...servers.flatMap(([, server]): [string, string][] =>
      server === null || server.image === null
        ? []
        : [
            ...(server.version === null ? [] : [["coturn", server.version] as [string, string]]),
            ["TURN server image", `${server.image.reference} ${server.image.digest ?? server.image.id}`],
          ],
    ),
    ...facts.flatMap(browsersOf),
  ];
  const byName = Map.groupBy(found, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, all]) => [name, [...new Set(all.map(([, value]) => value))].sort().join(", ")]),
  );
}

function browsersOf({ summary }: ScenarioFacts): [string, string][] {
  return Object.values(summary.peers).flatMap(({ engine, browser }): [string, string][] =>
    browser ? [[engine, browser.version]] : [],
  );
}

function settingsOf(run: RunFacts, scenarios: readonly string[]): Setting[] {
  const { cpus, memoryBytes, architecture } = run.machine;
  const whole = { scenario: null };
  return [
    ...Object.entries(versionsOf(run, scenarios)).map(
      ([what, value]): Setting => ({ kind: "version", ...whole, what, value }),
    ),
    { kind: "machine", ...whole, what: "CPUs", value: String(cpus) },
    ...(memoryBytes === null
      ? []
      : [{ kind: "machine", ...whole, what: "memory, bytes", value: String(memoryBytes) } as const]),
    ...(architecture === null
      ? []
      : [{ kind: "machine", ...whole, what: "architecture", value: architecture } as const]),
    ...scenarios.flatMap((name) => scenarioSettings(name, run.scenarios.get(name))),
  ];
}

function scenarioSettings(scenario: string, facts: ScenarioFacts | undefined): Setting[] {
  if (!facts?.log) return [];
  const { definition, configs } = facts.log;
  return [
    ...leaves(definition ?? {}).map(([what, value]): Setting => ({ kind: "scenario", scenario, what, value })),
    ...configs.flatMap(({ server, file, filled, supplied, overridden, lines = [] }): Setting[] => {
      const of = (what: string, value: string): Setting => ({
        kind: "turnserver.conf",
        scenario,
        what: `${server}: ${what}`,
        value,
      });
      return [
        of("file", file),
        ...lines.map((line) => of(line.split("=")[0] ?? line, line)),
        ...filled.map((name) => of("placeholder given", name)),
        ...supplied.map(({ what }) => of("supplied by the lab", what)),
        ...overridden.map(({ what }) => of("done otherwise by the lab", what)),
      ];
    }),
  ];
}

/** `topology.routers.home.nat` and its value, of everything that is not a list or a record itself; of short lists the whole. */
function leaves(value: unknown, path: readonly string[] = []): [string, string][] {
  const isPlain = typeof value !== "object" || value === null;
  if (isPlain || (Array.isArray(value) && value.every((item) => typeof item !== "object")))
    return value === undefined ? [] : [[path.join("."), typeof value === "string" ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

/** Values of the one that the other has not, each as often as it is missing. */
function without(these: readonly Setting[], those: readonly Setting[]): string[] {
  const left = those.map(({ value }) => value);
  return these.flatMap(({ value }) => {
    const at = left.indexOf(value);
    if (at === -1) return [value];
    left.splice(at, 1);
    return [];
  });
}

/** One change that several scenarios have is one. */
function fold(found: readonly (Omit<SetupChange, "scenarios"> & { scenario: string | null })[]): SetupChange[] {
  const same = Map.groupBy(found, ({ kind, what, before, after }) => JSON.stringify([kind, what, before, after]));
  return [...same.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const { kind, what, before, after } = first;
    return [{ kind, scenarios: all.flatMap(({ scenario }) => scenario ?? []), what, before, after }];
  });
}

/** A machine of which one side says less has not changed. */
function isTold({ kind, before, after }: SetupChange, first: RunFacts, second: RunFacts): boolean {
  return kind !== "machine" || first.source === second.source || (before !== null && after !== null);
}
