import type { PortRange } from "../../model/port-ranges.ts";

/** Ports of a container that the machine has too. */
export type PublishedPort = {
  /** Null: on every address. */
  hostAddress: string | null;
  /** Null: whichever is free. */
  host: PortRange | null;
  container: PortRange;
  protocol: "udp" | "tcp";
  line: number;
};

/** `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`, each port or range (docker run --publish); null where it is none of it. */
export function parsePublished(text: string, line: number): PublishedPort | null {
  const match = /^(?:(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}|localhost)):)?(?:([\d-]*):)?([\d-]+)(?:\/(udp|tcp))?$/i.exec(
    text.trim(),
  );
  if (!match) return null;
  const container = readPorts(match[4] ?? "");
  const host = match[3] ? readPorts(match[3]) : null;
  if (container === null || (match[3] && host === null)) return null;
  const protocol = match[5]?.toLowerCase() === "udp" ? "udp" : "tcp";
  return { hostAddress: match[1] ?? match[2] ?? null, host, container, protocol, line };
}

export function readPorts(text: string): PortRange | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (!match) return null;
  const [min, max] = [Number(match[1]), Number(match[2] ?? match[1])];
  return min >= 1 && min <= max && max <= 65_535 ? { min, max } : null;
}
