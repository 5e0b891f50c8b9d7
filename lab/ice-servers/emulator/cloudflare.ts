import { randomBytes } from "node:crypto";
import { ICE_SERVER_PROVIDERS } from "../../model/ice-server-api.ts";
import { isRecord } from "../is-record.ts";
import { type EmulatedApi, jsonOf, STATUS_WORDS, splitUrls } from "./emulated-api.ts";

const { maxTtlSeconds } = ICE_SERVER_PROVIDERS.cloudflare;

/** Errors of this host are not documented: the envelope is that of Cloudflare's other APIs. */
export const cloudflareApi: EmulatedApi = {
  freshKeys: () => ({ keyId: randomBytes(16).toString("hex"), apiToken: randomBytes(32).toString("hex") }),
  answer({ method, url, headers, body }, { keys, offers, variant, mint }) {
    const keyId = /^\/v1\/turn\/keys\/([^/]+)\/credentials\/generate-ice-servers$/.exec(url.pathname)?.[1];
    if (method !== "POST" || keyId !== keys.keyId) return this.refusal(404);
    if (headers.authorization !== `Bearer ${keys.apiToken}`) return this.refusal(401);
    const asked = jsonOf(body);
    const ttl = isRecord(asked) ? asked.ttl : undefined;
    if (typeof ttl !== "number" || !Number.isInteger(ttl) || ttl < 1 || ttl > maxTtlSeconds) return this.refusal(400);
    const entries = offers.flatMap(({ server, urls }) => {
      const { username, password } = mint(server, ttl);
      const { stun, turn } = splitUrls(urls);
      return [{ urls: stun }, { urls: turn, username, credential: password }];
    });
    // Older clients put up with one object that has all.
    const object = { ...entries[1], urls: entries.flatMap((entry) => entry.urls) };
    return { status: 201, body: { iceServers: variant === "object" ? object : entries } };
  },
  refusal: (status) => ({
    status,
    body: { success: false, errors: [{ code: 10_000, message: STATUS_WORDS[status] }], messages: [], result: null },
  }),
};
