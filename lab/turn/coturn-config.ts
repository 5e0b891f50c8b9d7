import { RELAY_PORTS, STUN_PORT, TLS_PORT } from "../model/ice.ts";
import type { TurnServerSpec } from "../model/topology.ts";
import { hasDtls } from "../model/turn-listeners.ts";
import { isAtLeast } from "./coturn-version.ts";
import { type Credential, longTermKey } from "./credentials.ts";
import { SECRET_DATABASE } from "./secret-store.ts";

export { RELAY_PORTS, STUN_PORT, TLS_PORT };

/** Where the container finds its files. */
export const CONFIG_PATH = "/etc/turnlab/turnserver.conf";
export const CERTIFICATE_PATH = "/etc/turnlab/fullchain.pem";
export const KEY_PATH = "/etc/turnlab/privkey.pem";

type OptionValue = string | number | boolean | string[];

export type CoturnFacts = {
  /** Its own, which it binds. */
  addresses: readonly string[];
  /** The one by which the internet knows it, where that is another. */
  publicAddress?: string;
  realm: string;
  /** That the stored key is computed for, where it is another one. */
  keyRealm?: string;
  credential: Credential;
  /** With any, time-limited credentials and no user: `static-auth-secret` lines, or the database where they change. */
  secrets?: readonly string[];
  areSecretsStored?: boolean;
  /** Opens coturn's command line on its loopback, by which the lab ends allocations (`cs`). */
  cliPassword?: string;
  /** Null or absent: not known, and taken for one that knows every word there ever was. */
  version?: string | null;
};

/**
 * A coturn, configured the way the deployments it stands for are, in the words of its version; a spec's `options` replace
 * key by key.
 */
export function coturnOptions(
  facts: CoturnFacts,
  overrides: TurnServerSpec["options"] = {},
): Record<string, OptionValue> {
  const { addresses, publicAddress, realm, version = null } = facts;
  const { dtls: _, "no-dtls": __, ...others } = overrides;
  const [only = ""] = addresses;
  // With a relay-ip of each family coturn gives what REQUESTED-ADDRESS-FAMILY asks for, and IPv4 where it asks for none
  // (RFC 8656 section 7.2).
  const everyAddress = addresses.length > 1 ? [...addresses] : only;
  return {
    "listening-ip": everyAddress,
    "relay-ip": everyAddress,
    // With its private part: whoever sends to the public address from here is answered here, and a range of denied peers
    // that the private address lies in leaves it alone (coturn 4.6.1: "Whitelisting external-ip private part").
    ...(publicAddress === undefined ? {} : { "external-ip": `${publicAddress}/${only}` }),
    "listening-port": STUN_PORT,
    "tls-listening-port": TLS_PORT,
    "min-port": RELAY_PORTS.min,
    "max-port": RELAY_PORTS.max,
    ...authentication(facts),
    realm,
    fingerprint: true,
    "stale-nonce": 600,
    "no-multicast-peers": true,
    ...commandLine(facts.cliPassword, version),
    cert: CERTIFICATE_PATH,
    pkey: KEY_PATH,
    "log-file": "stdout",
    "simple-log": true,
    verbose: true,
    pidfile: "/tmp/turnserver.pid",
    ...dtlsOption(hasDtls(overrides), version),
    ...others,
  };
}

function authentication({
  realm,
  keyRealm = realm,
  credential,
  secrets = [],
  areSecretsStored,
}: CoturnFacts): Record<string, OptionValue> {
  if (secrets.length === 0) {
    return { "lt-cred-mech": true, user: `${credential.username}:0x${longTermKey(credential, keyRealm)}` };
  }
  const store: Record<string, OptionValue> = areSecretsStored
    ? { userdb: SECRET_DATABASE }
    : { "static-auth-secret": [...secrets] };
  return { "use-auth-secret": true, ...store };
}

/** Off by default since 4.10.0, which logs `no-cli` as an error; on in every older one (Debian 12 has 4.6.1). */
function commandLine(password: string | undefined, version: string | null): Record<string, OptionValue> {
  const isOptIn = isAtLeast(version, "4.10");
  if (password === undefined) return isOptIn ? {} : { "no-cli": true };
  return { ...(isOptIn ? { cli: true } : {}), "cli-ip": "127.0.0.1", "cli-password": password };
}

/** DTLS is on unless `no-dtls` up to 4.16, and off unless `dtls` since 4.17.0. */
function dtlsOption(isWanted: boolean, version: string | null): Record<string, OptionValue> {
  if (isAtLeast(version, "4.17")) return isWanted ? { dtls: true } : {};
  return isWanted ? {} : { "no-dtls": true };
}

/** turnserver.conf: `key=value` lines, bare flags, one line for each of several values (coturn: examples/etc). */
export function renderConfig(options: Record<string, OptionValue>): string {
  const lines = Object.entries(options).flatMap(([key, value]) => {
    if (value === false) return [];
    if (value === true) return [key];
    return Array.isArray(value) ? value.map((one) => `${key}=${one}`) : [`${key}=${value}`];
  });
  return `${lines.join("\n")}\n`;
}
