import { describe, expect, it } from "vitest";
import type { Topology } from "../model/topology.ts";
import { portsOfApis, serversOfApis } from "./api-servers.ts";
import { environmentKeys } from "./environment-keys.ts";

describe("servers that APIs hand out", () => {
  const topology: Topology = {
    turnServers: { one: {}, two: { secrets: ["own"], aliases: ["known.example.org"] }, third: {} },
    iceServerApis: {
      xirsys: { provider: "xirsys", servers: ["one", "two"], hosts: ["fr-turn7.xirsys.com", "fr-turn8.xirsys.com"] },
      cloudflare: { provider: "cloudflare", servers: ["one"], variant: "port-53" },
      fixed: { provider: "static", servers: ["third"] },
    },
  };

  it("have the provider's names, and a secret where their credentials are minted", () => {
    expect(serversOfApis(topology, "fresh")).toEqual({
      one: { aliases: ["fr-turn7.xirsys.com", "stun.cloudflare.com", "turn.cloudflare.com"], secrets: ["fresh"] },
      two: { aliases: ["known.example.org", "fr-turn8.xirsys.com"], secrets: ["own"] },
      third: {},
    });
  });

  it("listen on every port that a URL names", () => {
    const { one = [], two = [] } = portsOfApis(topology);
    expect(new Set(one)).toEqual(new Set([53, 80, 443, 3478, 5349]));
    expect(new Set(two)).toEqual(new Set([80, 443, 3478, 5349]));
  });

  it("are what they were, without APIs", () => {
    expect(serversOfApis({ turnServers: { one: {} } }, "fresh")).toEqual({ one: {} });
    expect(portsOfApis({ turnServers: { one: {} } })).toEqual({});
  });
});

describe("keys from the environment", () => {
  it("are all that the provider needs, or the names of what is missing", () => {
    const environment = { TWILIO_ACCOUNT_SID: "AC1", TWILIO_AUTH_TOKEN: "" };
    expect(environmentKeys("twilio", environment)).toEqual({ missing: ["TWILIO_AUTH_TOKEN"] });
    expect(environmentKeys("twilio", { ...environment, TWILIO_AUTH_TOKEN: "t" })).toEqual({
      keys: { accountSid: "AC1", authToken: "t" },
    });
  });

  it("have a URL where the backend is the user's own", () => {
    expect(environmentKeys("static", { ICE_SERVERS_URL: "localhost:80" })).toEqual({
      missing: ["an http or https URL as ICE_SERVERS_URL"],
    });
    expect(environmentKeys("coturn-rest", { TURN_REST_URL: "https://x.org/turn" })).toHaveProperty("keys");
  });

  it("are one of Metered's two", () => {
    expect(environmentKeys("metered", { METERED_APP: "app" })).toEqual({ missing: ["METERED_SECRET_KEY"] });
    expect(environmentKeys("metered", { METERED_APP: "app", METERED_API_KEY: "k" })).toEqual({
      keys: { app: "app", apiKey: "k" },
    });
  });
});
