import type { Fabric } from "../fabric.ts";

/** Nothing passes while it forgets: a packet in between would bring one half of a mapping back from the other. */
const STANDSTILL = "table inet standstill";

/**
 * Makes a router forget every flow and every mapping, as a reboot or a newly dialled line does: connection tracking of
 * both families, and all sets and maps that rules fill as packets pass.
 */
export async function forgetState(fabric: Fabric, pid: number): Promise<void> {
  const flush = (kind: "set" | "map") =>
    `nft --terse list ${kind}s | awk '/^table/ { table = $2 " " $3 } $1 == "${kind}" { name = $2 }
      /flags .*dynamic/ { print "flush ${kind}", table, name }'`;
  const script = [
    "set -e",
    `nft '${STANDSTILL} { chain everything { type filter hook prerouting priority -350; policy drop; }; }'`,
    "conntrack -F 2>&1",
    `{ ${flush("set")}; ${flush("map")}; echo delete ${STANDSTILL}; } | nft -f -`,
  ].join("\n");
  await fabric.exec(["sh", "-c", script], { netns: pid });
}
