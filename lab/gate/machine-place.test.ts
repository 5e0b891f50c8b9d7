import { describe, expect, it } from "vitest";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { machinePlace } from "./machine-place.ts";

const at = (publicAddress: string | null, privateAddress: string | null) =>
  ({ facts: { place: { publicAddress, privateAddress } } }) as TurnConfig;

describe("the machine of a gate", () => {
  it.each([
    ["the baseline's", at("34.9.9.9", "10.1.1.2"), at("34.1.2.3", "10.164.0.2"), ["34.1.2.3", "10.164.0.2"]],
    [
      "the candidate's, where the baseline says nothing",
      at("34.1.2.3", "10.164.0.2"),
      at(null, null),
      ["34.1.2.3", "10.164.0.2"],
    ],
    ["what one of them says more", at("34.1.2.3", "10.164.0.2"), at("34.1.2.3", null), ["34.1.2.3", "10.164.0.2"]],
    [
      "not behind a NAT because the candidate thinks so",
      at("34.9.9.9", "10.1.1.2"),
      at("34.1.2.3", null),
      ["34.1.2.3", null],
    ],
    ["the candidate's alone", at("34.1.2.3", null), null, ["34.1.2.3", null]],
  ])("is %s", (_, candidate, baseline, [publicAddress, privateAddress]) => {
    expect(machinePlace({ candidate, baseline })).toEqual({ publicAddress, privateAddress });
  });
});
