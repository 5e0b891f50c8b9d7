import type { CheckFinding, CheckRule, CheckSeverity } from "../../model/check.ts";
import { configFindings } from "../config-findings.ts";
import type { Finding } from "../finding.ts";
import { KNOWN_OPTIONS } from "../known-options.ts";
import { readPlace } from "../server-place.ts";
import type { CheckedConfig } from "./checked-config.ts";

/**
 * What every reading of a file finds (`option-findings.ts`, `config-findings.ts`, `server-place.ts`) as rules of the check. There a
 * finding weighs what it means to a run in the lab; here, what it means where the file is deployed.
 */
type ReadRule = CheckRule & { option?: string; affects?: string };

const MAINRELAY = "https://github.com/coturn/coturn/blob/4.17.1/src/apps/relay/mainrelay.c";

const rule = (id: string, severity: CheckSeverity, title: string, more: Omit<ReadRule, keyof CheckRule> = {}) => ({
  id,
  severity,
  title,
  url: MAINRELAY,
  ...more,
});

const EVERYBODY = "everybody: the server does not start";
const ALL_CALLS = "all users";

export const READ_RULES: readonly ReadRule[] = [
  // Lines that coturn does not take, or takes for something else.
  rule("unknown-option", "error", "A key that coturn does not know: it logs one line and goes on without."),
  rule("option-of-other-version", "error", "An option that the stated version does not know: it ignores the line."),
  rule(
    "deprecated-option",
    "note",
    "An option that the stated version calls deprecated: it does nothing any more, or soon.",
  ),
  rule("option-not-built-in", "warning", "An option that Debian's build does not have."),
  rule("option-without-effect", "warning", "An option that has done nothing for years."),
  rule("line-too-long", "error", "A line that coturn cuts in two."),
  rule("nul-byte", "error", "A byte that ends the line for coturn."),
  rule("semicolon", "warning", "A semicolon that becomes part of the value."),
  rule("comment-behind-value", "warning", "A comment that becomes part of the value."),
  rule("flag-value", "error", "A word behind a flag that ends the server.", { affects: EVERYBODY }),
  rule("switch-off", "error", "An option that is on, whatever its value says."),
  rule("value-missing", "error", "An option without its value."),
  rule("number", "error", "A value that is no number: coturn reads 0."),
  rule("number-range", "error", "A number that means nothing."),
  rule("number-tail", "warning", "A number with something behind it that coturn does not read."),
  rule("word", "error", "A word that the option does not know."),
  rule("address", "error", "A value that is no address."),
  rule("external-address", "error", "An external-ip that is no address.", { affects: ALL_CALLS }),
  rule("address-port", "error", "A value that is no ADDRESS:PORT."),
  rule("range", "error", "An address range that coturn does not read."),
  rule("range-prefix", "error", "A prefix length: coturn knows none, and ignores the line."),
  rule("range-family", "error", "A range from one address family into another."),
  rule("range-order", "error", "A range that ends before it begins."),
  rule("user", "error", "A user that coturn leaves out.", { affects: "whoever has this user's credential" }),
  rule("user-key", "error", "A hashed key that is none.", { affects: "whoever has this user's credential" }),
  rule("repeated-option", "warning", "An option that stands there twice: the last line counts."),
  rule("empty-file", "error", "A file without any option."),
  // Lines that do not go together.
  rule("port-order", "error", "A relay range that ends before it begins.", { affects: ALL_CALLS }),
  rule("capacity-without-max-bps", "error", "bps-capacity without max-bps ends the server.", { affects: EVERYBODY }),
  rule("no-relay-transport", "error", "no-udp-relay and no-tcp-relay end the server.", { affects: EVERYBODY }),
  rule("no-udp-relay", "error", "No relays over UDP, and WebRTC uses no others.", { affects: ALL_CALLS }),
  rule("no-transport", "error", "No transport is left.", { affects: ALL_CALLS }),
  rule("no-auth-beside-auth", "error", "no-auth beside a way to authenticate ends the server.", { affects: EVERYBODY }),
  rule("stun-only", "error", "A server that does no TURN.", { affects: "all users who need a relay" }),
  rule("loopback-peers-with-cli", "error", "allow-loopback-peers ends the server here.", { affects: EVERYBODY }),
  rule("loopback-peers", "error", "Whoever may relay reaches the server's own loopback."),
  rule("client-certificates", "error", "TLS for those alone who present a certificate: no browser does.", {
    affects: "users behind firewalls that block UDP",
  }),
  rule("oauth", "note", "Credentials of third-party authorization (RFC 7635)."),
  rule("alternate-server", "warning", "Clients are sent to another server."),
  rule("open-relay", "error", "Anybody may relay: no credential is asked for.", { option: "lt-cred-mech" }),
  rule("users-overruled", "error", "Users beside a shared secret: coturn takes none of them.", {
    affects: "whoever has a credential of these users",
  }),
  rule("auth-modes", "warning", "Two ways to authenticate, of which one counts."),
  rule("lt-cred-mech-implied", "note", "Users without lt-cred-mech: coturn turns it on."),
  rule("realm", "warning", "No realm: the machine's domain stands for it.", { option: "realm" }),
  rule("same-port", "warning", "Two listeners of one port."),
  rule("listener-in-relay-range", "warning", "A listener inside of the relay range."),
  rule("external-ip-missing", "error", "A private address without external-ip: relayed addresses are private.", {
    option: "external-ip",
    affects: "all users whose calls are relayed",
  }),
  rule("external-ip-repeated", "error", "A second external-ip without a private part: coturn keeps the first."),
];

/** What only the lab minds: it has no databases, one address a machine, and reads logs from standard output. */
const OF_THE_LAB: readonly string[] = ["certificate", "database", "no-stdout-log", "place", "placeholder"];

const BY_ID = new Map(READ_RULES.map((entry) => [entry.id, entry]));

export function readFindings(config: CheckedConfig): CheckFinding[] {
  const { settings, credential, version } = config;
  const findings = [
    ...config.lineFindings,
    ...readPlace(settings).findings,
    ...configFindings(settings, credential, version),
  ];
  return findings
    .filter(({ rule: id }) => !OF_THE_LAB.includes(id))
    .filter((finding) => !isLeftOpen(finding, config))
    .map((finding) => toCheck(finding, config));
}

/** What a line says that is to be filled yet is not known. */
function isLeftOpen({ rule: id, line }: Finding, config: CheckedConfig): boolean {
  if (id === "external-ip-missing") return config.isStated("external-ip");
  if (id === "realm") return config.isStated("realm");
  if (id === "open-relay") return ["user", "static-auth-secret", "use-auth-secret"].some((key) => config.isStated(key));
  return config.isOpenLine(line);
}

function toCheck(finding: Finding, config: CheckedConfig): CheckFinding {
  const { rule: id, line, expected, found, hint, fix } = finding;
  const { severity, title, option, affects } = BY_ID.get(id) ?? { severity: "error" as const, title: id };
  const key = config.lines.find(({ number }) => number === line)?.key;
  const known = key !== undefined && Object.hasOwn(KNOWN_OPTIONS, key) ? key : null;
  return {
    rule: id,
    severity: severityHere(finding, severity, config),
    file: config.file,
    line,
    option: known ?? option ?? null,
    expected,
    found,
    reason: hint ?? title,
    fix: fixOf(finding, known) ?? fix ?? null,
    affects: affects ?? null,
  };
}

/** An option that only tells how the server is run or watched, and is not known, changes no call. */
function severityHere(
  { rule: id, severity, line, found }: Finding,
  usual: CheckSeverity,
  config: CheckedConfig,
): CheckSeverity {
  if (id === "option-of-other-version") {
    const key = config.lines.find(({ number }) => number === line)?.key ?? "";
    const isMoot = KNOWN_OPTIONS[key]?.isDefaultSince !== undefined && config.isFrom(KNOWN_OPTIONS[key].isDefaultSince);
    return severity === "warning" || isMoot ? "warning" : usual;
  }
  // A name is looked up where coturn runs, which may well do.
  if ((id === "address" || id === "external-address") && /^"[a-z0-9-]+(\.[a-z0-9-]+)+"$/i.test(found)) {
    return /[a-z]/i.test(found) ? "warning" : usual;
  }
  if (id === "client-certificates") return config.settings.isOn("no-tls") ? "note" : usual;
  return usual;
}

function fixOf({ rule: id, fix }: Finding, key: string | null): string | null {
  if (id === "range-prefix" && key !== null && fix !== undefined) return `${key}=${fix}`;
  if (id === "open-relay") return "use-auth-secret\nstatic-auth-secret=…";
  if (id === "realm") return "realm=turn.example.org";
  return null;
}
