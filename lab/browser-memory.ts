import { UnavailableError } from "./lab-error.ts";
import type { PeerEngine } from "./model/engine.ts";
import type { EngineInfo } from "./model/events.ts";
import type { PeerSpec } from "./model/topology.ts";

const MIB = 2 ** 20;
/**
 * What a browser takes with a few calls in it: seen were 160 to 260 MiB of Chromium, 260 to 370 of Firefox. A lab is not begun
 * that would end by the OOM killer's choice.
 */
const BROWSER_BYTES: Readonly<Partial<Record<PeerEngine, number>>> = { chromium: 250 * MIB, firefox: 400 * MIB };
/** What is left to everything else: servers, routers, the engine and the harness. */
const REST_BYTES = 512 * MIB;

/** Whether the engine's machine can hold a browser for every peer that is one. @throws UnavailableError */
export function assertBrowsersFit(peers: Readonly<Record<string, PeerSpec>>, { memoryBytes }: EngineInfo): void {
  const each = Object.values(peers).flatMap(({ engine }) => (engine && BROWSER_BYTES[engine]) || []);
  const needed = each.reduce((sum, bytes) => sum + bytes, REST_BYTES);
  if (each.length === 0 || needed <= memoryBytes) return;
  const [wants, has] = [needed, memoryBytes].map((bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`);
  throw new UnavailableError(
    `${each.length} browsers need about ${wants} of memory, and the engine's machine has ${has}: ` +
      "fewer peers, a machine with more, or --peers werift",
  );
}
