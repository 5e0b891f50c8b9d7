import { readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { GivenProfile } from "../lab/gate/given-profile.ts";
import { networkFindings } from "../lab/gate/network-findings.ts";
import type { CheckFinding, CheckNeeds } from "../lab/model/check.ts";
import type { CheckedFile } from "../lab/model/check-report.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { readEnvFile } from "../lab/turn-config/given-values.ts";
import { checkConfigFile } from "../lab/turn-config/sources/check-config-file.ts";
import { checkSource, type SourceConfig, versionOf } from "../lab/turn-config/sources/check-source.ts";
import { configPlace } from "../lab/turn-config/sources/config-place.ts";
import { readSource, SOURCE_KINDS, type SourceKind, sourceKind } from "../lab/turn-config/sources/read-source.ts";
import type { ServerSource } from "../lab/turn-config/sources/server-source.ts";
import { unreadableFile } from "./unreadable-file.ts";

export const STANDARD_INPUT = "-";
/** More is no configuration that somebody has written. */
const MAX_BYTES = 1_048_576;

export type CheckFilesInput = {
  values: ReadonlyMap<string, string>;
  /** Null: of each file what it says itself. */
  version: string | null;
  needs?: CheckNeeds;
  /** A profile, and what it says of networks. */
  given?: GivenProfile;
  /** Docker Compose reads the `.env` beside its file, unless another one is named. */
  readsDotEnv: boolean;
};

export type CheckedFiles = {
  files: CheckedFile[];
  findings: CheckFinding[];
  /** By file. */
  faults: { file: string; faults: Fault[] }[];
  /** All that was read, to tell which of the given values stand in it. */
  texts: string[];
};

/** Reads files and what they name beside them, and checks all of it; what cannot be read is told together. */
export function checkFiles(paths: readonly string[], input: CheckFilesInput): CheckedFiles {
  const result: CheckedFiles = { files: [], findings: [], faults: [], texts: [] };
  for (const file of new Set(paths)) {
    const read = readText(file);
    if ("fault" in read) {
      result.faults.push({ file, faults: [read.fault] });
      continue;
    }
    result.texts.push(read.text);
    const kind = sourceKind(file, read.text);
    const one =
      kind === "config" ? checkConfigText(file, read.text, input) : checkStarted(kind, file, read.text, input);
    if (one.faults.length > 0) result.faults.push({ file, faults: one.faults });
    else result.files.push(one.checked);
    result.findings.push(...one.findings);
    result.texts.push(...one.texts);
  }
  return { ...result, findings: sorted(result.findings) };
}

type OneFile = { checked: CheckedFile; findings: CheckFinding[]; faults: Fault[]; texts: string[] };

function checkConfigText(file: string, text: string, { values, version, needs, given }: CheckFilesInput): OneFile {
  const checked: CheckedFile = { file, kind: SOURCE_KINDS.config, coturnVersions: [version], read: [] };
  const findings = checkConfigFile({ file, text, values, version, ...(needs ? { needs } : {}) });
  const ofNetworks = given ? networkFindings({ file, text, values, version, given, nowMs: Date.now() }) : [];
  return { checked, findings: [...findings, ...ofNetworks], faults: [], texts: [] };
}

/** Beside a file that starts servers lie the files that it names. */
function checkStarted(
  kind: Exclude<SourceKind, "config">,
  file: string,
  text: string,
  input: CheckFilesInput,
): OneFile {
  const folder = file === STANDARD_INPUT ? "." : dirname(file);
  const dotEnv = kind === "compose" && input.readsDotEnv ? readBeside(folder, ".env") : null;
  // A `.env` that is none is Compose's to tell about; its lines that are good count.
  const own = dotEnv ? readEnvFile(dotEnv.path, dotEnv.text).values : [];
  const values = new Map([...own, ...input.values]);
  const { servers, faults } = readSource(kind, file, text.replace(/^\uFEFF/, ""), values);
  const configs = servers.map((source) => configOf(source, folder));
  const findings = servers.flatMap((source, index) => {
    const config = configs[index] ?? { kind: "none" };
    // Compose fills its own file alone, and none that it mounts.
    return checkSource({ source, config, values: input.values, version: input.version, needs: input.needs });
  });
  const read = configs.flatMap((config) => (config.kind === "read" ? [config] : []));
  const checked: CheckedFile = {
    file,
    kind: SOURCE_KINDS[kind],
    coturnVersions: servers.map((source) => versionOf(source, input.version)),
    read: [...new Set([...read.map((config) => config.file), ...(dotEnv ? [dotEnv.path] : [])])],
  };
  return {
    checked,
    findings,
    faults: faults.map(({ line, ...told }) => ({ place: line === null ? file : `${file}:${line}`, ...told })),
    texts: [...read.map((config) => config.text), ...(dotEnv ? [dotEnv.text] : [])],
  };
}

function configOf(source: ServerSource, folder: string): SourceConfig {
  const place = configPlace(source);
  if (place.kind === "none" || place.kind === "missing") return place;
  if (place.kind === "away") return { kind: "unread", path: place.path, line: place.line, why: "away" };
  for (const path of place.paths) {
    const beside = readBeside(folder, path);
    if (beside) return { kind: "read", file: beside.path, text: beside.text };
  }
  return { kind: "unread", path: place.paths[0] ?? "", line: place.line, why: "absent" };
}

function readBeside(folder: string, path: string): { path: string; text: string } | null {
  const whole = folder === "." ? normalize(path) : join(folder, path);
  const read = readText(whole);
  return "fault" in read ? null : { path: whole, text: read.text };
}

/** UTF-8, else Latin-1, which coturn does not tell apart. A byte order mark stays: coturn stumbles over it. */
function readText(file: string): { text: string } | { fault: Fault } {
  const place = file === STANDARD_INPUT ? "standard input" : file;
  const fault = (expected: string, found: string) => ({ fault: { place, expected, found } });
  let bytes: Buffer;
  try {
    if (file !== STANDARD_INPUT) {
      const status = statSync(file);
      if (status.isDirectory()) return fault("a file", "a folder");
      if (status.size > MAX_BYTES) return fault(`at most ${MAX_BYTES} bytes`, `${status.size} bytes`);
    }
    bytes = readFileSync(file === STANDARD_INPUT ? 0 : file);
  } catch (error) {
    return { fault: unreadableFile(place, "a file", file, error) };
  }
  if (bytes.length > MAX_BYTES) return fault(`at most ${MAX_BYTES} bytes`, `${bytes.length} bytes`);
  if (bytes.includes(0)) return fault("text", "a NUL byte: the file is binary, or UTF-16");
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { text: bytes.toString("latin1") };
  }
}

const RANK = { error: 0, warning: 1, note: 2 };

/** Each once; files in the order in which they were read, the worst first. */
function sorted(findings: readonly CheckFinding[]): CheckFinding[] {
  const once = [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
  const files = [...new Set(once.map(({ file }) => file))];
  return once.toSorted(
    (a, b) =>
      files.indexOf(a.file) - files.indexOf(b.file) ||
      RANK[a.severity] - RANK[b.severity] ||
      (a.line ?? 0) - (b.line ?? 0),
  );
}
