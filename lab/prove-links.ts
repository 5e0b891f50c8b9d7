import type { LabContext } from "./lab-context.ts";
import { LabError } from "./lab-error.ts";
import type { LinkMeasurement } from "./net/links/measure-link.ts";
import type { StartedLinks } from "./net/links/started-links.ts";

/** How often a wire that seems not to be as asked is measured again, alone. A wrong one is wrong each time. */
const SECOND_LOOKS = 3;
/** Wires measured side by side: more of them would compete for the cores, and look slower than they are. */
const SIDE_BY_SIDE = 3;

/**
 * Sets the conditions of every wire that has some, and measures them, both directions: a wire that is not as asked ends
 * the lab. One that seems not to be is looked at again, alone, before that: the machine may have been busy.
 * @throws LabError
 */
export async function proveLinks(scenario: string, links: StartedLinks, context: LabContext): Promise<void> {
  const nodes = links.conditioned.map(({ node }) => node);
  await links.setAll();
  const suspects: string[] = [];
  const queue = [...nodes];
  const work = async () => {
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      const proven = await timed(() => links.measure(node));
      if (isWrong(proven)) suspects.push(node);
      else report(scenario, links, proven, context);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  const wrong: string[] = [];
  for (const node of suspects) {
    let proven = await timed(() => links.measure(node));
    for (let look = 1; look < SECOND_LOOKS && isWrong(proven); look++) proven = await timed(() => links.measure(node));
    report(scenario, links, proven, context);
    for (const { direction, mismatches } of proven.measured)
      wrong.push(...mismatches.map((mismatch) => `${node} ${direction}: ${mismatch}`));
  }
  if (wrong.length > 0) throw new LabError(`a wire does not have the conditions asked for: ${wrong.join("; ")}`);
}

/** Says where a delay line could not keep up, which is the lab's loss and not the conditions'. */
export async function reportOverruns(scenario: string, links: StartedLinks, { log }: LabContext): Promise<void> {
  for (const [node, { up, down }] of Object.entries(await links.counters())) {
    const overrun = up.overrun + down.overrun;
    if (overrun > 0) log(scenario, "fabric", `the delay line of ${node} could not hold ${overrun} packets\n`);
  }
}

type Proven = { measured: LinkMeasurement[]; durationMs: number };

const isWrong = ({ measured }: Proven) => measured.some(({ mismatches }) => mismatches.length > 0);

async function timed(measure: () => Promise<LinkMeasurement[]>): Promise<Proven> {
  const startedAt = performance.now();
  const measured = await measure();
  return { measured, durationMs: performance.now() - startedAt };
}

function report(scenario: string, links: StartedLinks, { measured, durationMs }: Proven, { emit }: LabContext): void {
  for (const measurement of measured) {
    const tool = links.toolOf(measurement.node);
    emit({ type: "link_measured", at: Date.now(), scenario, tool, ...measurement, durationMs });
  }
}
