import { randomBytes, randomUUID } from "node:crypto";
import { basic } from "../ask-json.ts";
import { isRecord } from "../is-record.ts";
import { type EmulatedApi, jsonOf, splitUrls } from "./emulated-api.ts";

/** `v` doubles as the message. The status that comes with an error is not documented. */
const REASONS: Record<number, string> = { 401: "unauthorized", 404: "not_found", 500: "internal" };

/** One host a call, the next at the next one. */
export const xirsysApi: EmulatedApi = {
  freshKeys: () => ({ ident: `lab-${randomBytes(4).toString("hex")}`, secret: randomUUID(), channel: "lab-channel" }),
  answer({ method, url, headers, body }, { keys, offers, mint, requestNumber }) {
    const { ident = "", secret = "", channel = "" } = keys;
    const asked = /^\/_turn\/([^/]+)$/.exec(url.pathname)?.[1];
    if (method !== "PUT" || asked === undefined) return error("bad_segment", 404);
    if (headers.authorization !== `Basic ${basic(ident, secret)}`) return error("unauthorized", 401);
    // An ident is no channel: the path is a namespace, and there is none of that name.
    if (decodeURIComponent(asked) !== channel) return error("no_namespace", 200);
    const given = jsonOf(body);
    const { format, expire } = isRecord(given) ? given : {};
    const ttl = Number(url.searchParams.get("expire") ?? expire ?? 30);
    if (!Number.isInteger(ttl) || ttl < 1) return error("bad_value", 200);
    const { server, urls } = offers[(requestNumber - 1) % offers.length] ?? { server: "", urls: [] };
    const { username, password: credential } = mint(server, ttl);
    const { stun, turn } = splitUrls(urls);
    if (url.searchParams.get("webrtc") === "1") {
      return ok([{ urls: stun }, { urls: turn, username, credential }]);
    }
    if (format === "urls") return ok({ urls, username, credential });
    return ok([...stun.map((one) => ({ url: one })), ...turn.map((one) => ({ url: one, username, credential }))]);
  },
  refusal: (status) => error(REASONS[status] ?? "internal", status),
};

const ok = (iceServers: unknown) => ({ status: 200, body: { s: "ok", v: { iceServers } } });
const error = (reason: string, status: number) => ({ status, body: { s: "error", v: reason } });
