import { describe, expect, it } from "vitest";
import type { IceServerPolicy } from "../model/ice-server-policy.ts";
import type { Role } from "../model/scenario.ts";
import { type FetchReport, IceServerLists } from "./ice-server-lists.ts";
import { type FetchedList, IceServersError } from "./provider.ts";

/** An application whose API gives `turn:host-N` at its N-th call, or what `answers` says of that call. */
function application(
  policy: IceServerPolicy,
  answers: (call: number) => Partial<FetchedList> | Error | "never" = () => ({}),
) {
  const clock = { nowMs: 0 };
  let calls = 0;
  const ask = async (): Promise<FetchedList> => {
    calls += 1;
    const answer = answers(calls);
    if (answer === "never") return new Promise(() => {});
    if (answer instanceof Error) throw answer;
    const iceServers = [{ urls: [`turn:host-${calls}`], username: "u", credential: "p" }];
    return { iceServers, ttlSeconds: 100, status: 201, ...answer };
  };
  const lists = new IceServerLists(
    {
      apis: { api: ask, other: ask },
      own: (ref) => [{ urls: [typeof ref === "string" ? `stun:${ref}` : "stun:raw"] }],
      now: () => clock.nowMs,
    },
    policy,
  );
  const reports: FetchReport[] = [];
  const session = (number: number, { vu = 1, refs = ["api"], signal = new AbortController().signal } = {}) =>
    lists.forSession({
      session: number,
      vu,
      refs: { offerer: refs, answerer: refs },
      signal,
      onFetch: (report) => void reports.push(report),
    });
  const call = async (number: number, where?: Parameters<typeof session>[1]) => {
    const both = session(number, where);
    const urls = async (role: Role) => (await both.obtain(role)).flatMap((server) => server.urls);
    const [offerer, answerer] = await Promise.all([urls("offerer"), urls("answerer")]);
    return { offerer, answerer };
  };
  return { clock, lists, reports, session, call, calls: () => calls };
}

const down = new IceServersError("ice_servers_unavailable", "answered 503", 503);
const sources = (reports: readonly FetchReport[]) => reports.map(({ role, source }) => `${role} ${source}`).toSorted();

describe("each peer for itself", () => {
  it("asks once for each list, and has two different ones", async () => {
    const app = application({});
    expect(await app.call(1)).toEqual({ offerer: ["turn:host-1"], answerer: ["turn:host-2"] });
    expect(sources(app.reports)).toEqual(["answerer api", "offerer api"]);
    expect(app.reports[0]).toMatchObject({
      api: "api",
      outcome: "ok",
      status: 201,
      hosts: ["host-1"],
      isCacheAsked: false,
    });
  });

  it("keeps the order of the list, and asks nobody for what is there", async () => {
    const app = application({});
    expect((await app.call(1, { refs: ["near", "api", "far"] })).offerer).toEqual([
      "stun:near",
      "turn:host-1",
      "stun:far",
    ]);
    expect(app.lists.needsFetch(["near"])).toBe(false);
    expect(app.lists.needsFetch(["near", "api"])).toBe(true);
  });

  it("asks anew whenever it wants another list", async () => {
    const app = application({});
    const { obtain } = app.session(1);
    expect([await obtain("offerer"), await obtain("offerer")].flatMap((list) => list[0]?.urls)).toEqual([
      "turn:host-1",
      "turn:host-2",
    ]);
  });

  it("fails with what the API said, and tells who said it", async () => {
    const app = application({}, () => down);
    await expect(app.call(1)).rejects.toMatchObject({ code: "ice_servers_unavailable", message: "api: answered 503" });
    // Both have been told to the log before the call is over.
    expect(app.reports.map(({ outcome, isReplaced }) => [outcome, isReplaced])).toEqual([
      ["failed", false],
      ["failed", false],
    ]);
  });

  it("takes an error of the lab for none of the API", async () => {
    const app = application({ fallback: [] }, () => new TypeError("a bug"));
    await expect(app.call(1)).rejects.toThrow("a bug");
    expect(app.reports).toEqual([]);
  });
});

describe("a cache", () => {
  it("held by the backend serves everybody until a refresh is due", async () => {
    const app = application({ cache: { heldBy: "backend", refreshBeforeSeconds: 10 } });
    await app.call(1);
    const calls = app.calls();
    app.clock.nowMs = 89_000;
    await app.call(2, { vu: 7 });
    expect(app.calls()).toBe(calls);
    app.clock.nowMs = 90_001;
    await app.session(3).obtain("offerer");
    expect(app.calls()).toBe(calls + 1);
    expect(app.reports.filter(({ isCacheAsked }) => isCacheAsked)).toHaveLength(5);
  });

  it("held by each peer serves that peer alone, from call to call", async () => {
    const app = application({ cache: { heldBy: "peer" } });
    expect(await app.call(1)).toEqual(await app.call(2));
    expect(app.calls()).toBe(2);
    await app.call(3, { vu: 2 });
    expect(app.calls()).toBe(4);
  });

  it("trusts a list for as long as the application says, were it longer than the list lives", async () => {
    const app = application({ cache: { heldBy: "backend", lifetimeSeconds: 1_000 } }, () => ({ ttlSeconds: 1 }));
    await app.session(1).obtain("offerer");
    app.clock.nowMs = 999_000;
    await app.session(2).obtain("offerer");
    expect(app.calls()).toBe(1);
  });

  it("gives what has not expired where the refresh fails, and nothing where it has", async () => {
    const cache = { heldBy: "backend", refreshBeforeSeconds: 50 } as const;
    const app = application({ cache }, (call) => (call === 1 ? {} : down));
    await app.session(1).obtain("offerer");
    app.clock.nowMs = 60_000;
    expect((await app.session(2).obtain("offerer"))[0]?.urls).toEqual(["turn:host-1"]);
    expect(app.reports.at(-1)).toMatchObject({ source: "api", outcome: "failed", isReplaced: true });
    app.clock.nowMs = 100_001;
    await expect(app.session(3).obtain("offerer")).rejects.toMatchObject({ code: "ice_servers_unavailable" });
  });
});

describe("one that asks for both", () => {
  const policy: IceServerPolicy = { fetchedBy: "offerer", sharing: { waitMs: 60 } };

  it("gives both the same list for one request", async () => {
    const app = application(policy);
    expect(await app.call(1)).toEqual({ offerer: ["turn:host-1"], answerer: ["turn:host-1"] });
    expect(sources(app.reports)).toEqual(["answerer signalling", "offerer api"]);
    expect(app.calls()).toBe(1);
  });

  it("with a cache of its own asks nobody for those who come later", async () => {
    const app = application({ ...policy, cache: { heldBy: "peer" } });
    for (const session of [1, 2, 3]) {
      expect(await app.call(session)).toEqual({ offerer: ["turn:host-1"], answerer: ["turn:host-1"] });
    }
    expect(app.calls()).toBe(1);
    expect(sources(app.reports).filter((source) => source === "offerer cache")).toHaveLength(2);
  });

  it("whom signalling fails asks alone, after having waited", async () => {
    const app = application({ ...policy, sharing: { waitMs: 60, failsIn: [2, 2] } });
    await app.call(1);
    expect(await app.call(2)).toEqual({ offerer: ["turn:host-2"], answerer: ["turn:host-3"] });
    const alone = app.reports.findLast(({ role }) => role === "answerer");
    expect(alone).toMatchObject({ source: "api", outcome: "ok" });
    expect(alone?.durationMs).toBeGreaterThan(55);
    await app.call(3);
    expect(app.calls()).toBe(4);
  });

  it("who is told too late asks alone, too", async () => {
    const app = application({ ...policy, sharing: { waitMs: 20, delayMs: 200 } });
    expect((await app.call(1)).answerer).toEqual(["turn:host-2"]);
  });

  it("who has nothing to tell leaves the other to itself", async () => {
    const app = application({ ...policy, fallback: [] }, (call) => (call === 1 ? down : {}));
    expect(await app.call(1)).toEqual({ offerer: [], answerer: ["turn:host-2"] });
  });

  it("tells each list that it asks for, the second as well", async () => {
    const app = application(policy);
    const { obtain } = app.session(1);
    await Promise.all([obtain("offerer"), obtain("answerer")]);
    const [again, told] = await Promise.all([obtain("offerer"), obtain("answerer")]);
    expect(told).toEqual(again);
    expect(told[0]?.urls).toEqual(["turn:host-2"]);
  });
});

describe("what stands in for an API that gives nothing", () => {
  it("is the rest of the list, where there is a fallback to nothing", async () => {
    const app = application({ fallback: [] }, () => down);
    expect((await app.call(1, { refs: ["stun", "api"] })).offerer).toEqual(["stun:stun"]);
    expect(app.reports[0]).toMatchObject({ outcome: "failed", status: 503, isReplaced: true });
  });

  it("is another server, or another API, which has nothing in its own place", async () => {
    const app = application({ fallback: ["standby", "other"] }, (call) => (call === 1 ? down : {}));
    const { obtain } = app.session(1);
    expect((await obtain("offerer")).flatMap(({ urls }) => urls)).toEqual(["stun:standby", "turn:host-2"]);
    const twice = application({ fallback: ["other"] }, () => down);
    await expect(twice.session(1).obtain("offerer")).rejects.toThrow("other: answered 503");
  });
});

it("ends with the run, whoever waits for what", async () => {
  const controller = new AbortController();
  const app = application({ fetchedBy: "offerer", sharing: { waitMs: 60_000, failsIn: [1, 1] } });
  const waiting = app.session(1, { signal: controller.signal }).obtain("answerer");
  controller.abort(new Error("interrupted"));
  await expect(waiting).rejects.toThrow("interrupted");
});

describe("a list that comes when its answerer has asked for itself", () => {
  const late = async (sharing: NonNullable<IceServerPolicy["sharing"]>, isOver = false) => {
    const app = application({ fetchedBy: "offerer", sharing });
    const told: string[][] = [];
    const session = app.lists.forSession({
      session: 1,
      vu: 1,
      refs: { offerer: ["api"], answerer: ["own", "api"] },
      signal: new AbortController().signal,
      onFetch: () => {},
      onLateList: (role, list) => void told.push([role, ...list.flatMap(({ urls }) => urls)]),
    });
    await Promise.all([session.obtain("offerer"), session.obtain("answerer")]);
    if (isOver) session.end();
    await new Promise((resolve) => setTimeout(resolve, 150));
    session.end();
    return told;
  };

  it("takes the place of that one, where the policy says so", async () => {
    const slow = { waitMs: 20, delayMs: 80 };
    expect(await late({ ...slow, restartsOnLateList: true })).toEqual([["answerer", "stun:own", "turn:host-1"]]);
    expect(await late(slow)).toEqual([]);
  });

  it("does not where signalling has lost it, where it came in time, and where the session is over", async () => {
    const restarts = { restartsOnLateList: true };
    expect(await late({ waitMs: 20, delayMs: 80, failsIn: [1, 1], ...restarts })).toEqual([]);
    expect(await late({ waitMs: 500, delayMs: 20, ...restarts })).toEqual([]);
    expect(await late({ waitMs: 20, delayMs: 80, ...restarts }, true)).toEqual([]);
  });
});
