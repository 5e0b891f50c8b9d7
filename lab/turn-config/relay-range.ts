import { RELAY_PORTS } from "../model/ice.ts";
import type { Settings } from "./settings.ts";

/** Ports of relayed addresses, the defaults where a file is silent. */
export function relayRange(settings: Settings): { min: number; max: number } {
  return {
    min: settings.numberOf("min-port") ?? RELAY_PORTS.min,
    max: settings.numberOf("max-port") ?? RELAY_PORTS.max,
  };
}
