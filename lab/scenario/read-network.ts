import { type LanFacts, routersOutside, subnetOf } from "../model/lan-subnets.ts";
import { NAT_PRESETS, type NatPreset, type NatPresetName } from "../model/nat-presets.ts";
import { INTERNET } from "../model/topology.ts";
import { effectiveNat } from "./nat-faults.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";

/** What a topology of unknown structure comes to, as far as it can be told: who stands behind whom, and where. */
export type NetworkReader = {
  /** Spec of a router, or undefined where there is none of that name. */
  routerAt(name: unknown): unknown;
  /** Whether a router's hosts share one address, or have one each; null where its NAT is at fault. */
  addressingOf(router: string): "shared" | "one-to-one" | null;
  /** The routers that one stands behind, from the next one outwards. */
  outsideOf(router: string): string[];
  /** The first three numbers of its LAN's addresses. */
  subnetOf(router: string): string;
  /** What stands on its LAN: routers, servers and peers. */
  nodesOn(router: string): string[];
};

/** `a.b.c.0/24`, each number without leading zeros. */
export const LAN = /^(?:(?:0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])\.){3}0\/24$/;

export function readNetwork(value: unknown): NetworkReader {
  const routers = new Map(membersAt(value, "topology", "routers"));
  const textAt = (name: string, key: string) => {
    const found = valueAt(routers.get(name), [key]);
    return typeof found === "string" ? found : undefined;
  };
  const factsOf = (name: string): LanFacts => {
    const lan = textAt(name, "lan");
    const upstream = textAt(name, "upstream");
    return {
      upstream: upstream !== undefined && routers.has(upstream) ? upstream : undefined,
      lan: lan !== undefined && LAN.test(lan) ? lan : undefined,
      kind: lanKindOf(valueAt(routers.get(name), ["nat"])),
    };
  };
  const behind = (path: string[], key: string, router: string) =>
    membersAt(value, ...path).flatMap(([name, spec]) => (valueAt(spec, [key]) === router ? [name] : []));
  return {
    routerAt: (name) => (typeof name === "string" && name !== INTERNET ? routers.get(name) : undefined),
    addressingOf: (router) => effectiveNat(valueAt(routers.get(router), ["nat"]))?.addressing ?? null,
    outsideOf: (router) => routersOutside(router, (name) => factsOf(name).upstream),
    subnetOf: (router) => subnetOf(router, factsOf),
    nodesOn: (router) => [
      ...behind(["topology", "routers"], "upstream", router),
      ...behind(["topology", "turnServers"], "behind", router),
      ...behind(["peers"], "behind", router),
    ],
  };
}

function lanKindOf(nat: unknown): LanFacts["kind"] {
  const name = isRecord(nat) ? nat.preset : nat;
  if (typeof name !== "string" || !Object.hasOwn(NAT_PRESETS, name)) return "home";
  const preset: NatPreset = NAT_PRESETS[name as NatPresetName];
  return preset.lan;
}
