import { describe, expect, it } from "vitest";
import { startEmulator } from "../lab/ice-servers/emulator/start-emulator.ts";
import { apiOffers, ICE_SERVER_PROVIDERS, type IceServerApiFault } from "../lab/model/ice-server-api.ts";
import { restCredential } from "../lab/stun/rest-credential.ts";
import { type Ask, apiOf, PROVIDER_NAMES, type ProviderName } from "../scenarios/k6/ice-server-apis.ts";
import { type ListFacts, readList } from "../scenarios/k6/ice-server-list.ts";

/** Asks as the script does, of the lab's emulator; k6's own part is the HTTP request alone. */
async function listOf(
  provider: ProviderName,
  { faults, keys = {} }: { faults?: IceServerApiFault[]; keys?: Record<string, string> } = {},
): Promise<ListFacts> {
  const offers = apiOffers({ provider, servers: ["turn"] }, (server) => `${server}.lab.test`);
  const mint = (_: string, ttlSeconds: number | null) =>
    restCredential("secret", { userId: "k6", expiresAtS: Math.floor(Date.now() / 1_000) + (ttlSeconds ?? 86_400) });
  await using emulator = await startEmulator({ provider, offers, mint, ...(faults ? { faults } : {}) });
  const names: Readonly<Record<string, string>> = ICE_SERVER_PROVIDERS[provider].keys;
  const own = Object.entries(emulator.keys).map(([key, value]) => [names[key], value]);
  const environment = { ...Object.fromEntries(own), ...keys };
  const setting = {
    baseUrl: emulator.baseUrl,
    environment,
    ttlSeconds: 600,
    base64: (text: string) => Buffer.from(text).toString("base64"),
  };
  const api = apiOf(provider);
  const first = await answerTo(api.ask(setting));
  const next = api.next?.(first, setting);
  const last = api.next ? (next ? await answerTo(next) : null) : first;
  return readList(api.list(last), Date.now() / 1_000);
}

async function answerTo({ method, url, headers, body }: Ask): Promise<unknown> {
  try {
    const response = await fetch(url, { method, headers, body, redirect: "manual", signal: AbortSignal.timeout(500) });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

describe("the credential endpoint, as the k6 script asks it", () => {
  it("knows every provider that the lab emulates, and its keys by the same names", () => {
    expect(PROVIDER_NAMES.toSorted()).toEqual(Object.keys(ICE_SERVER_PROVIDERS).toSorted());
    for (const provider of PROVIDER_NAMES) {
      const known: string[] = Object.values(ICE_SERVER_PROVIDERS[provider].keys);
      const { must, may = [] } = apiOf(provider);
      for (const name of [...must, ...may]) expect(known).toContain(name);
    }
  });

  it.each(PROVIDER_NAMES)("gets a list that a peer can use from %s, for as long as it asked", async (provider) => {
    const { fault, turnUrls, lifetimeSeconds } = await listOf(provider);
    expect(fault).toBeNull();
    expect(turnUrls).toBeGreaterThan(1);
    const asked = provider === "static" || provider === "coturn-rest" ? 86_400 : 600;
    expect(lifetimeSeconds).toBeGreaterThan(asked - 3);
    expect(lifetimeSeconds).toBeLessThanOrEqual(asked);
  });

  it.each([
    [429, "no_list"],
    ["malformed", "no_list"],
    ["timeout", "no_list"],
    ["reset", "no_list"],
    ["expired", "expired"],
  ] as const)("is not taken in by an API that answers %s", async (answer, fault) => {
    for (const provider of ["coturn-rest", "metered"] as const)
      expect((await listOf(provider, { faults: [{ answer }] })).fault).toBe(fault);
  });

  it("has no list with keys that are wrong", async () => {
    for (const [provider, key] of [
      ["static", "ICE_SERVERS_TOKEN"],
      ["coturn-rest", "TURN_REST_KEY"],
      ["cloudflare", "CLOUDFLARE_TURN_API_TOKEN"],
      ["twilio", "TWILIO_AUTH_TOKEN"],
      ["xirsys", "XIRSYS_SECRET"],
      ["metered", "METERED_SECRET_KEY"],
    ] as const)
      expect((await listOf(provider, { keys: { [key]: "wrong" } })).fault, provider).toBe("no_list");
  });
});
