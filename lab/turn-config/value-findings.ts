import { didYouMean } from "../model/nearest.ts";
import type { ConfigOption } from "./config-option.ts";
import { type Finding, shown } from "./finding.ts";
import type { ConfigLine } from "./parse-config.ts";
import { isAddress, readAddressPort, readExternal, readFlag, readInteger, readRange, readUser } from "./read-value.ts";
import { SECRET_KINDS } from "./secrets.ts";

/** Makes a finding about one line. */
export type At = (
  rule: string,
  severity: Finding["severity"],
  expected: string,
  found: string,
  hint?: string,
  fix?: string,
) => Finding;

/** What a value has wrong that coturn would refuse, drop, or read as something else. */
export function valueFindings(line: ConfigLine, option: ConfigOption, at: At): Finding[] {
  const { key, value } = line;
  const { kind } = option;
  const isSecret = SECRET_KINDS.includes(kind);
  const found = isSecret ? "another value" : shown(value);
  const isNumber = kind === "integer" || kind === "port";
  const semicolon: Finding[] =
    value.endsWith(";") && !isNumber
      ? [
          at(
            "semicolon",
            "warning",
            `${key} without a semicolon at its end`,
            isSecret ? "a semicolon at its end" : found,
            "coturn takes it as part of the value.",
          ),
        ]
      : [];
  if (kind === "flag") {
    if (readFlag(value) !== null) return semicolon;
    const hint = value.startsWith("#") ? "A comment needs a line of its own." : "The first letter decides.";
    return [at("flag-value", "fault", `${key} alone, or with yes or no: another word ends coturn`, found, hint)];
  }
  if (kind === "switch") {
    if (readFlag(value) !== false) return semicolon;
    return [
      at(
        "switch-off",
        "warning",
        `no line with ${key}, where it is meant to be off`,
        found,
        "coturn turns it on, whatever its value says.",
      ),
    ];
  }
  if (kind === "nothing")
    return [
      at(
        "option-without-effect",
        "warning",
        "an option that does something",
        shown(key),
        "coturn has ignored it for years.",
      ),
    ];
  if (value === "" && !option.isValueOptional) return [at("value-missing", "fault", `${key}=VALUE`, "no value")];
  const comment: Finding[] =
    kind === "text" && /\s#/.test(value)
      ? [
          at(
            "comment-behind-value",
            "warning",
            `${key} without a comment behind its value`,
            found,
            "coturn takes it as part of the value: a comment needs a line of its own.",
          ),
        ]
      : [];
  return [...semicolon, ...comment, ...shapeFindings(key, value, option, found, at)];
}

/** Shapes that a value must have, and what coturn does with others. */
function shapeFindings(key: string, value: string, option: ConfigOption, found: string, at: At): Finding[] {
  switch (option.kind) {
    case "integer":
    case "port":
      return integerFindings(key, value, option, found, at);
    case "address":
      if (isAddress(value.trim())) return [];
      return [at("address", "fault", `an address for ${key}`, found, NO_NAMES)];
    case "external-address":
      if (readExternal(value)) return [];
      return [at("external-address", "fault", "PUBLIC or PUBLIC/PRIVATE, both addresses", found, NO_NAMES)];
    case "address-port":
      if (readAddressPort(value)) return [];
      return [at("address-port", "fault", `ADDRESS:PORT for ${key}`, found, NO_NAMES)];
    case "address-range":
      return rangeFindings(value, found, at);
    case "user":
      return userFindings(value, at);
    case "text":
      if (!option.words || option.words.includes(value)) return [];
      return [
        at(
          "word",
          "fault",
          `one of ${option.words.join(", ")} for ${key}`,
          found,
          didYouMean(value, option.words).hint,
        ),
      ];
    default:
      return [];
  }
}

const NO_NAMES = "coturn would look a name up where it runs; the lab has only names of its own.";

function integerFindings(key: string, value: string, option: ConfigOption, found: string, at: At): Finding[] {
  const { range, isValueOptional } = option;
  if (value === "" && isValueOptional) return [];
  const read = readInteger(value);
  const expected = range ? `a whole number from ${range[0]} to ${range[1]} for ${key}` : `a whole number for ${key}`;
  if (!read) return [at("number", "fault", expected, found, "coturn would read 0.")];
  if (range && (read.number < range[0] || read.number > range[1]))
    return [at("number-range", "fault", expected, found)];
  const refusing = option.kind === "port" ? "; coturn from 4.13.0 on refuses such a port." : ".";
  if (!read.isWhole) return [at("number-tail", "warning", expected, found, `coturn reads ${read.number}${refusing}`)];
  return [];
}

function rangeFindings(value: string, found: string, at: At): Finding[] {
  const range = readRange(value);
  const expected = "an address or a range FIRST-LAST";
  const prefix = /^(\d+\.\d+\.\d+\.\d+)\/(\d{1,2})$/.exec(value.trim());
  if (prefix) {
    const hint = rangeOfPrefix(prefix[1] ?? "", Number(prefix[2]));
    return [
      at(
        "range-prefix",
        "fault",
        expected,
        found,
        `coturn knows no prefix lengths and ignores the line.${hint === null ? "" : ` Write ${hint}.`}`,
        hint ?? undefined,
      ),
    ];
  }
  if (!range) return [at("range", "fault", expected, found, "coturn would ignore the line, or half of it.")];
  const { first, last } = range;
  if (first.includes(":") !== last.includes(":"))
    return [at("range-family", "fault", "a range of one address family", found)];
  if (!first.includes(":") && ipv4Number(first) > ipv4Number(last))
    return [at("range-order", "fault", "a range whose last address is not below its first", found)];
  return [];
}

/** `10.0.0.0-10.255.255.255` for 10.0.0.0/8. */
function rangeOfPrefix(address: string, prefix: number): string | null {
  if (!isAddress(address) || prefix > 32) return null;
  const size = 2 ** (32 - prefix);
  const first = Math.floor(ipv4Number(address) / size) * size;
  return `${ipv4Text(first)}-${ipv4Text(first + size - 1)}`;
}

function ipv4Number(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

function userFindings(value: string, at: At): Finding[] {
  if (!readUser(value))
    return [
      at(
        "user",
        "fault",
        "user=NAME:PASSWORD or user=NAME:0xKEY",
        "a value without a name, a colon or a password",
        "coturn would leave this user out.",
      ),
    ];
  const key = /^[^:]+:\s*0x(.*)$/s.exec(value)?.[1];
  if (key === undefined || /^[0-9a-fA-F]{32}$/.test(key)) return [];
  return [
    at(
      "user-key",
      "fault",
      "a key of 32 hexadecimal digits behind 0x",
      `${key.length} characters`,
      "turnadmin -k makes one.",
    ),
  ];
}
