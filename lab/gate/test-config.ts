import { readConfig, type TurnConfig } from "../turn-config/read-config.ts";

/** A file as both sides have it, in tests. */
export const GOOD = [
  "listening-port=3478",
  "tls-listening-port=443",
  "external-ip=34.1.2.3/10.0.0.5",
  "realm=turn.example.org",
  "use-auth-secret",
  "static-auth-secret=north-by-north-west",
  "cert=/etc/ssl/fullchain.pem",
  "pkey=/etc/ssl/privkey.pem",
];

/** GOOD without the options named in `lines`, and with these. */
export function configOf(
  lines: readonly string[] = [],
  { without = [] }: { without?: readonly string[] } = {},
): TurnConfig {
  const keyOf = (line: string) => line.split("=")[0] ?? "";
  const replaced = new Set([...lines.map(keyOf), ...without]);
  const text = [...GOOD.filter((line) => !replaced.has(keyOf(line))), ...lines].join("\n");
  return parsedConfig(text);
}

export function parsedConfig(text: string, file = "turnserver.conf"): TurnConfig {
  const { config, findings } = readConfig({
    file,
    text,
    values: new Map(),
    version: "4.6.1",
    makeSecret: () => "made-0123456789",
    goesOn: true,
  });
  if (!config) throw new Error(JSON.stringify(findings));
  return config;
}

/** With users instead of a secret. */
export const usersConfig = (...lines: string[]) =>
  configOf(["lt-cred-mech", ...lines], { without: ["use-auth-secret", "static-auth-secret"] });
