import { describe, expect, it } from "vitest";
import { ProxyError } from "./http-connect.ts";
import { describeIceServerError } from "./turn-error.ts";

const answer = (number: number, reason: string) => ({ response: { getAttributeValue: () => [number, reason] } });
const nodeError = (code: string) => Object.assign(new Error("x"), { code });

describe("describeIceServerError", () => {
  it("gives number and name of the server's answer", () => {
    expect(describeIceServerError(answer(401, ""), "request")).toEqual({
      code: "turn_unauthorized",
      message: "401 Unauthorized",
    });
    expect(describeIceServerError(answer(486, "quota"), "request").message).toBe("486 Allocation Quota Reached");
    expect(describeIceServerError(answer(555, "Odd"), "request")).toEqual({ code: "turn_error", message: "555 Odd" });
  });

  it("tells DNS, TCP, TLS and silence apart, with Node's code", () => {
    expect(describeIceServerError(nodeError("ENOTFOUND"), "lookup").code).toBe("dns_failed");
    expect(describeIceServerError(nodeError("ECONNREFUSED"), "connect")).toEqual({
      code: "turn_connect_failed",
      message: "TCP connection failed (ECONNREFUSED)",
    });
    expect(describeIceServerError(nodeError("DEPTH_ZERO_SELF_SIGNED_CERT"), "tls").code).toBe("turn_tls_failed");
    expect(describeIceServerError(new Error("timed out after 5000 ms"), "tls")).toEqual({
      code: "turn_no_answer",
      message: "no answer to the TLS handshake (timed out after 5000 ms)",
    });
    expect(describeIceServerError(new Error(""), "request")).toEqual({
      code: "turn_no_answer",
      message: "no answer (timed out)",
    });
    expect(describeIceServerError(new Error(""), "binding").code).toBe("stun_no_answer");
  });

  it("tells what the proxy said from a proxy that is not there or says nothing", () => {
    const refused = new ProxyError("proxy_refused", "the proxy answered 403 Forbidden");
    expect(describeIceServerError(refused, "ask-proxy")).toEqual({
      code: "proxy_refused",
      message: "the proxy answered 403 Forbidden",
    });
    expect(describeIceServerError(nodeError("ECONNREFUSED"), "reach-proxy")).toEqual({
      code: "proxy_failed",
      message: "TCP connection to the proxy failed (ECONNREFUSED)",
    });
    expect(describeIceServerError(new Error("timed out after 5000 ms"), "ask-proxy")).toEqual({
      code: "proxy_failed",
      message: "the proxy did not answer CONNECT (timed out after 5000 ms)",
    });
  });
});
