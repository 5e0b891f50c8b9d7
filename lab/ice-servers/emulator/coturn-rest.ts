import { randomBytes } from "node:crypto";
import { type EmulatedApi, STATUS_WORDS } from "./emulated-api.ts";

const TTL_SECONDS = 86_400;

/** draft-uberti-behave-turn-rest-00: the service decides the lifetime; one credential opens all that share the secret. */
export const coturnRestApi: EmulatedApi = {
  freshKeys: () => ({ key: randomBytes(16).toString("hex") }),
  answer({ method, url }, { keys, offers, mint, ttlSeconds = TTL_SECONDS }) {
    if (method !== "GET" || url.searchParams.get("service") !== "turn") return this.refusal(400);
    if (url.searchParams.get("key") !== keys.key) return this.refusal(401);
    const credential = mint(offers[0]?.server ?? "", ttlSeconds);
    return { status: 200, body: { ...credential, ttl: ttlSeconds, uris: offers.flatMap(({ urls }) => urls) } };
  },
  refusal: (status) => ({ status, body: { error: STATUS_WORDS[status] ?? "error" } }),
};
