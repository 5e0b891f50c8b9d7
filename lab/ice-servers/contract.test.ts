import { describe, expect, it } from "vitest";
import {
  apiOffers,
  ICE_SERVER_PROVIDERS,
  type IceServerApiFaultAnswer,
  type IceServerProviderName,
  providerFacts,
} from "../model/ice-server-api.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import { type EmulatorSpec, startEmulator } from "./emulator/start-emulator.ts";
import { IceServersError, type ListRequest } from "./provider.ts";
import { PROVIDERS } from "./providers.ts";

/** Every provider in every variant of its answer, held to one contract: same requests, same lists, same failures. */
const CASES = Object.keys(ICE_SERVER_PROVIDERS).flatMap((name) => {
  const provider = name as IceServerProviderName;
  return providerFacts(provider).variants.map((variant) => ({ provider, variant }));
});

/** What a provider does not have is no test of it. */
const noTest = (_name: string, _test: () => Promise<void>): void => {};

describe.each(CASES)("$provider, $variant", ({ provider, variant }) => {
  const servers = ["turn"];
  const offers = apiOffers({ provider, variant, servers }, () => "turn.lab.test");
  const { defaultTtlSeconds, maxTtlSeconds } = providerFacts(provider);
  /** A list's lifetime is asked for, but by those whose credentials do not end. */
  const expires = provider !== "static" && variant !== "standing";

  async function start(changes: Partial<EmulatorSpec> = {}) {
    const minted: (number | null)[] = [];
    const emulator = await startEmulator({
      provider,
      variant,
      offers,
      mint: (_server, ttlSeconds) => {
        minted.push(ttlSeconds);
        return { username: `user-${minted.length}`, password: `pass-${minted.length}` };
      },
      ...changes,
    });
    const fetch = (request: Partial<ListRequest> = {}) =>
      PROVIDERS[provider].fetch({
        baseUrl: emulator.baseUrl,
        keys: emulator.keys,
        variant,
        ttlSeconds: defaultTtlSeconds,
        timeoutMs: 2_000,
        ...request,
      });
    return { emulator, fetch, minted, [Symbol.asyncDispose]: () => emulator[Symbol.asyncDispose]() };
  }

  const failureOf = async (promise: Promise<unknown>): Promise<IceServersError> => {
    const error = await promise.then(
      () => new Error("expected a failure, found a list"),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(IceServersError);
    return error as IceServersError;
  };
  const fault = (answer: IceServerApiFaultAnswer) => ({ faults: [{ answer }] });

  it("gives the provider's URLs, every one of which a peer can parse, and a credential with each TURN one", async () => {
    await using api = await start();
    const { iceServers, status, ttlSeconds } = await api.fetch();
    expect(iceServers.flatMap(({ urls }) => urls).toSorted()).toEqual(offers.flatMap(({ urls }) => urls).toSorted());
    for (const { urls, username, credential } of iceServers) {
      for (const url of urls) expect(parseIceUrl(url)).toHaveProperty("kind");
      if (urls.some((url) => url.startsWith("turn"))) {
        expect([username, credential]).toEqual(["user-1", "pass-1"]);
      }
    }
    expect(status).toBe(["cloudflare", "twilio"].includes(provider) ? 201 : 200);
    expect(ttlSeconds).toBe(expires ? defaultTtlSeconds : null);
    expect(api.minted).toEqual([expires ? defaultTtlSeconds : null]);
  });

  it("gives a new credential at each call", async () => {
    await using api = await start();
    const [first, second] = [await api.fetch(), await api.fetch()];
    expect(first.iceServers).not.toEqual(second.iceServers);
  });

  // Others decide by themselves.
  const isAsked = expires && provider !== "coturn-rest";
  (isAsked ? it : noTest)("lets the one who asks choose the lifetime", async () => {
    await using api = await start();
    expect(await api.fetch({ ttlSeconds: 90 })).toMatchObject({ ttlSeconds: 90 });
    expect(api.minted).toEqual([90]);
  });

  (maxTtlSeconds !== null ? it : noTest)("refuses a lifetime that the provider does not give", async () => {
    await using api = await start();
    const error = await failureOf(api.fetch({ ttlSeconds: (maxTtlSeconds ?? 0) + 1 }));
    expect(error).toMatchObject({ code: "ice_servers_refused", status: 400 });
  });

  it("refuses every wrong key, and quotes none", async () => {
    await using api = await start();
    for (const key of Object.keys(api.emulator.keys).filter((name) => name !== "app")) {
      const error = await failureOf(api.fetch({ keys: { ...api.emulator.keys, [key]: "wrong-key" } }));
      expect(error.code).toMatch(/^ice_servers_(unauthorized|refused)$/);
      for (const value of [...Object.values(api.emulator.keys), "wrong-key"].filter((one) => one.length > 5)) {
        expect(error.message).not.toContain(value);
      }
    }
  });

  it.each([
    [400, "ice_servers_refused"],
    [401, "ice_servers_unauthorized"],
    [403, "ice_servers_forbidden"],
    [404, "ice_servers_refused"],
    [429, "ice_servers_rate_limited"],
    [500, "ice_servers_unavailable"],
    [502, "ice_servers_unavailable"],
    [503, "ice_servers_unavailable"],
    [504, "ice_servers_unavailable"],
  ] as const)("tells a %i as %s, with the provider's words", async (status, code) => {
    await using api = await start(fault(status));
    const error = await failureOf(api.fetch());
    expect(error).toMatchObject({ code, status });
    expect(error.message).toMatch(new RegExp(`answered ${status}: \\{`));
  });

  it("waits no longer than it is told to", async () => {
    await using api = await start(fault("timeout"));
    const startedAt = performance.now();
    expect(await failureOf(api.fetch({ timeoutMs: 60 }))).toMatchObject({ code: "ice_servers_timeout", status: null });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it("tells a connection that breaks", async () => {
    await using api = await start(fault("reset"));
    expect(await failureOf(api.fetch())).toMatchObject({ code: "ice_servers_unavailable", status: null });
  });

  it("tells half an answer, without the credential in it", async () => {
    await using api = await start(fault("malformed"));
    const error = await failureOf(api.fetch());
    expect(error.code).toBe("ice_servers_malformed");
    expect(error.message).not.toMatch(/pass-\d/);
  });

  it("takes a list that has expired or is about to as it is: only the server knows", async () => {
    for (const [answer, lifetime] of [
      ["expired", -1],
      ["short-lived", 2],
    ] as const) {
      await using api = await start(fault(answer));
      await api.fetch();
      expect(api.minted).toEqual([lifetime]);
    }
  });

  it("has a fault only for the requests that it is for", async () => {
    await using api = await start({ faults: [{ answer: 503, requests: [2, 2] }] });
    const outcomes: string[] = [];
    for (let n = 0; n < 3; n++) {
      outcomes.push(
        await api.fetch().then(
          () => "ok",
          (error: IceServersError) => error.code,
        ),
      );
    }
    // Metered's list takes two requests, the second of which is the second of all.
    const isTwoSteps = provider === "metered" && variant === "created";
    expect(outcomes).toEqual(
      isTwoSteps ? ["ice_servers_unavailable", "ok", "ok"] : ["ok", "ice_servers_unavailable", "ok"],
    );
  });

  it("takes its time where it is told to", async () => {
    await using api = await start({ latencyMs: 40 });
    const startedAt = performance.now();
    await api.fetch();
    expect(performance.now() - startedAt).toBeGreaterThan(38);
  });

  it("is gone when it is disposed of, and whoever waits is told", async () => {
    const api = await start(fault("timeout"));
    const waiting = failureOf(api.fetch({ timeoutMs: 5_000 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await api[Symbol.asyncDispose]();
    expect((await waiting).code).toBe("ice_servers_unavailable");
    expect((await failureOf(api.fetch())).code).toBe("ice_servers_unavailable");
  });

  it("ends with the run", async () => {
    await using api = await start(fault("timeout"));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("interrupted")), 20);
    await expect(api.fetch({ signal: controller.signal })).rejects.toThrow("interrupted");
  });
});
