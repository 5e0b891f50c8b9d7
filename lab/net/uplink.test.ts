import { expect, it } from "vitest";
import { compileGate } from "./uplink.ts";

it("the inner end's namespace lets in what its ports are for, and drops the rest", () => {
  const gate = compileGate([
    { protocol: "udp", port: 3478 },
    { protocol: "tcp", port: 443 },
  ]);
  const accepted = gate.split("\n").flatMap((line) => (line.includes("accept") ? [line.trim()] : []));
  expect(accepted).toEqual([
    "icmp type { echo-request, echo-reply } accept",
    "udp dport 3478 accept",
    "tcp dport 443 accept",
  ]);
  expect(gate.match(/policy drop/g)).toHaveLength(2);
});
