import type { IceServersFailureCode } from "../model/failure.ts";
import { askJson, basic, quote } from "./ask-json.ts";
import { isRecord } from "./is-record.ts";
import { type IceServerProvider, IceServersError } from "./provider.ts";
import { readW3cList } from "./w3c-list.ts";

/** Xirsys `_turn` (openai-realtime-xirsys-webrtc: src/sdk/xirsys.ts; xirsys-examples-v3). */
export const xirsysProvider: IceServerProvider = {
  realBaseUrl: () => "https://global.xirsys.net",
  async fetch(request) {
    const { ident = "", secret = "", channel = "" } = request.keys;
    const ttl = request.ttlSeconds ?? 60;
    const path = `/_turn/${encodeURIComponent(channel)}`;
    // `array` is asked for in the query, `object` in the body; the oldest applications ask for nothing.
    const isQuery = request.variant === "array";
    const asked = { ...(request.variant === "object" ? { format: "urls" } : {}), expire: ttl };
    const { status, answer } = await askJson(
      {
        method: "PUT",
        path: isQuery ? `${path}?webrtc=1&expire=${ttl}` : path,
        headers: { authorization: `Basic ${basic(ident, secret)}`, "content-type": "application/json" },
        body: JSON.stringify(isQuery ? {} : asked),
      },
      request,
    );
    // The status of an error is not documented: 200 with `s: "error"` is one as well.
    const { s, v } = isRecord(answer) ? answer : {};
    if (s !== "ok") {
      const reason = quote(JSON.stringify(answer) ?? "", request.keys);
      throw new IceServersError(codeOfReason(s, v), `Xirsys answered ${status}: ${reason}`, status);
    }
    return { iceServers: readW3cList(isRecord(v) ? v.iceServers : null, status), ttlSeconds: ttl, status };
  },
};

function codeOfReason(s: unknown, v: unknown): IceServersFailureCode {
  if (s !== "error") return "ice_servers_malformed";
  return v === "unauthorized" ? "ice_servers_unauthorized" : "ice_servers_refused";
}
