import { parseEnv } from "node:util";

/** One thing that is wrong with `--set` or with an env file; no value ever stands in it. */
export type ValueFault = { place: string; expected: string; found: string };

/** `NAME=VALUE`, several; the last of one name counts. */
export function readSets(sets: readonly string[]): { values: Map<string, string>; faults: ValueFault[] } {
  const values = new Map<string, string>();
  const faults: ValueFault[] = [];
  for (const set of sets) {
    const at = set.indexOf("=");
    if (at > 0 && !/[\r\n]/.test(set)) values.set(set.slice(0, at), set.slice(at + 1));
    else if (at > 0)
      faults.push({ place: `--set ${set.slice(0, at)}`, expected: "a value of one line", found: "several" });
    else faults.push({ place: "--set", expected: "NAME=VALUE", found: at === 0 ? "no name" : "no =" });
  }
  return { values, faults };
}

/** An env file as Docker Compose and Node read it: `NAME=VALUE` lines, comments, quotes around values. */
export function readEnvFile(file: string, text: string): { values: Map<string, string>; faults: ValueFault[] } {
  const faults = text.split("\n").flatMap((line, index): ValueFault[] => {
    if (/^\s*(#|$)/.test(line) || /^\s*(export\s+)?[A-Za-z_][\w.-]*\s*=/.test(line)) return [];
    return [{ place: `${file}:${index + 1}`, expected: "NAME=VALUE, or a comment", found: "another line" }];
  });
  const values = new Map<string, string>();
  for (const [name, value = ""] of Object.entries(parseEnv(text))) {
    if (/[\r\n]/.test(value))
      faults.push({ place: `${file}: ${name}`, expected: "a value of one line", found: "several" });
    else values.set(name, value);
  }
  return { values, faults };
}
