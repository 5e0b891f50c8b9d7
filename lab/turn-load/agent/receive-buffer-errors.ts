import { readFileSync } from "node:fs";

/** Datagrams that UDP sockets of this network namespace had no room for, ever (RcvbufErrors, of both families). */
export function receiveBufferErrors(): number {
  const lines = readFileSync("/proc/net/snmp", "utf8").split("\n");
  const [names = "", values = ""] = lines.filter((line) => line.startsWith("Udp: "));
  const ipv4 = Number(values.split(" ")[names.split(" ").indexOf("RcvbufErrors")] ?? 0);
  return ipv4 + Number(/^Udp6RcvbufErrors\s+(\d+)$/m.exec(snmp6())?.[1] ?? 0);
}

/** Empty where the kernel has no IPv6. */
function snmp6(): string {
  try {
    return readFileSync("/proc/net/snmp6", "utf8");
  } catch {
    return "";
  }
}
