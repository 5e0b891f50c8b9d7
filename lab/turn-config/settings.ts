import { KNOWN_OPTIONS } from "./known-options.ts";
import type { ConfigLine } from "./parse-config.ts";
import { readFlag, readInteger } from "./read-value.ts";

/** The lines of a file by option: what a coturn that knows all of them takes from it. */
export class Settings {
  readonly #lines: ReadonlyMap<string, readonly ConfigLine[]>;

  constructor(lines: readonly ConfigLine[]) {
    const known = lines.filter(({ key }) => Object.hasOwn(KNOWN_OPTIONS, key));
    this.#lines = Map.groupBy(known, ({ key }) => KNOWN_OPTIONS[key]?.aliasOf ?? key);
  }

  /** The line that counts: the last one. */
  lineOf(option: string): ConfigLine | null {
    return this.#lines.get(option)?.at(-1) ?? null;
  }

  linesOf(option: string): readonly ConfigLine[] {
    return this.#lines.get(option) ?? [];
  }

  valuesOf(option: string): string[] {
    return this.linesOf(option).map(({ value }) => value);
  }

  textOf(option: string): string | null {
    return this.lineOf(option)?.value ?? null;
  }

  numberOf(option: string): number | null {
    const line = this.lineOf(option);
    return line ? (readInteger(line.value)?.number ?? 0) : null;
  }

  isOn(option: string): boolean {
    const line = this.lineOf(option);
    if (!line) return false;
    return KNOWN_OPTIONS[option]?.kind === "switch" || readFlag(line.value) === true;
  }

  options(): string[] {
    return [...this.#lines.keys()];
  }
}
