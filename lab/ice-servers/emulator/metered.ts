import { randomBytes } from "node:crypto";
import { isRecord } from "../is-record.ts";
import { type EmulatedApi, jsonOf, STATUS_WORDS, splitUrls } from "./emulated-api.ts";

/** Two steps and two keys: the account's secret makes a credential, whose own key opens the list. */
export function meteredApi(): EmulatedApi {
  const credentials = new Map<string, { username: string; password: string }>();
  return {
    freshKeys: (variant): Record<string, string> =>
      variant === "standing"
        ? { app: "lab", apiKey: freshKey() }
        : { app: "lab", secretKey: randomBytes(24).toString("base64url") },
    answer({ method, url, body }, { keys, offers, mint }) {
      const [{ server, urls }] = [offers[0] ?? { server: "", urls: [] }];
      if (method === "POST" && url.pathname === "/api/v1/turn/credential") {
        if (!keys.secretKey || url.searchParams.get("secretKey") !== keys.secretKey) return refuse(401);
        const given = jsonOf(body);
        const { expiryInSeconds, label = "" } = isRecord(given) ? given : {};
        if (expiryInSeconds !== undefined && !isPositive(expiryInSeconds)) {
          return { status: 400, body: { message: "please enter a positive integer value for expiryInSeconds" } };
        }
        const apiKey = freshKey();
        const credential = mint(server, isPositive(expiryInSeconds) ? expiryInSeconds : null);
        credentials.set(apiKey, credential);
        return { status: 200, body: { ...credential, expiryInSeconds, label, apiKey } };
      }
      if (method === "GET" && url.pathname === "/api/v1/turn/credentials") {
        const apiKey = url.searchParams.get("apiKey") ?? "";
        const found = apiKey === keys.apiKey ? mint(server, null) : credentials.get(apiKey);
        if (!found) return { status: 401, body: { message: "Invalid API Key" } };
        const { stun, turn } = splitUrls(urls);
        const { username, password: credential } = found;
        return {
          status: 200,
          body: [...stun.map((one) => ({ urls: one })), ...turn.map((one) => ({ urls: one, username, credential }))],
        };
      }
      return refuse(404);
    },
    refusal: refuse,
  };
}

const freshKey = () => randomBytes(20).toString("hex");
const isPositive = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;
const refuse = (status: number) => ({ status, body: { message: STATUS_WORDS[status] } });
