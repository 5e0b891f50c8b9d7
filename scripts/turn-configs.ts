import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { applyTurnConfig } from "../lab/apply-turn-config.ts";
import type { AnyScenario } from "../lab/model/grid.ts";
import { didYouMean } from "../lab/model/nearest.ts";
import type { NamedScenario } from "../lab/run.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import type { Finding } from "../lab/turn-config/finding.ts";
import { findingsOfVersion } from "../lab/turn-config/option-findings.ts";
import { parseConfig } from "../lab/turn-config/parse-config.ts";
import { readConfig, type TurnConfig } from "../lab/turn-config/read-config.ts";
import { LAB_COTURN_VERSION } from "../lab/turn-config/version.ts";
import { readGivenValues } from "./given-values.ts";
import { unreadableFile } from "./unreadable-file.ts";

/** What the command line says about turnserver.conf files. */
export type ConfigOptions = {
  /** `FILE` for a scenario's only TURN server, `SERVER=FILE` for that one; several. */
  turnConfig?: readonly string[];
  /** `NAME=VALUE`, several. */
  set?: readonly string[];
  envFile?: readonly string[];
  /** What servers without an image of their own run from: a coturn of a version that is not known yet. */
  turnImage?: string;
};

type Chosen = { server: string; path: string; values: ReadonlyMap<string, string>; version: string | null };

const COMMAND_LINE = "command line";

/** The turnserver.conf files of one command: read once each, and all their faults told together. */
export class TurnConfigs {
  readonly #options: ConfigOptions;
  readonly #values: ReadonlyMap<string, string>;
  readonly #setNames: readonly string[];
  /** By heading: `command line`, a scenario's file, a turnserver.conf. */
  readonly #faults = new Map<string, Fault[]>();
  readonly #placeholders = new Set<string>();
  #isAnyRead = false;

  constructor(options: ConfigOptions) {
    this.#options = options;
    const { values, setNames, faults } = readGivenValues(options);
    this.#values = values;
    this.#setNames = setNames;
    this.#add(COMMAND_LINE, faults);
  }

  /** A checked scenario with every turnserver.conf that it or the command line names in its place. */
  apply({ name, scenario }: NamedScenario, file: string): NamedScenario {
    const configs: Record<string, TurnConfig> = {};
    let applied: AnyScenario = scenario;
    for (const chosen of this.#choose(name, scenario, file)) {
      const config = this.#read(chosen);
      if (!config) continue;
      const result = applyTurnConfig(applied, chosen.server, config);
      if ("faults" in result) this.#add(file, result.faults);
      else {
        applied = result.scenario;
        configs[chosen.server] = config;
      }
    }
    return Object.keys(configs).length === 0 ? { name, scenario } : { name, scenario: applied, configs };
  }

  /** Everything that is wrong, one message for each file; to be asked when every scenario is applied. */
  messages(): string[] {
    const unused = this.#setNames.filter((name) => !this.#placeholders.has(name));
    if (this.#faults.size === 0 || this.#isAnyRead)
      this.#add(
        COMMAND_LINE,
        unused.map((name) => this.#unusedFault(name)),
      );
    return [...this.#faults].map(([heading, faults]) => formatFaults(heading, faults));
  }

  #choose(name: string, scenario: AnyScenario, file: string): Chosen[] {
    const servers = scenario.topology.turnServers ?? {};
    const named = new Map<string, string>();
    for (const given of this.#options.turnConfig ?? []) {
      const [, server = onlyOf(Object.keys(servers)), path = given] = /^([a-z][a-z0-9-]{0,30})=(.+)$/.exec(given) ?? [];
      if (server === null || !Object.hasOwn(servers, server))
        this.#add(COMMAND_LINE, [noServer(name, given, Object.keys(servers))]);
      else named.set(server, path);
    }
    return Object.entries(servers).flatMap(([server, spec]): Chosen[] => {
      const version = spec.image === undefined && this.#options.turnImage === undefined ? LAB_COTURN_VERSION : null;
      const path = named.get(server);
      if (path !== undefined) return [{ server, path, values: this.#values, version }];
      if (spec.config === undefined) return [];
      const own = relative(process.cwd(), resolve(dirname(file), spec.config));
      return [
        { server, path: own, values: new Map([...Object.entries(spec.configValues ?? {}), ...this.#values]), version },
      ];
    });
  }

  #read({ path, values, version }: Chosen) {
    const text = readText(path);
    if ("error" in text) {
      this.#add(path, [unreadableFile(path, "a turnserver.conf", path, text.error)]);
      return null;
    }
    this.#isAnyRead = true;
    const makeSecret = () => randomBytes(18).toString("base64url");
    const { config, findings, placeholders } = readConfig({ file: path, text: text.text, values, version, makeSecret });
    for (const placeholder of placeholders) this.#placeholders.add(placeholder);
    this.#add(
      path,
      findings.filter(({ severity }) => severity === "fault").map((finding) => faultOf(path, finding)),
    );
    return config;
  }

  #unusedFault(name: string): Fault {
    const place = `--set ${name}`;
    if (!this.#isAnyRead)
      return {
        place,
        expected: "a turnserver.conf in which it stands",
        found: "none",
        hint: "Name one with --turn-config FILE.",
      };
    const names = [...this.#placeholders];
    return {
      place,
      expected: `a placeholder of a turnserver.conf${names.length > 0 ? `: ${names.join(", ")}` : ""}`,
      found: "none of that name",
      ...didYouMean(name, names),
    };
  }

  /** What several scenarios have alike is told once. */
  #add(heading: string, faults: readonly Fault[]): void {
    for (const fault of faults) {
      const known = this.#faults.get(heading) ?? [];
      if (!known.some((other) => JSON.stringify(other) === JSON.stringify(fault)))
        this.#faults.set(heading, [...known, fault]);
    }
  }
}

/** What a file that was read for any version has wrong for the one that its image turned out to have. */
export function versionFaults({ file, text }: TurnConfig, version: string | null): Fault[] {
  const findings = version === null ? [] : findingsOfVersion(parseConfig(text), version);
  return findings.filter(({ severity }) => severity === "fault").map((finding) => faultOf(file, finding));
}

function onlyOf(servers: readonly string[]): string | null {
  return servers.length === 1 ? (servers[0] ?? null) : null;
}

function noServer(scenario: string, given: string, servers: readonly string[]): Fault {
  const place = `--turn-config ${given}`;
  const found = servers.length === 0 ? `${scenario}, which has none` : `${scenario}, which has ${servers.join(", ")}`;
  if (/^[a-z][a-z0-9-]{0,30}=/.test(given))
    return { place, expected: "a scenario with a TURN server of that name", found };
  const hint = servers.length > 1 ? `Say which: --turn-config ${servers[0]}=${given}` : "Leave this scenario out.";
  return { place, expected: "scenarios with one TURN server each", found, hint };
}

function faultOf(file: string, { line, expected, found, hint }: Finding): Fault {
  return { place: line === null ? file : `${file}:${line}`, expected, found, ...(hint === undefined ? {} : { hint }) };
}

/** Of what cannot be read nothing but why. */
function readText(file: string): { text: string } | { error: unknown } {
  try {
    return { text: readFileSync(file, "utf8") };
  } catch (error) {
    return { error };
  }
}
