import type { Fabric } from "./fabric.ts";

/** Of connection tracking's entries so many, so that a load of thousands of flows does not make a file of megabytes. */
const MAX_FLOWS = 1_000;

const DESCRIBE = `
echo '# nft list ruleset'
nft list ruleset
echo
echo "# conntrack -C: $(conntrack -C 2>&1)"
echo
echo '# conntrack -L, the first ${MAX_FLOWS}'
conntrack -L 2>/dev/null | head -n ${MAX_FLOWS}
echo
echo '# /proc/net/snmp'
cat /proc/net/snmp
echo
echo '# ip -s link'
ip -s link
`;

/** What a router's namespace does and has counted, as its own tools print it; for people. */
export function describeRouter(fabric: Fabric, pid: number): Promise<string> {
  return fabric.exec(["sh", "-c", DESCRIBE], { netns: pid });
}
