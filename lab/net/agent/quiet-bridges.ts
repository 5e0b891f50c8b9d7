import { spawnSync } from "node:child_process";

/**
 * A new namespace starts with bridge-nf-call-iptables = 1 where br_netfilter is present: every bridged frame would
 * pass the fabric's iptables and conntrack. /proc/sys is read-only in a container, so the value is written through a
 * fresh proc mount, which shows the sysctls of this very namespace. Without br_netfilter there is nothing to do.
 */
export function quietBridges(): void {
  const script = `
    mount -t proc proc /mnt || exit 0
    for f in /mnt/sys/net/bridge/bridge-nf-call-iptables /mnt/sys/net/bridge/bridge-nf-call-ip6tables \\
             /mnt/sys/net/bridge/bridge-nf-call-arptables; do
      [ ! -e "$f" ] || echo 0 > "$f"
    done
    umount /mnt`;
  const { status, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  if (status !== 0) process.stderr.write(`bridge netfilter could not be turned off: ${stderr}\n`);
}
