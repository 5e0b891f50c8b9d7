import type { CheckFinding, CheckRule } from "../../model/check.ts";

/** What can be wrong around a configuration: the command line, the container, the ports that it publishes. */
export const SOURCE_RULES = [
  { id: "byte-order-mark", severity: "note", title: "Bytes before the first line that an editor has left." },
  { id: "unknown-argument", severity: "error", title: "An argument that coturn does not know ends it." },
  { id: "argument-without-value", severity: "error", title: "An argument that needs a value has none." },
  { id: "argument-ignored", severity: "error", title: "A word of the command line that coturn takes for nothing." },
  { id: "argument-overrides-file", severity: "note", title: "An argument wins over a line of the configuration file." },
  {
    id: "config-file-not-read",
    severity: "note",
    title: "The configuration file is not beside the file that names it.",
  },
  {
    id: "config-file-not-mounted",
    severity: "error",
    title: "The configuration file that is named is not in the container.",
  },
  {
    id: "value-known-at-run-time",
    severity: "note",
    title: "A value that only the running machine knows is not checked.",
  },
  { id: "no-configuration", severity: "error", title: "A coturn without any configuration relays for everybody." },
  { id: "image-version-open", severity: "note", title: "The image's tag names no coturn version." },
  {
    id: "image-variable-ignored",
    severity: "warning",
    title: "A variable that the image's README names does nothing.",
  },
  { id: "udp-port-not-published", severity: "error", title: "A listener's UDP port is not published." },
  { id: "tcp-port-not-published", severity: "warning", title: "A listener's TCP port is not published." },
  { id: "tls-port-not-published", severity: "warning", title: "The TLS listener's port is not published." },
  { id: "relay-range-not-published", severity: "error", title: "Ports of the relay range are not published." },
  { id: "relay-range-moved", severity: "error", title: "Relay ports are published under other numbers." },
  { id: "published-on-loopback", severity: "warning", title: "A port is published for the machine itself alone." },
  {
    id: "container-address-relayed",
    severity: "error",
    title: "Clients are given relayed addresses of the container.",
  },
  { id: "many-published-ports", severity: "note", title: "Docker sets up each published port by itself." },
  { id: "ports-ignored", severity: "note", title: "Published ports mean nothing in the machine's own network." },
] as const satisfies readonly CheckRule[];

export type SourceRule = (typeof SOURCE_RULES)[number]["id"];

type Told = Omit<CheckFinding, "rule" | "severity" | "affects" | "option" | "fix"> &
  Partial<Pick<CheckFinding, "affects" | "option" | "fix">>;

/** A finding of one of these rules, with what is mostly null left out. */
export function sourceFinding(rule: SourceRule, told: Told): CheckFinding {
  const { severity = "error" } = SOURCE_RULES.find(({ id }) => id === rule) ?? {};
  return { rule, severity, affects: null, option: null, fix: null, ...told };
}
