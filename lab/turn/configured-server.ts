import { posix } from "node:path";
import type { ConfigNote } from "../model/events.ts";
import type { TurnServerSpec } from "../model/topology.ts";
import { listenersOf } from "../model/turn-listeners.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import type { CredentialSource } from "../turn-config/server-credential.ts";
import { CERTIFICATE_PATH, KEY_PATH } from "./coturn-config.ts";
import { isAtLeast } from "./coturn-version.ts";
import { type Credential, restCredential } from "./credentials.ts";
import type { TurnServerPlan } from "./turn-server.ts";

/** Every container of the lab has its wire under this name. */
const LAB_DEVICE = "eth0";
/** Time-limited credentials outlive every run. */
const REST_LIFETIME_S = 86_400;
/** coturn's words for a log that is no file. */
const NO_LOG_FILES: readonly string[] = ["stdout", "-", "syslog"];

/** A server that runs somebody's turnserver.conf: what its container is given, and what the report says about it. */
export type ConfiguredServer = {
  config: TurnConfig;
  /** For turnserver, after the file; one that the file has too wins over it, but not in what says where the log goes. */
  arguments: string[];
  /** Absolute; the same path twice where one file is to hold both. `ca`: null where the file asks for none. */
  certificate: { cert: string; pkey: string; ca: string | null };
  /** The file that the server writes its log to, which is to be its standard output; null where it is that already. */
  logPath: string | null;
  /** For the report: no secret stands here. */
  supplied: ConfigNote[];
  overridden: ConfigNote[];
};

/** A plan with the file in the place of the lab's own configuration; `fresh`: a credential of this run. */
export function withConfig(
  plan: TurnServerPlan,
  config: TurnConfig,
  spec: Pick<TurnServerSpec, "hostname" | "credential">,
  fresh: Credential,
): TurnServerPlan {
  const { facts } = config;
  const opener = openerOf(facts.credential, spec.credential ?? fresh);
  // What a scenario says itself opens the server, or is meant not to.
  const minting = spec.credential ? {} : opener.minting;
  const parts = [tlsParts(config), logParts(config), machineParts(config)];
  const configured: ConfiguredServer = {
    config,
    arguments: [...opener.arguments, ...parts.flatMap((part) => part.arguments)],
    certificate: certificatePaths(config),
    logPath: logPathOf(facts.files.log),
    supplied: [
      ...config.invented.map(({ name, line }) => ({
        what: `a secret for the placeholder ${name} in line ${line}`,
        why: "it was given no value",
      })),
      ...opener.supplied,
      ...parts.flatMap((part) => part.supplied ?? []),
    ],
    overridden: parts.flatMap((part) => part.overridden ?? []),
  };
  const version = plan.found?.version ?? null;
  const options = {
    ...facts.options,
    // Since 4.17.0 a file that does not ask for DTLS has none.
    ...(isAtLeast(version, "4.17") && facts.options.dtls !== true ? { dtls: false } : {}),
  };
  return {
    ...plan,
    hostname: spec.hostname ?? plan.address,
    realm: facts.realm,
    secrets: [],
    ...minting,
    credential: spec.credential ?? opener.credential,
    relay: { ...facts.relay, address: facts.relay.address ?? plan.relay.address },
    options,
    prometheus: facts.prometheus,
    listeners: listenersOf(options),
    program: { ...plan.program, command: [...plan.program.command, ...configured.arguments], files: [] },
    configured,
  };
}

type Part = { arguments: string[]; supplied?: ConfigNote[]; overridden?: ConfigNote[] };

/** What opens the server, and what has to be added so that anything does. */
function openerOf(
  source: CredentialSource,
  fallback: Credential,
): Part & { credential: Credential; supplied: ConfigNote[]; minting?: Pick<TurnServerPlan, "secrets" | "separator"> } {
  const plain = { arguments: [], supplied: [] };
  switch (source.kind) {
    case "user":
      return { ...plain, credential: { username: source.username, password: source.password } };
    case "secret":
      return { ...plain, ...timeLimited(source.secret, source.separator) };
    // Nobody asks for it; or it is the scenario's own, which withConfig puts in its place.
    case "open":
    case "hashed":
      return { ...plain, credential: fallback };
    case "missing": {
      const why = `line ${source.line ?? "?"} asks for one, and the file has none`;
      if (source.what === "secret") {
        return {
          ...timeLimited(fallback.password, source.separator),
          arguments: [`--static-auth-secret=${fallback.password}`],
          supplied: [{ what: "a static-auth-secret", why }],
        };
      }
      return {
        credential: fallback,
        arguments: [`--user=${fallback.username}:${fallback.password}`],
        supplied: [{ what: "a user", why }],
      };
    }
  }
}

/** One for each peer is minted with the secret; that which is there already is for whoever looks into a lab. */
function timeLimited(secret: string, separator: string) {
  const expiresAtS = Math.floor(Date.now() / 1000) + REST_LIFETIME_S;
  const credential = restCredential(secret, { userId: "lab", expiresAtS, separator });
  return { credential, minting: { secrets: [secret], separator } };
}

function tlsParts({ facts: { files, isTlsOff }, files: given = [] }: TurnConfig): Part {
  if (isTlsOff) return { arguments: [] };
  const isGiven = (path: string) => given.some((file) => file.path === absolute(path));
  const named = new Set([files.cert, files.pkey].filter((path) => path !== null && !isGiven(path)));
  const supplied: ConfigNote[] = [];
  if (named.size > 0) {
    const why = "a certificate of the run's own authority, which the peers trust, and its key";
    supplied.push({ what: [...named].join(" and "), why });
  }
  if (files.ca !== null && !isGiven(files.ca))
    supplied.push({ what: files.ca, why: "the certificate of the run's own authority" });
  const missing = [...(files.cert === null ? ["cert"] : []), ...(files.pkey === null ? ["pkey"] : [])];
  if (missing.length > 0) {
    supplied.push({
      what: missing.join(" and "),
      why: "the file names none, and coturn would listen neither on TLS nor on DTLS",
    });
  }
  return {
    arguments: [
      ...(files.cert === null ? [`--cert=${CERTIFICATE_PATH}`] : []),
      ...(files.pkey === null ? [`--pkey=${KEY_PATH}`] : []),
    ],
    supplied,
  };
}

/**
 * The log options are the ones that a file wins over arguments with (coturn reads them in a pass of its own, after those
 * of the command line): where it names a log file, that file leads to standard output.
 */
function logParts({ facts: { files } }: TurnConfig): Part {
  const path = logPathOf(files.log);
  if (files.log === null) return { arguments: ["--log-file=stdout"] };
  if (path === null) return { arguments: [] };
  const why = "the lab reads the server's log there";
  return {
    arguments: ["--simple-log", "--no-stdout-log"],
    overridden: [{ what: `log-file=${files.log} leads to standard output`, why }],
  };
}

function machineParts({ facts: { isDaemon, devices } }: TurnConfig): Part {
  const overridden: ConfigNote[] = devices.map((option) => ({
    what: `${option}=${LAB_DEVICE}`,
    why: "the file names a device of another machine",
  }));
  if (isDaemon) {
    overridden.push({ what: "daemon is off", why: "the server is its container's main process" });
  }
  return {
    arguments: [...devices.map((option) => `--${option}=${LAB_DEVICE}`), ...(isDaemon ? ["--daemon=0"] : [])],
    overridden,
  };
}

function certificatePaths({ facts: { files } }: TurnConfig): ConfiguredServer["certificate"] {
  return {
    cert: files.cert === null ? CERTIFICATE_PATH : absolute(files.cert),
    pkey: files.pkey === null ? KEY_PATH : absolute(files.pkey),
    ca: files.ca === null ? null : absolute(files.ca),
  };
}

function logPathOf(log: string | null): string | null {
  return log === null || NO_LOG_FILES.includes(log) ? null : posix.resolve("/", log);
}

/** A relative path is looked for in /etc, among other places (coturn: apputils.c, `config_file_search_dirs`). */
function absolute(path: string): string {
  return posix.resolve("/etc", path);
}

/** Whether it shows a certificate of the user's own, whatever that is worth. */
export function hasGivenCertificate({ configured }: Pick<TurnServerPlan, "configured">): boolean {
  const { config, certificate } = configured ?? {};
  return config?.files?.some(({ path }) => path === certificate?.cert) ?? false;
}
