import { STUN_PORT, TLS_PORT } from "../model/ice.ts";
import { type Finding, shown } from "./finding.ts";
import { KNOWN_OPTIONS } from "./known-options.ts";
import { relayRange } from "./relay-range.ts";
import type { CredentialSource } from "./server-credential.ts";
import type { Settings } from "./settings.ts";
import { compareVersions } from "./version.ts";

/** A rule over a whole file: the line at fault, or null where all is well. */
type Rule = (settings: Settings, version: string | null) => Finding[];

/** What options say together: what coturn refuses, and what it does that nobody would expect (4.6.1, measured). */
export function configFindings(settings: Settings, credential: CredentialSource, version: string | null): Finding[] {
  return [...RULES.flatMap((rule) => rule(settings, version)), ...credentialFindings(settings, credential)];
}

const RULES: readonly Rule[] = [
  repeated,
  (s) => {
    const { min, max } = relayRange(s);
    const option = s.lineOf("min-port") ? "min-port" : "max-port";
    return min > max ? [fault("port-order", s, option, `a min-port up to max-port, ${max}`, String(min))] : [];
  },
  (s) =>
    (s.numberOf("bps-capacity") ?? 0) > 0 && (s.numberOf("max-bps") ?? 0) === 0
      ? [
          fault(
            "capacity-without-max-bps",
            s,
            "bps-capacity",
            "max-bps beside bps-capacity",
            "none",
            "coturn ends without it.",
          ),
        ]
      : [],
  (s) =>
    s.isOn("no-udp-relay") && s.isOn("no-tcp-relay")
      ? [
          fault(
            "no-relay-transport",
            s,
            // Browsers can do without the other.
            "no-udp-relay",
            "one of no-udp-relay and no-tcp-relay",
            "both",
            "coturn ends with both.",
          ),
        ]
      : [],
  (s) =>
    s.isOn("no-udp-relay") && !s.isOn("no-tcp-relay")
      ? [warning("no-udp-relay", s, "no-udp-relay", "relays over UDP: WebRTC uses no others", "no-udp-relay")]
      : [],
  (s) =>
    s.isOn("no-udp") && s.isOn("no-tcp") && s.isOn("no-tls")
      ? [fault("no-transport", s, "no-tls", "a transport that clients may use", "no-udp, no-tcp and no-tls")]
      : [],
  (s) => {
    const asking = ["static-auth-secret", "use-auth-secret", "lt-cred-mech"].find(
      (option) => s.isOn(option) || (s.linesOf(option).length > 0 && option === "static-auth-secret"),
    );
    return s.isOn("no-auth") && asking
      ? [fault("no-auth-beside-auth", s, "no-auth", `one of no-auth and ${asking}`, "both", "coturn ends with both.")]
      : [];
  },
  (s) => (s.isOn("stun-only") ? [fault("stun-only", s, "stun-only", "a server that does TURN", "stun-only")] : []),
  samePorts,
  (s, version) => {
    if (!s.isOn("allow-loopback-peers")) return [];
    const isCliOn = version !== null && compareVersions(version, "4.10.0") < 0;
    return isCliOn && !s.isOn("no-cli") && !s.lineOf("cli-password")
      ? [
          fault(
            "loopback-peers-with-cli",
            s,
            "allow-loopback-peers",
            "no-cli or a cli-password beside it",
            "neither",
            "coturn ends without.",
          ),
        ]
      : [
          warning(
            "loopback-peers",
            s,
            "allow-loopback-peers",
            "loopback denied",
            "allow-loopback-peers",
            "Whoever may relay reaches what listens on the server's own loopback.",
          ),
        ];
  },
  (s) => {
    const missing = ["cert", "pkey"].filter((option) => !s.textOf(option));
    if (missing.length === 0 || s.isOn("no-tls")) return [];
    const hint = "Without them coturn listens neither on TLS nor on DTLS where you run it; the lab supplies its own.";
    return [
      {
        rule: "certificate",
        severity: "warning",
        line: null,
        expected: "cert and pkey",
        found: `no ${missing.join(" and no ")}`,
        hint,
      },
    ];
  },
  (s) =>
    s.lineOf("CA-file")
      ? [
          warning(
            "client-certificates",
            s,
            "CA-file",
            "clients that are not asked for a certificate",
            "CA-file",
            "coturn then takes TLS only from clients that present one, and browsers present none.",
          ),
        ]
      : [],
  (s) =>
    s.isOn("oauth")
      ? [
          warning(
            "oauth",
            s,
            "oauth",
            "credentials that the lab's peers have",
            "oauth",
            "Its keys are in a database; peers use the other credentials of the file.",
          ),
        ]
      : [],
  (s) =>
    ["alternate-server", "tls-alternate-server", "udp-alternate-server", "tcp-alternate-server"].flatMap((option) =>
      s.linesOf(option).map(
        (line): Finding => ({
          rule: "alternate-server",
          severity: "warning",
          line: line.number,
          expected: "a server that takes the calls itself",
          found: `${line.key}=${line.value}`,
          hint: "It answers 300 Try Alternate; in the lab somebody listens there only if the scenario has put a server there.",
        }),
      ),
    ),
  (s) =>
    s.isOn("no-stdout-log")
      ? [
          warning(
            "no-stdout-log",
            s,
            "no-stdout-log",
            "a log on standard output",
            "no-stdout-log",
            "No argument overrides it. Where log-file names a path the lab reads that; else it has no log of this server.",
          ),
        ]
      : [],
  databases,
];

const DATABASES = ["psql-userdb", "mysql-userdb", "mongo-userdb", "redis-userdb", "redis-statsdb"];

function databases(settings: Settings): Finding[] {
  const served = DATABASES.flatMap((option) => {
    const line = settings.lineOf(option);
    return line
      ? [
          fault(
            "database",
            settings,
            option,
            "users and secrets in the file itself",
            line.key,
            "The lab has no such database. Leave the line out, and give user or static-auth-secret.",
          ),
        ]
      : [];
  });
  const sqlite = settings.lineOf("userdb");
  if (!sqlite) return served;
  const hasOwn = settings.linesOf("user").length + settings.linesOf("static-auth-secret").length > 0;
  const hint = "The lab has no users of that file: the database begins empty.";
  const expected = "users and secrets in the file itself";
  return [
    ...served,
    hasOwn
      ? warning("database", settings, "userdb", expected, sqlite.key, hint)
      : fault("database", settings, "userdb", expected, sqlite.key, `${hint} Give user or static-auth-secret.`),
  ];
}

function credentialFindings(settings: Settings, credential: CredentialSource): Finding[] {
  if (credential.kind === "open") {
    const [hint, expected] = ["It relays for everybody who finds it.", "credentials that the server asks for"];
    const line = settings.lineOf("no-auth")?.number ?? null;
    return [{ rule: "open-relay", severity: "warning", line, expected, found: "none", hint }];
  }
  const findings: Finding[] = [];
  const isSecret = credential.kind === "secret" || (credential.kind === "missing" && credential.what === "secret");
  if (isSecret && settings.lineOf("user")) {
    findings.push(
      warning(
        "users-overruled",
        settings,
        "user",
        "users or a shared secret",
        "both",
        "The secret wins: coturn takes none of the users.",
      ),
    );
  } else if (isSecret && settings.isOn("lt-cred-mech")) {
    findings.push(
      warning(
        "auth-modes",
        settings,
        "lt-cred-mech",
        "lt-cred-mech or a shared secret",
        "both",
        "The secret wins; lt-cred-mech changes nothing.",
      ),
    );
  }
  if (!isSecret && !settings.isOn("lt-cred-mech") && settings.lineOf("user")) {
    findings.push(
      warning(
        "lt-cred-mech-implied",
        settings,
        "user",
        "lt-cred-mech beside user",
        "none",
        "coturn turns it on by itself.",
      ),
    );
  }
  if (!settings.textOf("realm")) {
    const hint =
      "coturn takes the machine's domain for it. Where that is empty, as in the lab, peers are answered 401.";
    findings.push({ rule: "realm", severity: "warning", line: null, expected: "a realm", found: "none", hint });
  }
  return findings;
}

/** A line that another one after it undoes. */
function repeated(settings: Settings): Finding[] {
  return settings.options().flatMap((option) => {
    if (KNOWN_OPTIONS[option]?.isList) return [];
    const lines = settings.linesOf(option);
    const last = lines.at(-1);
    return lines.slice(0, -1).flatMap((line): Finding[] => {
      if (!last || line.value === last.value) return [];
      const hint = `Line ${last.number} has it again, and the last one counts.`;
      return [
        {
          rule: "repeated-option",
          severity: "warning",
          line: line.number,
          expected: `${option} once`,
          found: `${line.key} here too`,
          hint,
        },
      ];
    });
  });
}

/** Ports that two listeners of one address want. */
function samePorts(settings: Settings): Finding[] {
  const plain = settings.numberOf("listening-port") ?? STUN_PORT;
  const secure = settings.numberOf("tls-listening-port") ?? TLS_PORT;
  const findings: Finding[] = [];
  const option = settings.lineOf("tls-listening-port") ? "tls-listening-port" : "listening-port";
  if (plain === secure && !settings.isOn("no-tls")) {
    findings.push(
      warning(
        "same-port",
        settings,
        option,
        "a port for TLS that is not listening-port",
        String(plain),
        "coturn takes TLS on its plain port as well; the second socket gets nothing of its own.",
      ),
    );
  }
  const seen = new Set<string>();
  for (const line of settings.linesOf("aux-server")) {
    const port = Number(/:(\d+)$/.exec(line.value)?.[1]);
    if (seen.has(line.value.trim()) || port === plain || port === secure) {
      findings.push({
        rule: "same-port",
        severity: "warning",
        line: line.number,
        expected: "a port of its own",
        found: shown(line.value),
        hint: "Another line listens there already.",
      });
    }
    seen.add(line.value.trim());
  }
  const { min, max } = relayRange(settings);
  const inside = [plain, secure].filter((port) => port >= min && port <= max);
  if (inside.length > 0) {
    findings.push(
      warning(
        "listener-in-relay-range",
        settings,
        settings.lineOf("min-port") ? "min-port" : option,
        "listeners outside of the relay range",
        `port ${inside.join(" and ")} in ${min}-${max}`,
      ),
    );
  }
  return findings;
}

type Tell = (
  rule: string,
  settings: Settings,
  option: string,
  expected: string,
  found: string,
  hint?: string,
) => Finding;

const fault: Tell = (rule, settings, option, expected, found, hint) => ({
  rule,
  severity: "fault",
  line: settings.lineOf(option)?.number ?? null,
  expected,
  found,
  ...(hint === undefined ? {} : { hint }),
});

const warning: Tell = (...told) => ({ ...fault(...told), severity: "warning" });
