import { readFileSync } from "node:fs";
import { didYouMean } from "../lab/model/nearest.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { readEnvFile, readSets } from "../lab/turn-config/given-values.ts";
import { parseConfig } from "../lab/turn-config/parse-config.ts";
import { findPlaceholders } from "../lab/turn-config/placeholders.ts";
import { unreadableFile } from "./unreadable-file.ts";

export type GivenValues = {
  /** Of one name what `--set` says, else the last env file. */
  values: ReadonlyMap<string, string>;
  /** Of `--set`. */
  setNames: string[];
  faults: Fault[];
  /** Those of `--set` that stand in none of these texts. */
  unused: (texts: readonly string[]) => Fault[];
};

/** `--set` and `--env-file`; no value stands in a fault. */
export function readGivenValues(options: { set?: readonly string[]; envFile?: readonly string[] }): GivenValues {
  const sets = readSets(options.set ?? []);
  const files = (options.envFile ?? []).map((file) => {
    try {
      return readEnvFile(file, readFileSync(file, "utf8"));
    } catch (error) {
      const fault = unreadableFile("--env-file", "an env file", file, error);
      return { values: new Map<string, string>(), faults: [fault] };
    }
  });
  return {
    values: new Map([...files, sets].flatMap(({ values }) => [...values])),
    setNames: [...sets.values.keys()],
    faults: [...files, sets].flatMap(({ faults }) => faults),
    unused: (texts) => {
      const names = [...new Set(texts.flatMap((text) => findPlaceholders(parseConfig(text)).map(({ name }) => name)))];
      return [...sets.values.keys()]
        .filter((name) => !texts.some((text) => text.includes(name)))
        .map((name) => ({
          place: `--set ${name}`,
          expected: `a name that stands in one of the files${names.length > 0 ? `: ${names.join(", ")}` : ""}`,
          found: "none of that name",
          ...didYouMean(name, names),
        }));
    },
  };
}
