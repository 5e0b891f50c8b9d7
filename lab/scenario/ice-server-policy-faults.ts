import { DEFAULT_SHARE_WAIT_MS } from "../model/ice-server-policy.ts";
import { ROLES } from "../model/scenario.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { rangeFaults } from "./ice-server-api-faults.ts";
import { iceServerFaults } from "./peer-faults.ts";
import { isGridValue, isRecord, membersAt, valueAt } from "./read.ts";

/** Faults of a policy: words that nothing comes of, and servers in place of others that are none. */
export function iceServerPolicyFaults(value: unknown): Fault[] {
  const policy = valueAt(value, ["iceServerPolicy"]);
  if (!isRecord(policy) || isGridValue(value)) return [];
  const apis = membersAt(value, "topology", "iceServerApis").map(([name]) => name);
  const used = ROLES.map((role) => {
    const refs = valueAt(value, ["peers", role, "iceServers"]);
    return Array.isArray(refs) ? refs.filter((ref: unknown) => typeof ref === "string" && apis.includes(ref)) : [];
  });
  const faults: Fault[] = [];
  if (used.flat().length === 0) {
    const expected = "a peer whose iceServers name an API of topology.iceServerApis: a policy is for those alone";
    faults.push({ place: "iceServerPolicy", expected, found: "none" });
  }
  const [offerer = [], answerer = []] = used;
  if (policy.fetchedBy === "offerer" && used.flat().length > 0 && !offerer.some((api) => answerer.includes(api))) {
    const expected = "an API that both peers name: what the offerer fetched is what the answerer is told";
    faults.push({ place: "iceServerPolicy.fetchedBy", expected, found: show(policy.fetchedBy) });
  }
  if (policy.sharing !== undefined && policy.fetchedBy !== "offerer") {
    const expected = 'fetchedBy "offerer": only then anything is shared';
    faults.push({ place: "iceServerPolicy.sharing", expected, found: `fetchedBy ${show(policy.fetchedBy)}` });
  }
  const {
    delayMs = 0,
    waitMs = DEFAULT_SHARE_WAIT_MS,
    restartsOnLateList,
  } = isRecord(policy.sharing) ? policy.sharing : {};
  if (restartsOnLateList === true && typeof delayMs === "number" && typeof waitMs === "number" && delayMs <= waitMs) {
    const expected = `a delayMs above the waitMs of ${waitMs}: else no list is late`;
    faults.push({ place: "iceServerPolicy.sharing.restartsOnLateList", expected, found: `delayMs ${delayMs}` });
  }
  return [
    ...faults,
    ...rangeFaults("iceServerPolicy.sharing.failsIn", valueAt(policy, ["sharing", "failsIn"])),
    ...cacheFaults(policy.cache),
    ...iceServerFaults("iceServerPolicy.fallback", policy.fallback, value),
  ];
}

function cacheFaults(cache: unknown): Fault[] {
  const { lifetimeSeconds, refreshBeforeSeconds } = isRecord(cache) ? cache : {};
  if (typeof lifetimeSeconds !== "number" || typeof refreshBeforeSeconds !== "number") return [];
  if (refreshBeforeSeconds < lifetimeSeconds) return [];
  const expected = `less than the lifetime of ${lifetimeSeconds}: else no list is ever fresh`;
  return [{ place: "iceServerPolicy.cache.refreshBeforeSeconds", expected, found: show(refreshBeforeSeconds) }];
}
