import { randomBytes } from "node:crypto";
import { ICE_SERVER_PROVIDERS } from "../../model/ice-server-api.ts";
import { basic } from "../ask-json.ts";
import { type EmulatedApi, STATUS_WORDS, splitUrls } from "./emulated-api.ts";

const { defaultTtlSeconds, maxTtlSeconds } = ICE_SERVER_PROVIDERS.twilio;

/** `code` and `more_info` as seen with 20003; the others are made alike. */
const CODES: Record<number, number> = { 401: 20_003, 403: 20_403, 404: 20_404, 429: 20_429, 500: 20_500, 503: 20_503 };

export const twilioApi: EmulatedApi = {
  freshKeys: () => ({
    accountSid: `AC${randomBytes(16).toString("hex")}`,
    authToken: randomBytes(16).toString("hex"),
  }),
  answer({ method, url, headers, body }, { keys, offers, variant, mint }) {
    const sid = /^\/2010-04-01\/Accounts\/([^/]+)\/Tokens\.json$/.exec(url.pathname)?.[1];
    if (method !== "POST" || sid === undefined) return this.refusal(404);
    const { accountSid = "", authToken = "" } = keys;
    if (sid !== accountSid || headers.authorization !== `Basic ${basic(accountSid, authToken)}`) {
      return this.refusal(401);
    }
    const asked = new URLSearchParams(body).get("Ttl");
    const ttl = asked === null ? defaultTtlSeconds : Number(asked);
    if (!Number.isInteger(ttl) || ttl < 1 || ttl > maxTtlSeconds) return this.refusal(400);
    const [{ server, urls }] = [offers[0] ?? { server: "", urls: [] }];
    const { username, password } = mint(server, ttl);
    const { stun, turn } = splitUrls(urls);
    const named = (one: string) => (variant === "urls" ? { urls: one } : { url: one, urls: one });
    const date = new Date().toUTCString().replace("GMT", "+0000");
    return {
      status: 201,
      body: {
        username,
        password,
        ttl: String(ttl),
        account_sid: accountSid,
        date_created: date,
        date_updated: date,
        ice_servers: [...stun.map(named), ...turn.map((one) => ({ ...named(one), username, credential: password }))],
      },
    };
  },
  refusal(status) {
    const code = CODES[status] ?? 20_001;
    const message = status === 401 ? "Authenticate" : STATUS_WORDS[status];
    return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
  },
};
