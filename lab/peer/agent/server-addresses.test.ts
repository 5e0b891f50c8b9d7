import dns from "node:dns/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serverAddresses } from "./server-addresses.ts";

const SIX = { address: "2600:1900:4001:1::10", family: 6 };
const FOUR = { address: "34.77.1.10", family: 4 };

describe("serverAddresses", () => {
  const lookup = vi.fn();
  beforeEach(() => {
    lookup.mockReset();
    vi.spyOn(dns, "lookup").mockImplementation(lookup as never);
  });
  afterEach(() => void vi.restoreAllMocks());

  it("asks a host's resolver for the records of its own family alone", async () => {
    lookup.mockResolvedValue([SIX]);
    expect(await serverAddresses("turn.lab.test", new Set([6]))).toEqual([SIX.address]);
    lookup.mockResolvedValue([FOUR]);
    expect(await serverAddresses("turn.lab.test", new Set([4]))).toEqual([FOUR.address]);
    expect(lookup.mock.calls).toEqual([
      ["turn.lab.test", { family: 6, all: true }],
      ["turn.lab.test", { family: 4, all: true }],
    ]);
  });

  it("takes one address of each family, in the system's order", async () => {
    const others = [
      { address: "2600:1900:4001:2::10", family: 6 },
      { address: "34.77.2.10", family: 4 },
    ];
    lookup.mockResolvedValue([SIX, ...others, FOUR]);
    expect(await serverAddresses("turn.lab.test", new Set([4, 6]))).toEqual([SIX.address, "34.77.2.10"]);
    expect(lookup).toHaveBeenCalledWith("turn.lab.test", { family: 0, all: true });
  });

  it("does not use a family that the host has not, whatever the resolver says", async () => {
    lookup.mockResolvedValue([SIX, FOUR]);
    expect(await serverAddresses("turn.lab.test", new Set([6]))).toEqual([SIX.address]);
  });

  it("says at once that an address of the other family is out of reach, and looks no address up", async () => {
    expect(await serverAddresses("34.77.1.10", new Set([4, 6]))).toEqual(["34.77.1.10"]);
    await expect(serverAddresses("34.77.1.10", new Set([6]))).rejects.toMatchObject({ code: "ENETUNREACH" });
    await expect(serverAddresses("2600:1900::1", new Set([4]))).rejects.toMatchObject({ code: "ENETUNREACH" });
    expect(lookup).not.toHaveBeenCalled();
  });
});
