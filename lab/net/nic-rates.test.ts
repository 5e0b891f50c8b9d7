import { describe, expect, it } from "vitest";
import { droppedOf, nicRateCommand } from "./nic-rates.ts";

describe("nicRateCommand", () => {
  it("gives a device a rate, with 50 ms of queue before it", () => {
    expect(nicRateCommand("eth0", 20e6).join(" ")).toBe(
      "tc qdisc replace dev eth0 root tbf rate 20000000bit burst 3200 latency 50ms",
    );
    expect(nicRateCommand("port4", 1e9)).toContain("125000");
  });
});

describe("droppedOf", () => {
  it("reads the token bucket's drops", () => {
    const text =
      "qdisc tbf 8001: root refcnt 2 rate 20Mbit burst 3200b lat 50ms \n Sent 1234 bytes 9 pkt (dropped 42, overlimits 99 requeues 0) \n backlog 0b 0p requeues 0\n";
    expect(droppedOf(text)).toBe(42);
  });

  it("does not take another qdisc for it", () => {
    expect(() =>
      droppedOf("qdisc noqueue 0: root refcnt 2 \n Sent 0 bytes 0 pkt (dropped 0, overlimits 0) \n"),
    ).toThrow("no token bucket");
  });
});
