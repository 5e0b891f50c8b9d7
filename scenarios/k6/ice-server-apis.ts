import { type Environment, needed } from "./setting.ts";

/**
 * How an application asks for its ICE servers, by provider: requests and answers as data. Nothing of k6 is in here, so that the
 * lab's tests hold it against its emulators.
 */

/** `name`: what its samples are called, whatever keys are in the URL. */
export type Ask = {
  name: string;
  method: "GET" | "POST" | "PUT";
  url: string;
  headers: Record<string, string>;
  body: string | null;
};

export type Setting = {
  /** Where the API is, without a slash at its end; of a backend of one's own with its path. */
  baseUrl: string;
  /** The keys, by the names that `turnlab` knows them by. */
  environment: Environment;
  /** Asked for, where the one who asks decides it. */
  ttlSeconds: number;
  base64: (text: string) => string;
};

type Api = {
  /** Variables that must be there, and those that may. */
  must: readonly string[];
  may?: readonly string[];
  ask(setting: Setting): Ask;
  /** Where one answer only leads to the next request. Null: it leads nowhere. */
  next?(answer: unknown, setting: Setting): Ask | null;
  /** The list in the last answer, in whatever shape; null where it has none. */
  list(answer: unknown): unknown;
};

const NO_HEADERS: Record<string, string> = {};
const JSON_BODY = { "content-type": "application/json" };

export const ICE_SERVER_APIS = {
  /** A backend of one's own with a list: an array, or an object with one. */
  static: {
    must: [],
    may: ["ICE_SERVERS_TOKEN"],
    ask: ({ baseUrl, environment: { ICE_SERVERS_TOKEN: token } }) => ({
      ...{ name: "list", method: "GET", url: baseUrl, body: null },
      headers: token ? { authorization: `Bearer ${token}` } : NO_HEADERS,
    }),
    list: (answer) => (isRecord(answer) && "iceServers" in answer ? answer.iceServers : answer),
  },
  /** draft-uberti-behave-turn-rest-00 section 2. */
  "coturn-rest": {
    must: [],
    may: ["TURN_REST_KEY"],
    ask: ({ baseUrl, environment: { TURN_REST_KEY: key } }) => ({
      ...{ name: "credential", method: "GET", headers: {}, body: null },
      url: withQuery(baseUrl, { service: "turn", username: "turnlab", ...(key ? { key } : {}) }),
    }),
    list: (answer) => {
      const { uris, username, password } = isRecord(answer) ? answer : {};
      return Array.isArray(uris) ? [{ urls: uris as unknown[], username, credential: password }] : null;
    },
  },
  cloudflare: {
    must: ["CLOUDFLARE_TURN_KEY_ID", "CLOUDFLARE_TURN_API_TOKEN"],
    ask: ({ baseUrl, environment, ttlSeconds }) => ({
      ...{ name: "generate-ice-servers", method: "POST", body: JSON.stringify({ ttl: ttlSeconds }) },
      url: `${baseUrl}/v1/turn/keys/${encodeURIComponent(needed(environment, "CLOUDFLARE_TURN_KEY_ID"))}/credentials/generate-ice-servers`,
      headers: { authorization: `Bearer ${needed(environment, "CLOUDFLARE_TURN_API_TOKEN")}`, ...JSON_BODY },
    }),
    list: (answer) => (isRecord(answer) ? answer.iceServers : null),
  },
  twilio: {
    must: ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"],
    ask: ({ baseUrl, environment, ttlSeconds, base64 }) => {
      const account = needed(environment, "TWILIO_ACCOUNT_SID");
      return {
        ...{ name: "token", method: "POST", body: `Ttl=${ttlSeconds}` },
        url: `${baseUrl}/2010-04-01/Accounts/${encodeURIComponent(account)}/Tokens.json`,
        headers: {
          authorization: `Basic ${base64(`${account}:${needed(environment, "TWILIO_AUTH_TOKEN")}`)}`,
          "content-type": "application/x-www-form-urlencoded",
        },
      };
    },
    list: (answer) => (isRecord(answer) ? answer.ice_servers : null),
  },
  xirsys: {
    must: ["XIRSYS_IDENT", "XIRSYS_SECRET", "XIRSYS_CHANNEL"],
    ask: ({ baseUrl, environment, ttlSeconds, base64 }) => {
      const key = `${needed(environment, "XIRSYS_IDENT")}:${needed(environment, "XIRSYS_SECRET")}`;
      return {
        ...{ name: "turn", method: "PUT", body: "{}" },
        url: `${baseUrl}/_turn/${encodeURIComponent(needed(environment, "XIRSYS_CHANNEL"))}?webrtc=1&expire=${ttlSeconds}`,
        headers: { authorization: `Basic ${base64(key)}`, ...JSON_BODY },
      };
    },
    // An error comes with 200 as well.
    list: (answer) => (isRecord(answer) && answer.s === "ok" && isRecord(answer.v) ? answer.v.iceServers : null),
  },
  /** Two requests: a credential, and the list by its key. */
  metered: {
    must: ["METERED_SECRET_KEY"],
    ask: ({ baseUrl, environment, ttlSeconds }) => ({
      ...{ name: "credential", method: "POST", headers: JSON_BODY },
      url: withQuery(`${baseUrl}/api/v1/turn/credential`, { secretKey: needed(environment, "METERED_SECRET_KEY") }),
      body: JSON.stringify({ expiryInSeconds: ttlSeconds }),
    }),
    next: (answer, { baseUrl }) => {
      const apiKey = isRecord(answer) ? answer.apiKey : undefined;
      if (typeof apiKey !== "string") return null;
      const url = withQuery(`${baseUrl}/api/v1/turn/credentials`, { apiKey });
      return { name: "list", method: "GET", url, headers: {}, body: null };
    },
    list: (answer) => answer,
  },
} as const satisfies Record<string, Api>;

export type ProviderName = keyof typeof ICE_SERVER_APIS;
export const PROVIDER_NAMES = Object.keys(ICE_SERVER_APIS) as ProviderName[];

export function apiOf(provider: ProviderName): Api {
  return ICE_SERVER_APIS[provider];
}

/** No URL: k6's JavaScript is ECMAScript and nothing of a browser. */
function withQuery(url: string, query: Record<string, string>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${url}${url.includes("?") ? "&" : "?"}${pairs.join("&")}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
