import { KNOWN_OPTIONS } from "./known-options.ts";
import { PROMETHEUS_OPTIONS, type PrometheusEndpoint, prometheusEndpoint } from "./prometheus-endpoint.ts";
import { relayRange } from "./relay-range.ts";
import { type CredentialSource, readCredential } from "./server-credential.ts";
import { isPlace, type ServerPlace } from "./server-place.ts";
import type { Settings } from "./settings.ts";

/** What the lab needs to know of a server that runs somebody's turnserver.conf. */
export type ServerFacts = {
  place: ServerPlace;
  /** Empty where the file has none. */
  realm: string;
  /** The realm, where it can be a name in a URL. */
  hostname: string | null;
  credential: CredentialSource;
  /** `address`: where relay sockets are bound, null where the file leaves it to the machine. */
  relay: { address: string | null; minPort: number; maxPort: number };
  /** As a scenario's `options` have them, without secrets, and without what only says how the server is run. */
  options: Record<string, string | number | boolean | string[]>;
  /** Paths as the file has them; null where it has none. */
  files: { cert: string | null; pkey: string | null; ca: string | null; log: string | null };
  isTlsOff: boolean;
  isDaemon: boolean;
  /** Where it tells its counters; null where the file asks for no such thing. */
  prometheus: PrometheusEndpoint | null;
  /** Options that name a network device of the machine that the file was written for. */
  devices: string[];
};

export function serverFacts(settings: Settings, place: ServerPlace): ServerFacts {
  const { min: minPort, max: maxPort } = relayRange(settings);
  const realm = settings.textOf("realm") ?? "";
  // Of `0.0.0.0` and the like coturn takes the address that the client has come to.
  const relayIp = ["relay-ip", "listening-ip"]
    .flatMap((option) => settings.valuesOf(option))
    .map((ip) => ip.trim())
    .find(isPlace);
  const path = (option: string) => settings.textOf(option) || null;
  return {
    place,
    realm,
    hostname: isHostName(realm) ? realm.toLowerCase() : null,
    credential: readCredential(settings),
    relay: { address: relayIp ?? null, minPort, maxPort },
    options: optionsOf(settings),
    files: { cert: path("cert"), pkey: path("pkey"), ca: path("CA-file"), log: path("log-file") },
    isTlsOff: settings.isOn("no-tls"),
    isDaemon: settings.isOn("daemon"),
    prometheus: prometheusOf(settings),
    devices: ["listening-device", "relay-device"].filter((option) => settings.lineOf(option)),
  };
}

function prometheusOf(settings: Settings): PrometheusEndpoint | null {
  const values = PROMETHEUS_OPTIONS.flatMap((option) => {
    const value = settings.textOf(option);
    return value === null ? [] : [[option, value] as const];
  });
  return prometheusEndpoint(Object.fromEntries(values));
}

/** A name that DNS could have (RFC 1123 section 2.1): labels, at least two, of which the last is no number. */
function isHostName(realm: string): boolean {
  return /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/i.test(realm);
}

type OptionValue = ServerFacts["options"][string];

function optionsOf(settings: Settings): ServerFacts["options"] {
  const values = settings.options().flatMap((option): [string, OptionValue][] => {
    const value = optionValue(settings, option);
    return value === null ? [] : [[option, value]];
  });
  return Object.fromEntries(values);
}

function optionValue(settings: Settings, option: string): OptionValue | null {
  const { kind, isList, isOperation } = KNOWN_OPTIONS[option] ?? { kind: "nothing" };
  if (isOperation) return null;
  switch (kind) {
    case "flag":
    case "switch":
      return settings.isOn(option);
    case "integer":
    case "port":
      return settings.numberOf(option) ?? 0;
    case "nothing":
    case "user":
    case "secret":
    case "database":
      return null;
    default:
      return isList ? settings.valuesOf(option) : (settings.textOf(option) ?? "");
  }
}
