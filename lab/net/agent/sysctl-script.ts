/**
 * Shell text that writes values of the network namespace it runs in, and reads them back. /proc/sys is read-only in a
 * container, so it writes through a fresh proc mount, which shows the namespace of whoever mounts it; the mount
 * namespace around it must be its own. At run time, because net.netfilter is not there before something loads it.
 */
export function sysctlScript(values: Record<string, number | string>): string {
  const sets = Object.entries(values).map(([name, given]) => {
    if (typeof given === "string" && !/^[\d,\t-]*$/.test(given)) {
      throw new Error(`expected numbers and ranges for ${name}, found ${given}`);
    }
    const value = typeof given === "string" ? `"${given}"` : given;
    if (!/^[a-z0-9_.]+$/.test(name)) throw new Error(`expected a sysctl such as net.ipv4.ip_forward, found ${name}`);
    const path = `/mnt/sys/${name.replaceAll(".", "/")}`;
    return `echo ${value} > ${path} && [ "$(cat ${path})" = ${value} ]`;
  });
  return ["mount -t proc proc /mnt", ...sets].join(" && ");
}
