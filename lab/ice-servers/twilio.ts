import { askJson, basic } from "./ask-json.ts";
import { isRecord } from "./is-record.ts";
import type { IceServerProvider } from "./provider.ts";
import { readW3cList } from "./w3c-list.ts";

/** Twilio Network Traversal Service tokens (twilio-oai: api_v2010, Tokens.json). */
export const twilioProvider: IceServerProvider = {
  realBaseUrl: () => "https://api.twilio.com",
  async fetch(request) {
    const { accountSid = "", authToken = "" } = request.keys;
    const { status, answer } = await askJson(
      {
        method: "POST",
        path: `/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Tokens.json`,
        headers: {
          authorization: `Basic ${basic(accountSid, authToken)}`,
          "content-type": "application/x-www-form-urlencoded",
        },
        body: request.ttlSeconds === null ? "" : String(new URLSearchParams({ Ttl: String(request.ttlSeconds) })),
      },
      request,
    );
    const { ice_servers: list, ttl } = isRecord(answer) ? answer : {};
    // A text, in the answers that are documented.
    const seconds = ttl === undefined ? Number.NaN : Number(ttl);
    const ttlSeconds = Number.isInteger(seconds) ? seconds : request.ttlSeconds;
    return { iceServers: readW3cList(list ?? null, status), ttlSeconds, status };
  },
};
