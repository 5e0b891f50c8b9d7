import type { TurnServerSpec } from "../model/topology.ts";
import { type Credential, longTermKey } from "./credentials.ts";

/** Where the container finds its files. */
export const CONFIG_PATH = "/etc/turnlab/turnserver.conf";
export const CERTIFICATE_PATH = "/etc/turnlab/fullchain.pem";
export const KEY_PATH = "/etc/turnlab/privkey.pem";

export const STUN_PORT = 3478;
export const TLS_PORT = 5349;
export const RELAY_PORTS = { min: 49152, max: 65535 } as const;

type OptionValue = string | number | boolean | string[];

export type CoturnFacts = { address: string; realm: string; credential: Credential };

/** The lab's coturn, configured the way the deployments it stands for are; a spec's `options` replace key by key. */
export function coturnOptions(
  facts: CoturnFacts,
  overrides: TurnServerSpec["options"] = {},
): Record<string, OptionValue> {
  const { address, realm, credential } = facts;
  return {
    "listening-ip": address,
    "relay-ip": address,
    "listening-port": STUN_PORT,
    "tls-listening-port": TLS_PORT,
    "min-port": RELAY_PORTS.min,
    "max-port": RELAY_PORTS.max,
    "lt-cred-mech": true,
    user: `${credential.username}:0x${longTermKey(credential, realm)}`,
    realm,
    fingerprint: true,
    "stale-nonce": 600,
    "no-multicast-peers": true,
    // Off by default since 4.10 and an unknown key there; needed on every older one (Debian 12 has 4.6.1).
    "no-cli": true,
    cert: CERTIFICATE_PATH,
    pkey: KEY_PATH,
    "log-file": "stdout",
    "simple-log": true,
    verbose: true,
    pidfile: "/tmp/turnserver.pid",
    ...overrides,
  };
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
