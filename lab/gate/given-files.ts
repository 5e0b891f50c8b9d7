import { posix } from "node:path";
import { didYouMean } from "../model/nearest.ts";
import { whyUnreadable } from "../model/unreadable.ts";
import type { Fault } from "../scenario/fault.ts";
import { KNOWN_OPTIONS } from "../turn-config/known-options.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { GivenFile, TurnConfig } from "../turn-config/read-config.ts";
import { Settings } from "../turn-config/settings.ts";

/** Options whose value is a file that the server reads. */
const PATH_OPTIONS = Object.entries(KNOWN_OPTIONS).flatMap(([option, { kind, isOperation }]) =>
  kind === "path" && !isOperation ? [option] : [],
);

/**
 * Reads what `--file PATH=FILE` names: PATH as the turnserver.conf has it, FILE here. `read` throws with a code of the system's
 * where it cannot.
 */
export function readGivenFiles(
  given: readonly string[],
  read: (file: string) => Buffer,
): { files: GivenFile[]; faults: Fault[] } {
  const faults: Fault[] = [];
  const files = given.flatMap((text): GivenFile[] => {
    const at = text.indexOf("=");
    const [path, file] = [text.slice(0, at), text.slice(at + 1)];
    const place = `--file ${text}`;
    if (at < 1 || file === "") {
      faults.push({
        place,
        expected: "PATH=FILE: the path in the turnserver.conf, and a file here",
        found: "no such pair",
      });
      return [];
    }
    try {
      return [{ path: absolute(path), content: read(file), file }];
    } catch (error) {
      faults.push({ place, expected: "a file that can be read", found: `${file}: ${whyUnreadable(error)}` });
      return [];
    }
  });
  const twice = files.filter(({ path }, index) => files.findIndex((other) => other.path === path) < index);
  faults.push(
    ...twice.map(({ path, file }) => ({
      place: `--file ${path}=${file}`,
      expected: "each path once",
      found: `${path} twice`,
    })),
  );
  return { files, faults };
}

/** The file with what it names of those given. */
export function withFiles(config: TurnConfig, files: readonly GivenFile[]): TurnConfig {
  const named = namedPaths(config);
  const own = files.filter(({ path }) => named.some((one) => one.path === path));
  return own.length > 0 ? { ...config, files: own } : config;
}

/** A certificate without its key, or a key without, fits nothing that the lab has. */
export function pairFaults(config: TurnConfig): Fault[] {
  const isGiven = (option: string) => fileOf(config, option) !== null;
  if (!hasBoth(config) || isGiven("cert") === isGiven("pkey")) return [];
  const [missing, given] = isGiven("cert") ? ["pkey", "cert"] : ["cert", "pkey"];
  const place = `--file ${pathOf(config, missing)}=FILE`;
  return [{ place, expected: `${missing} beside ${given}: they are a pair`, found: `${given} alone` }];
}

/** Files that neither config asks for. */
export function unnamedFiles(configs: readonly TurnConfig[], files: readonly GivenFile[]): Fault[] {
  const paths = [...new Set(configs.flatMap(namedPaths).map(({ path }) => path))];
  return files
    .filter(({ path }) => !paths.includes(path))
    .map(({ path, file }) => ({
      place: `--file ${path}=${file}`,
      expected: `a path that a turnserver.conf here names${paths.length > 0 ? `: ${paths.join(", ")}` : ""}`,
      found: path,
      ...didYouMean(path, paths),
    }));
}

/** Paths that a file names and nobody has given: the lab has certificates of its own there, and else nothing. */
export function ungivenPaths(config: TurnConfig): { option: string; path: string }[] {
  return namedPaths(config).filter(({ path }) => !config.files?.some((file) => file.path === path));
}

export function namedPaths(config: TurnConfig): { option: string; path: string }[] {
  return PATH_OPTIONS.flatMap((option) => {
    const path = pathOf(config, option);
    return path === null ? [] : [{ option, path }];
  });
}

export function fileOf(config: TurnConfig, option: string): GivenFile | null {
  const path = pathOf(config, option);
  return config.files?.find((file) => file.path === path) ?? null;
}

function pathOf({ text }: TurnConfig, option: string): string | null {
  const value = new Settings(parseConfig(text)).textOf(option);
  return value ? absolute(value) : null;
}

const hasBoth = ({ facts: { files } }: TurnConfig) => files.cert !== null && files.pkey !== null;

/** A relative path is looked for in /etc, among other places (coturn: apputils.c, `config_file_search_dirs`). */
const absolute = (path: string) => posix.resolve("/etc", path);
