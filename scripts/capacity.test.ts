import { describe, expect, it } from "vitest";
import { readCapacityInputs } from "./capacity-inputs.ts";

const faultsOf = (options: Parameters<typeof readCapacityInputs>[0]): string => {
  try {
    readCapacityInputs(options);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

describe("the command line of capacity", () => {
  it("is one search of this machine, without a word", () => {
    const { searches, plan, sizes, lab } = readCapacityInputs({});
    expect(searches.map(({ name, size }) => [name, size])).toEqual([["this machine, UDP", {}]]);
    expect([plan, sizes, lab.call.relayed]).toEqual([null, [], "one"]);
  });

  it("measures another size as well, which differs where it says so", () => {
    const { searches, sizes } = readCapacityInputs({ cpus: "0.25", memory: "512M", predict: "cpus=0.5" });
    expect(searches.map(({ size }) => size)).toEqual([
      { cpus: 0.25, memoryBytes: 2 ** 29 },
      { cpus: 0.5, memoryBytes: 2 ** 29 },
    ]);
    expect(sizes).toEqual([{ cpus: 0.5, memoryBytes: 2 ** 29 }]);
  });

  it("makes packets of a bitrate", () => {
    const { lab } = readCapacityInputs({ bitrate: "1M", transport: "tls", relayed: "both" });
    expect(lab.call).toEqual({
      over: "tls",
      relayed: "both",
      streams: [{ packetBytes: 960, packetsPerSecond: 130.21 }],
    });
  });

  it("plans for the planner's own numbers", () => {
    const { plan } = readCapacityInputs({ callsPerDay: "200000", minutes: "8", relayedShare: "15%", regions: "3" });
    expect(plan).toMatchObject({ callsPerDay: 200_000, minutesPerCall: 8, shareRelayed: 0.15, regions: 3 });
  });

  it("tells every fault in one message", () => {
    const told = faultsOf({
      cpus: "0",
      transport: "dtls",
      bitrate: "1M",
      profile: "audio",
      predict: "cpu=2",
      minutes: "3",
      calibration: "/nowhere.json",
      behind: "moon",
      budget: "2",
    });
    for (const place of [
      "--cpus",
      "--transport",
      "--bitrate",
      "--predict",
      "--minutes",
      "--calibration",
      "--behind",
      "--budget",
    ])
      expect(told).toContain(`\n  ${place}`);
  });

  it("asks for no transport that the server does not listen on", () => {
    const config = `${import.meta.dirname}/fixtures/no-tls.conf`;
    expect(faultsOf({ config, transport: "tls" })).toContain("a server that listens on udp, tcp");
    expect(faultsOf({ config, transport: "tcp" })).toBe("");
  });
});
