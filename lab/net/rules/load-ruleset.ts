import type { Fabric } from "../fabric.ts";
import { type Ruleset, TABLE } from "./ruleset.ts";

/**
 * Loads a ruleset into a namespace, in place of what stood there: flows that were translated by other rules are
 * forgotten. Lists it afterwards: a load that silently did nothing is an error here, not a wrong verdict later.
 */
export async function loadRuleset(fabric: Fabric, name: string, pid: number, ruleset: Ruleset): Promise<void> {
  const listed = await fabric.exec(["sh", "-c", `nft -f - && nft list table ${TABLE}`], {
    stdin: ruleset.text,
    netns: pid,
  });
  const missing = ruleset.expectListed.filter((expected) => !listed.includes(expected));
  if (missing.length > 0) {
    throw new Error(`${name}: nft loaded without an error, but does not list: ${missing.join("; ")}\n${listed}`);
  }
  if (Object.keys(ruleset.sysctls).length > 0) await fabric.sysctl(pid, ruleset.sysctls);
}
