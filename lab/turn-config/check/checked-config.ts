import type { CheckNeeds } from "../../model/check.ts";
import type { Finding } from "../finding.ts";
import { KNOWN_OPTIONS } from "../known-options.ts";
import { optionFindings } from "../option-findings.ts";
import { type ConfigLine, parseConfig } from "../parse-config.ts";
import { fillPlaceholders, findPlaceholders, type Placeholder } from "../placeholders.ts";
import { relayRange } from "../relay-range.ts";
import { type CredentialSource, readCredential } from "../server-credential.ts";
import { readPlace } from "../server-place.ts";
import { Settings } from "../settings.ts";
import { compareVersions } from "../version.ts";
import { PeerAcl } from "./peer-acl.ts";

export type CheckInput = {
  /** As the user named it. */
  file: string;
  text: string;
  /** What placeholders stand for, by name. */
  values: ReadonlyMap<string, string>;
  /** Of the coturn that will read it; null where nobody knows. */
  version: string | null;
  /** Rules about those who use the server are silent without. */
  needs?: CheckNeeds;
};

/** Kinds of options whose value may be any text: a placeholder there is as good as what it stands for. */
const TEXT_KINDS: readonly string[] = ["text", "path", "user", "secret", "database", "device"];

/** A turnserver.conf as the rules look at it: what coturn takes from it, what is left open, and who needs what of it. */
export class CheckedConfig {
  readonly file: string;
  readonly version: string | null;
  readonly needs: CheckNeeds | null;
  readonly lines: readonly ConfigLine[];
  /** Placeholders without a value. */
  readonly missing: readonly Placeholder[];
  /** What single lines have wrong. */
  readonly lineFindings: readonly Finding[];
  /** Without the lines that coturn cannot take, and without those that a placeholder leaves open. */
  readonly settings: Settings;
  readonly credential: CredentialSource;
  readonly acl: PeerAcl;
  readonly #stated: ReadonlySet<string>;

  constructor({ file, text, values, version, needs }: CheckInput) {
    this.file = file;
    // Packages have more behind it: 4.6.1-1, 4.17.0-r0.
    this.version = version === null ? null : (/\d+(\.\d+)+/.exec(version)?.[0] ?? null);
    this.needs = needs ?? null;
    const template = parseConfig(text);
    this.lines = parseConfig(fillPlaceholders(text, template, values));
    this.missing = findPlaceholders(template).filter(({ name }) => !values.has(name));
    const open = new Set(this.missing.map(({ line }) => line));
    const isText = ({ key }: ConfigLine) => TEXT_KINDS.includes(KNOWN_OPTIONS[key]?.kind ?? "");
    this.lineFindings = this.lines
      .filter(({ number }) => !open.has(number))
      .flatMap((line) => optionFindings(line, this.version));
    const unsound = new Set(this.lineFindings.filter(({ severity }) => severity === "fault").map(({ line }) => line));
    this.settings = new Settings(
      this.lines.filter((line) => !unsound.has(line.number) && (!open.has(line.number) || isText(line))),
    );
    this.#stated = new Set(this.lines.map(({ key }) => KNOWN_OPTIONS[key]?.aliasOf ?? key));
    this.credential = readCredential(this.settings);
    this.acl = new PeerAcl(this.settings, this.version);
  }

  /** Whether a line has it, be it one that is open or cannot be read. */
  isStated(option: string): boolean {
    return this.#stated.has(option);
  }

  /** A line for an option whose value a placeholder leaves open. */
  isOpenLine(line: number | null): boolean {
    return this.missing.some((placeholder) => placeholder.line === line);
  }

  lineNumber(option: string): number | null {
    return this.settings.lineOf(option)?.number ?? this.lines.findLast(({ key }) => key === option)?.number ?? null;
  }

  /** Of an unknown version nothing is older and nothing newer. */
  isBefore(version: string): boolean {
    return this.version !== null && compareVersions(this.version, version) < 0;
  }

  isFrom(version: string): boolean {
    return this.version !== null && compareVersions(this.version, version) >= 0;
  }

  /** The address under which clients know the server; null where nothing says it. */
  get publicAddress(): string | null {
    return this.needs?.publicAddress ?? readPlace(this.settings).place.publicAddress;
  }

  get relayPorts(): { min: number; max: number } {
    return relayRange(this.settings);
  }

  /** Addresses that relays are bound to, where the file names them. */
  get relayAddresses(): string[] {
    return this.#relayLines().filter((address) => address !== "0.0.0.0" && address !== "::");
  }

  /**
   * Whether it may hand out relayed addresses of IPv6: `yes` and `no` where the file names addresses, else it is the machine's matter.
   */
  get relaysIpv6(): "yes" | "no" | "unknown" {
    const lines = this.#relayLines();
    if (lines.length === 0) return this.isStated("relay-ip") || this.isStated("listening-ip") ? "no" : "unknown";
    return lines.some((address) => address.includes(":")) ? "yes" : "no";
  }

  /** Without relay-ip relays are bound where it listens. */
  #relayLines(): string[] {
    const named = (option: string) => this.settings.valuesOf(option).map((value) => value.trim());
    const relay = named("relay-ip");
    return relay.length > 0 || this.isStated("relay-ip") ? relay : named("listening-ip");
  }
}
