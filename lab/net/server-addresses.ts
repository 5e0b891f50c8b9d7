import { natBehaviour } from "../model/nat-presets.ts";
import { INTERNET, type Topology } from "../model/topology.ts";

const turnServer = (index: number) => `34.77.${index + 1}.10`;

/** The address each server is known by, but for those that share their router's: given, or the next of the lab's. */
export function serverAddresses({ routers = {}, turnServers = {} }: Topology): Record<string, string> {
  const taken = new Set([...Object.values(turnServers), ...Object.values(routers)].map((spec) => spec.publicAddress));
  return Object.fromEntries(
    Object.entries(turnServers).flatMap(([name, { behind = INTERNET, publicAddress }], index) => {
      const router = routers[behind];
      if (router && natBehaviour(router.nat).addressing === "shared") return [];
      let number = index;
      while (taken.has(turnServer(number))) number++;
      const address = publicAddress ?? turnServer(number);
      taken.add(address);
      return [[name, address]];
    }),
  );
}

/** A router's own address, where it is given at a server behind it, or behind a router behind it. */
export function sharedServerAddress({ routers = {}, turnServers = {} }: Topology, router: string): string | undefined {
  const isInside = (behind: string): boolean => {
    const spec = routers[behind];
    if (!spec || natBehaviour(spec.nat).addressing !== "shared") return false;
    return behind === router || isInside(spec.upstream ?? INTERNET);
  };
  return Object.values(turnServers).find(({ behind = INTERNET, publicAddress }) => publicAddress && isInside(behind))
    ?.publicAddress;
}
