import { UnavailableError } from "./lab-error.ts";
import { isBrowser } from "./model/engine.ts";
import type { EngineInfo } from "./model/events.ts";
import type { PeerSpec } from "./model/topology.ts";

const MIB = 2 ** 20;
/** What a browser of either kind takes with a few calls in it; a lab is not begun that would end by the OOM killer's choice. */
const BROWSER_BYTES = 300 * MIB;
/** What is left to everything else: servers, routers, the engine and the harness. */
const REST_BYTES = 512 * MIB;

/** Whether the engine's machine can hold a browser for every peer that is one. @throws UnavailableError */
export function assertBrowsersFit(peers: Readonly<Record<string, PeerSpec>>, { memoryBytes }: EngineInfo): void {
  const browsers = Object.values(peers).filter(({ engine }) => engine && isBrowser(engine)).length;
  const needed = browsers * BROWSER_BYTES + REST_BYTES;
  if (browsers === 0 || needed <= memoryBytes) return;
  const [wants, has] = [needed, memoryBytes].map((bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`);
  throw new UnavailableError(
    `${browsers} browsers need about ${wants} of memory, and the engine's machine has ${has}: ` +
      "fewer peers, a machine with more, or --peers werift",
  );
}
