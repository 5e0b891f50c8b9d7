import { describe, expect, it } from "vitest";
import { sysctlScript } from "./sysctl-script.ts";

describe("sysctlScript", () => {
  it("writes each value through a fresh proc mount, and reads it back", () => {
    expect(sysctlScript({ "net.ipv4.ip_forward": 1 })).toBe(
      "mount -t proc proc /mnt && echo 1 > /mnt/sys/net/ipv4/ip_forward" +
        ' && [ "$(cat /mnt/sys/net/ipv4/ip_forward)" = 1 ]',
    );
  });

  it("writes ranges, and nothing that a shell would read", () => {
    expect(sysctlScript({ "net.ipv4.ip_local_reserved_ports": "3478,49152-65535" })).toContain(
      'echo "3478,49152-65535" > ',
    );
    expect(() => sysctlScript({ "net.ipv4.ip_local_reserved_ports": "$(id)" })).toThrow(/found \$\(id\)/);
  });

  it("refuses what is no sysctl's name", () => {
    expect(() => sysctlScript({ "net; rm": 1 })).toThrow(
      /expected a sysctl such as net.ipv4.ip_forward, found net; rm/,
    );
  });
});
