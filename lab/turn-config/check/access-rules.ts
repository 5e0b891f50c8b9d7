import { addressNumber, spanOfPrefix } from "./address-number.ts";
import type { CheckedConfig } from "./checked-config.ts";
import type { Rule, RuleFinding } from "./rule.ts";

const GUIDE = "https://enablesecurity.com/blog/coturn-security-configuration-guide/";

/** Secrets and passwords of examples that are copied: coturn's own, READMEs', and words that say they are to be changed. */
const KNOWN_SECRETS: readonly string[] = [
  "north",
  "logen",
  "openrelayproject",
  "changeme",
  "change_me",
  "changethis",
  "secret",
  "mysecret",
  "my-secret",
  "supersecret",
  "password",
  "passwd",
  "youhavetochangeme",
  "yoursecret",
  "your_secret",
  "your-secret",
  "your-auth-secret",
  "test",
  "turn",
  "coturn",
  "123456",
  "12345678",
  "admin",
  "qwerty",
];
/** Of a key to HMAC-SHA1: 16 letters out of 64 are 96 bits. */
const LEAST_SECRET = 16;

export const ACCESS_RULES: readonly Rule[] = [
  {
    id: "known-secret",
    severity: "error",
    title: "A secret or a password out of an example: whoever knows it relays.",
    find: (config) =>
      secretLines(config)
        .filter(({ secret }) => KNOWN_SECRETS.includes(secret.toLowerCase()))
        .map(({ line, option }) => ({
          line,
          option,
          expected: `a ${option === "user" ? "password" : "secret"} that nobody else has`,
          found: "one out of an example",
          reason:
            "It stands in examples that everybody reads, and is among the first that are tried: the relay is open.",
          fix: option === "user" ? "user=NAME:…" : `${option}=…`,
        })),
  },
  {
    id: "short-secret",
    severity: "warning",
    title: "A secret that can be guessed from one credential.",
    find: (config) =>
      secretLines(config)
        .filter(({ option, secret }) => option === "static-auth-secret" && secret.length < LEAST_SECRET)
        .filter(({ secret }) => !KNOWN_SECRETS.includes(secret.toLowerCase()))
        .map(({ line, option, secret }) => ({
          line,
          option,
          expected: `a secret of at least ${LEAST_SECRET} characters`,
          found: `${secret.length} characters`,
          reason:
            "Every credential is an HMAC of its user name under this secret: whoever has one can try secrets on a machine of their own.",
          fix: `${option}=…`,
        })),
  },
  {
    id: "no-credential",
    severity: "warning",
    title: "The file asks for credentials and has none.",
    find: (config) => {
      const { credential, settings } = config;
      if (credential.kind !== "missing") return [];
      const database = ["userdb", "psql-userdb", "mysql-userdb", "mongo-userdb", "redis-userdb"].find((o) =>
        settings.lineOf(o),
      );
      if (database !== undefined || config.isStated("oauth")) return [];
      const option = credential.what === "secret" ? "static-auth-secret" : "user";
      return [
        {
          line: credential.line,
          option,
          expected: option === "user" ? "a user" : "a static-auth-secret",
          found: "none",
          reason:
            "Without one in the file, coturn looks into its own database (turndb), which may well be empty: everybody gets 401.",
          fix: option === "user" ? "user=NAME:…" : "static-auth-secret=…",
          affects: "all users who need a relay",
        },
      ];
    },
  },
  {
    id: "fixed-user",
    severity: "note",
    title: "Credentials that never end.",
    url: "https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00",
    find: (config) => {
      if (config.credential.kind !== "user" && config.credential.kind !== "hashed") return [];
      const line = config.lineNumber("user");
      return [
        {
          line,
          option: "user",
          expected: "credentials that end, from a shared secret",
          found: "a user with a fixed password",
          reason:
            "A web page shows its credential to whoever loads it, and this one works until it is changed for everybody.",
          fix: "use-auth-secret\nstatic-auth-secret=…",
        },
      ];
    },
  },
  {
    id: "server-relay",
    severity: "error",
    title: "server-relay takes data from anybody, without a permission.",
    url: GUIDE,
    find: (config) =>
      flag(
        config,
        "server-relay",
        "coturn itself calls it non-standard and dangerous: peers need no permission (mainrelay.c).",
      ),
  },
  {
    id: "web-admin",
    severity: "warning",
    title: "The web interface of the administrator.",
    url: GUIDE,
    find: (config) => {
      const { settings } = config;
      if (!settings.isOn("web-admin")) return [];
      const address = settings.textOf("web-admin-ip")?.trim() ?? "";
      const isOpen = address !== "" && !isLoopback(address);
      return [
        {
          ...(isOpen && config.isBefore("4.12.0") ? { severity: "error" as const } : {}),
          line: config.lineNumber(isOpen ? "web-admin-ip" : "web-admin"),
          option: "web-admin",
          expected: "no web-admin, or one on loopback",
          found: isOpen ? `web-admin at ${address}` : "web-admin",
          reason: `It can change users and secrets${isOpen ? ", and whoever reaches the address may try" : ""}; before 4.12.0 it takes SQL from whoever asks (CVE-2026-53448).`,
          fix: "web-admin-ip=127.0.0.1",
        },
      ];
    },
  },
  {
    id: "web-admin-on-workers",
    severity: "error",
    title: "The web interface of the administrator on the ports that clients use.",
    url: GUIDE,
    find: (config) =>
      flag(
        config,
        "web-admin-listen-on-workers",
        "Whoever can reach the TLS port for TURN can reach the administrator's pages.",
      ),
  },
  {
    id: "cli-open",
    severity: "error",
    title: "coturn's command line for others than this machine.",
    url: GUIDE,
    find: (config) => {
      const { settings } = config;
      const address = settings.textOf("cli-ip")?.trim();
      if (address === undefined || isLoopback(address) || !isCliOn(config)) return [];
      return [
        {
          line: config.lineNumber("cli-ip"),
          option: "cli-ip",
          expected: "cli-ip=127.0.0.1, or no command line",
          found: `cli-ip=${address}`,
          reason: "It is telnet, in plain text, and can stop and change the server.",
          fix: config.isFrom("4.10.0") ? "cli-ip=127.0.0.1" : "no-cli",
        },
      ];
    },
  },
  {
    id: "cli-on",
    severity: "note",
    title: "coturn's command line is on.",
    url: GUIDE,
    find: (config) => {
      if (!isCliOn(config)) return [];
      return [
        {
          line: config.lineNumber("cli-password"),
          option: config.isFrom("4.10.0") ? "cli" : "no-cli",
          expected: "no command line",
          found: "one on loopback, with a password",
          reason:
            "Whoever gets to this machine's loopback may try passwords. Before 4.10.0 it is on where a password is given.",
          ...(config.isFrom("4.10.0") ? {} : { fix: "no-cli" }),
        },
      ];
    },
  },
  {
    id: "cli-password-plain",
    severity: "note",
    title: "A password of the command line in plain text.",
    find: (config) => {
      const line = config.settings.lineOf("cli-password");
      if (!line || line.value.startsWith("$5$") || !isCliOn(config) || config.isOpenLine(line.number)) return [];
      return [
        {
          line: line.number,
          option: "cli-password",
          expected: "a hash that turnadmin -P made",
          found: "plain text",
          reason: "Whoever reads the file has it.",
        },
      ];
    },
  },
];

function isCliOn(config: CheckedConfig): boolean {
  const hasPassword = config.settings.lineOf("cli-password") !== null;
  const isOn = config.isFrom("4.10.0") ? config.settings.isOn("cli") : !config.settings.isOn("no-cli");
  return isOn && hasPassword;
}

function flag(config: CheckedConfig, option: string, reason: string): RuleFinding[] {
  if (!config.settings.isOn(option)) return [];
  return [{ line: config.lineNumber(option), option, expected: `no ${option}`, found: option, reason }];
}

const LOOPBACK = ["127.0.0.0/8", "::1/128"].map(spanOfPrefix);

function isLoopback(address: string): boolean {
  const number = addressNumber(address);
  return (
    number !== null &&
    LOOPBACK.some(
      ({ family, first, last }) => family === number.family && first <= number.value && number.value <= last,
    )
  );
}

/** Secrets that are there, and not to be filled yet. */
function secretLines(config: CheckedConfig): { line: number; option: string; secret: string }[] {
  const { settings, credential } = config;
  const ofSecret = settings.linesOf("static-auth-secret");
  // Users beside a secret open nothing.
  const ofUsers = credential.kind === "user" || credential.kind === "hashed" ? settings.linesOf("user") : [];
  return [...ofSecret, ...ofUsers]
    .filter(({ number }) => !config.isOpenLine(number))
    .map(({ number, key, value }) => ({
      line: number,
      option: key,
      secret: key === "user" ? value.slice(value.indexOf(":") + 1).trim() : value.trim(),
    }));
}
