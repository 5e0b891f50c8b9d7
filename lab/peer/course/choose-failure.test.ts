import { describe, expect, it } from "vitest";
import type { UrlReport } from "../../model/events.ts";
import type { FailureCode } from "../../model/failure.ts";
import { chooseFailure, type FailureFacts } from "./choose-failure.ts";

const failed = (url: string, code: FailureCode): UrlReport => {
  return { url, outcome: "failed", durationMs: 10, failure: { code, message: code } };
};
const ok = (url: string): UrlReport => ({ url, outcome: "ok", durationMs: 10 });
const unfinished = (url: string): UrlReport => ({ url, outcome: "unfinished", durationMs: null });

const code = (urls: UrlReport[], facts: Partial<FailureFacts> = {}) => {
  return chooseFailure({ stage: "ice", reason: "failed", urls, permissions: { granted: 0, refused: [] }, ...facts })
    .code;
};

describe("chooseFailure", () => {
  it("says what every TURN URL said", () => {
    expect(code([failed("turn:a", "turn_unauthorized"), failed("turns:a", "turn_unauthorized")])).toBe(
      "turn_unauthorized",
    );
  });

  it("lets a refusal speak for the URLs that stayed silent", () => {
    expect(code([failed("turn:a", "turn_no_answer"), failed("turns:a", "turn_unauthorized")])).toBe(
      "turn_unauthorized",
    );
    expect(code([unfinished("turn:a"), failed("turns:a", "turn_quota_reached")])).toBe("turn_quota_reached");
  });

  it("takes what a proxy says for an answer: it outranks the silence of what is not proxied", () => {
    const udp = failed("turn:a", "turn_no_answer");
    expect(code([udp, failed("turn:a?transport=tcp", "proxy_refused")])).toBe("proxy_refused");
    expect(code([udp, failed("turns:a", "proxy_failed")])).toBe("proxy_failed");
    // A port that it does not connect to, and a server that it cannot reach: two reasons.
    expect(code([failed("turn:a?transport=tcp", "proxy_refused"), failed("turns:a", "proxy_failed")])).toBe(
      "ice_failed",
    );
  });

  it("is ice_failed when a relay was gathered, when reasons differ, and without TURN", () => {
    expect(code([ok("turn:a"), failed("turns:a", "turn_tls_failed")])).toBe("ice_failed");
    expect(code([failed("turn:a", "turn_quota_reached"), failed("turns:a", "turn_tls_failed")])).toBe("ice_failed");
    expect(code([])).toBe("ice_failed");
    // A browser that does not say from which URL its relay is.
    expect(code([failed("turn:a", "turn_unauthorized"), unfinished("turn:b")], { hasRelay: true })).toBe("ice_failed");
  });

  it("does not call networks without a common path what STUN servers that failed explain", () => {
    expect(code([failed("stun:a", "stun_no_answer")])).toBe("stun_no_answer");
    expect(code([failed("stun:a", "stun_no_answer"), failed("stun:b", "dns_failed")])).toBe("dns_failed");
    expect(code([failed("stun:a", "stun_no_answer")], { reason: "timeout" })).toBe("stun_no_answer");
    expect(
      chooseFailure({
        stage: "ice",
        reason: "failed",
        urls: [failed("stun:a", "stun_no_answer")],
        permissions: { granted: 0, refused: [] },
      }).message,
    ).toContain("stun:a");
    // One answer is enough to be reachable; an unfinished one may have been.
    expect(code([failed("stun:a", "stun_no_answer"), ok("stun:b")])).toBe("ice_failed");
    expect(code([failed("stun:a", "stun_no_answer"), unfinished("stun:b")])).toBe("ice_failed");
  });

  it("lets TURN speak before STUN: a relay is a candidate, and a refusal says more than silence", () => {
    const stun = failed("stun:a", "stun_no_answer");
    expect(code([stun, ok("turn:a?transport=tcp")])).toBe("ice_failed");
    expect(code([stun, failed("turn:a", "turn_no_answer"), ok("turn:a?transport=tcp")])).toBe("ice_failed");
    expect(code([stun, failed("turn:a", "turn_no_answer"), failed("turns:a", "turn_unauthorized")])).toBe(
      "turn_unauthorized",
    );
    expect(code([stun, failed("turn:a", "turn_no_answer")])).toBe("turn_no_answer");
    expect(code([stun, failed("turn:a", "turn_quota_reached"), failed("turns:a", "turn_tls_failed")])).toBe(
      "ice_failed",
    );
  });

  it("does not call an unfinished URL silent", () => {
    expect(code([unfinished("turn:a"), failed("turn:b", "turn_no_answer")])).toBe("ice_failed");
  });

  it("blames the server's peer ACL when it granted no permission at all", () => {
    const refused = [{ code: "turn_forbidden", message: "403 Forbidden" } as const];
    expect(code([ok("turn:a")], { permissions: { granted: 0, refused } })).toBe("turn_forbidden");
    expect(code([ok("turn:a")], { permissions: { granted: 1, refused } })).toBe("ice_failed");
  });

  it("names the stage that was reached", () => {
    expect(code([], { stage: "dtls" })).toBe("dtls_failed");
    expect(code([], { stage: "sctp" })).toBe("sctp_failed");
    expect(code([], { stage: "data", reason: "timeout" })).toBe("data_failed");
    expect(code([], { reason: "timeout" })).toBe("session_timeout");
  });
});
