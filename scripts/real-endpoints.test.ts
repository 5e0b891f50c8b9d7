import { expect, it } from "vitest";
import type { Scenario } from "../lab/model/scenario.ts";
import { announceRealEndpoints, checkRealEndpoints } from "./real-endpoints.ts";

const scenario: Scenario = {
  description: "",
  topology: { iceServerApis: { cf: { provider: "cloudflare", endpoint: "real" } } },
  peers: { offerer: { behind: "internet", iceServers: ["cf"] }, answerer: { behind: "internet", iceServers: ["cf"] } },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
};
const keys = { CLOUDFLARE_TURN_KEY_ID: "id", CLOUDFLARE_TURN_API_TOKEN: "token" };
const check = (isAllowed: boolean, environment: Record<string, string>) => () =>
  checkRealEndpoints([{ name: "mine", scenario }], isAllowed, environment);

it("asks nobody's real endpoint unless it is told to", () => {
  expect(check(false, keys)).toThrow(
    /mine: 1 fault\n\n {2}topology\.iceServerApis\.cf\.endpoint[\s\S]*--real-endpoints/,
  );
  expect(check(true, keys)).not.toThrow();
});

it("names the variables that are missing", () => {
  expect(check(true, { CLOUDFLARE_TURN_KEY_ID: "id" })).toThrow(/expected {2}CLOUDFLARE_TURN_API_TOKEN in the env/);
  expect(check(false, {})).toThrow(/CLOUDFLARE_TURN_KEY_ID, CLOUDFLARE_TURN_API_TOKEN/);
});

it("says whom it asks before it does", () => {
  expect(announceRealEndpoints([{ name: "mine", scenario }], keys)).toBe(
    "real endpoints: this process asks rtc.live.cloudflare.com for ICE servers",
  );
  expect(announceRealEndpoints([{ name: "mine", scenario: { ...scenario, topology: {} } }], keys)).toBe("");
});
