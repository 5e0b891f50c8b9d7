import { readFlag, readInteger } from "./read-value.ts";

/** Where a coturn tells its counters over HTTP (coturn: docs/Prometheus.md). */
export type PrometheusEndpoint = {
  /** As somebody in the server's own network namespace reaches it. */
  address: string;
  port: number;
  path: string;
  isTls: boolean;
};

/** The words of turnserver.conf that say so. */
export const PROMETHEUS_OPTIONS = [
  "prometheus",
  "prometheus-port",
  "prometheus-address",
  "prometheus-path",
  "prometheus-tls",
] as const;

/** coturn: src/apps/relay/mainrelay.h, `DEFAULT_PROM_SERVER_PORT`. */
const DEFAULT_PORT = 9641;
const ANY_ADDRESS: readonly string[] = ["", "0.0.0.0", "::"];

type Options = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Null where nothing asks for one. That one is asked for does not mean that the server's build has any. */
export function prometheusEndpoint(options: Options): PrometheusEndpoint | null {
  /** As renderConfig writes it: null where it does not, empty where the key stands alone. */
  const written = (option: (typeof PROMETHEUS_OPTIONS)[number]): string | null => {
    const value = [options[option]].flat().at(-1);
    if (value === undefined || value === false) return null;
    return value === true ? "" : String(value).trim();
  };
  const isTls = readFlag(written("prometheus-tls") ?? "no") === true;
  // `prometheus` takes any value for yes, be it 0; and `prometheus-tls` alone is enough.
  if (!isTls && written("prometheus") === null) return null;
  const address = written("prometheus-address") ?? "";
  return {
    address: ANY_ADDRESS.includes(address) ? "127.0.0.1" : address,
    port: readInteger(written("prometheus-port") ?? "")?.number || DEFAULT_PORT,
    path: written("prometheus-path") || "/metrics",
    isTls,
  };
}
