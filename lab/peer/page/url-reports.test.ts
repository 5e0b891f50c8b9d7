import { describe, expect, it } from "vitest";
import { UrlReports } from "./url-reports.ts";

const UDP = "turn:turn.lab.test:3478?transport=udp";
const TCP = "turn:turn.lab.test:80?transport=tcp";
const STUN = "stun:turn.lab.test:3478";
/** As Chromium has it, with parts of the port's address left out. */
const lookup = {
  url: UDP,
  errorCode: 701,
  errorText: "TURN host lookup received error.",
  address: "[0:0:0:x:x:x:x:x]",
};
const reports = (...urls: string[]) => new UrlReports([{ urls }], 1_000);
const told = ({ all }: UrlReports) => all.map(({ outcome, failure }) => failure?.code ?? outcome);

describe("what came of each URL", () => {
  it("is no failed lookup while the other address family is still asked", () => {
    const one = reports(UDP);
    one.onError(lookup, 1_060);
    expect(one.all[0]?.outcome).toBe("unfinished");
    one.onCandidate({ type: "relay", url: UDP }, 1_080);
    expect(one.all).toEqual([{ url: UDP, outcome: "ok", durationMs: 80 }]);
  });

  it("is a failed lookup where nothing else came until gathering ended", () => {
    const one = reports(UDP);
    one.onError(lookup, 1_060);
    one.onGatheringEnd(1_100);
    one.settle(false);
    expect(one.all).toMatchObject([{ outcome: "failed", durationMs: 100, failure: { code: "dns_failed" } }]);
  });

  it("is neither known to have answered nor to have failed where a connection has ended gathering", () => {
    const one = reports(UDP, STUN);
    one.onError(lookup, 1_060);
    one.onGatheringEnd(1_100);
    one.settle(true);
    expect(told(one)).toEqual(["unfinished", "unfinished"]);
  });

  it("does not blame a lookup while the other address family is still asked", () => {
    const one = reports(UDP);
    one.onError(lookup, 1_060);
    one.giveUp(4_000);
    expect(told(one)).toEqual(["unfinished"]);
  });

  it("is silence where the browser still tries when the session has given up", () => {
    const one = reports(UDP, TCP, STUN);
    one.onError(lookup, 1_060);
    one.giveUp(4_000);
    expect(one.all.map(({ outcome }) => outcome)).toEqual(["unfinished", "unfinished", "unfinished"]);
    one.giveUp(31_000);
    expect(told(one)).toEqual(["turn_no_answer", "turn_connect_failed", "stun_no_answer"]);
    expect(one.all[0]?.failure?.message).toBe("no answer in 30 s, and the browser still tries");
  });

  it("takes the end of gathering for STUN's answer, which told nothing new, and for no relay's", () => {
    const one = reports(UDP, STUN);
    one.onGatheringEnd(1_500);
    one.settle(false);
    expect(told(one)).toEqual(["unfinished", "ok"]);
  });

  it("is a failed lookup at once where the name resolves for neither family", () => {
    const one = reports(UDP, TCP);
    one.onError(lookup, 1_060);
    one.onError(lookup, 1_061);
    expect(one.all[0]?.outcome).toBe("unfinished");
    one.onError({ ...lookup, address: "0.0.0.x" }, 1_080);
    expect(told(one)).toEqual(["dns_failed", "unfinished"]);
  });
});

describe("a candidate that names no URL", () => {
  const TLS = "turns:turn.lab.test:5349";

  it("is of the only URL that is asked so, also of one that has failed for another family", () => {
    const one = reports(UDP, TCP, TLS);
    one.onError({ url: TLS, errorCode: 701, errorText: "", address: null }, 1_020);
    one.onUnnamed("tls", 1_040);
    one.giveUp(9_000);
    expect(told(one)).toEqual(["turn_no_answer", "turn_connect_failed", "ok"]);
    expect([one.hasRelay, one.allocateMs]).toEqual([true, [40]]);
  });

  it("is nobody's where there are several: then none of them has failed for want of an answer", () => {
    const one = reports(UDP, "turn:other.lab.test:3478", TCP);
    one.onError({ url: UDP, errorCode: 401, errorText: "", address: null }, 1_020);
    expect(one.hasRelay).toBe(false);
    one.onUnnamed("udp", 1_040);
    one.giveUp(9_000);
    expect(told(one)).toEqual(["turn_unauthorized", "unfinished", "turn_connect_failed"]);
    expect([one.hasRelay, one.allocateMs]).toEqual([true, []]);
  });

  it("says of STUN only what TURN over UDP could not have said", () => {
    const [alone, beside] = [reports(STUN, TLS), reports(STUN, UDP)];
    for (const one of [alone, beside]) {
      one.onUnnamed("stun", 1_040);
      one.giveUp(9_000);
    }
    expect(told(alone)).toEqual(["ok", "turn_connect_failed"]);
    expect(told(beside)).toEqual(["unfinished", "turn_no_answer"]);
    expect(beside.hasRelay).toBe(false);
  });
});
