import { describe, expect, it } from "vitest";
import { UrlReports } from "./url-reports.ts";

const UDP = "turn:turn.lab.test:3478?transport=udp";
const TCP = "turn:turn.lab.test:80?transport=tcp";
const STUN = "stun:turn.lab.test:3478";
const lookup = { url: UDP, errorCode: 701, errorText: "TURN host lookup received error." };
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
    expect(one.all).toMatchObject([{ outcome: "failed", durationMs: 100, failure: { code: "dns_failed" } }]);
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
    expect(told(one)).toEqual(["unfinished", "ok"]);
  });
});
