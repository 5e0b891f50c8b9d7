/**
 * HTTP APIs that give applications their `iceServers`, as data: what each provider's answer looks like in every variant
 * that is documented or was seen, and what may be wrong with it. Pure; lab/ice-servers asks and answers.
 */

/** One answer of an API that is not the right one. */
export type IceServerApiFault = {
  answer: IceServerApiFaultAnswer;
  /** Which requests have it: the first and the last, counted from 1 over the life of the lab. Default: all. */
  requests?: [first: number, last: number];
};

/**
 * A status in the provider's own words, or: `timeout`, nothing comes; `reset`, the connection breaks; `malformed`, half
 * of the right answer; `expired`, a list whose credential has expired already; `short-lived`, one whose credential
 * lives for two seconds, whatever was asked.
 */
export const API_FAULT_ANSWERS = [
  400,
  401,
  403,
  404,
  429,
  500,
  502,
  503,
  504,
  "timeout",
  "reset",
  "malformed",
  "expired",
  "short-lived",
] as const;
export type IceServerApiFaultAnswer = (typeof API_FAULT_ANSWERS)[number];
export const SHORT_LIFETIME_S = 2;

export type IceServerApiSpec = {
  provider: IceServerProviderName;
  /** Servers of the topology that it hands out, under the names that the provider gives them. */
  servers?: string[];
  /**
   * Default `emulator`: on the harness's loopback, with keys that are fresh for the lab. `real`: the provider's own
   * endpoint with the user's keys from the environment; only where the run allows it.
   */
  endpoint?: "emulator" | "real";
  /** The shape of the answer; see `ICE_SERVER_PROVIDERS`. Default: the first there. */
  variant?: string;
  /** Names of its TURN servers, in the order of `servers`. Default: the provider's. */
  hosts?: string[];
  /**
   * Which of its servers a list holds, where the backend is the application's own (`static`, `coturn-rest`). Default
   * `all`. `round-robin`: one, the next at each request.
   */
  handsOut?: "all" | "round-robin";
  /** The credential's lifetime, as asked of the API. Default: the provider's. */
  ttlSeconds?: number;
  /** How long each answer takes. Default: as long as loopback does. */
  latencyMs?: number;
  /** What the application presents in place of the right keys, by the names of `ICE_SERVER_PROVIDERS`. */
  keys?: Record<string, string>;
  /** The first that fits a request is its answer. */
  faults?: IceServerApiFault[];
  /** Allocations end with their credential, as Cloudflare does it. By itself coturn lets them live. */
  cutsAtExpiry?: boolean;
};

type ProviderFacts = {
  variants: readonly string[];
  /** What the application presents; in the environment, where the endpoint is real. */
  keys: Readonly<Record<string, string>>;
  /** Those that may be missing. */
  optionalKeys?: readonly string[];
  /** How many servers one API stands for, at the most. */
  maxServers: number;
  /** The application's own backend chooses which of them it hands out. */
  isOwnBackend?: true;
  /** Null: none is asked, or none is known. */
  defaultTtlSeconds: number | null;
  maxTtlSeconds: number | null;
  /** The name of its n-th TURN server, from 0; null: the server's own. */
  turnHost: ((index: number) => string) | null;
  /** Where STUN has another name than TURN. */
  stunHost?: string;
  /** `STUN` and `TURN` stand for the names. By variant, where they are not the same in all. */
  urls: (variant: string) => readonly string[];
};

const CLOUDFLARE_URLS = (secondUdpPort: number) => [
  "stun:STUN:3478",
  ...(secondUdpPort === 53 ? ["stun:STUN:53"] : []),
  "turn:TURN:3478?transport=udp",
  `turn:TURN:${secondUdpPort}?transport=udp`,
  "turn:TURN:3478?transport=tcp",
  "turn:TURN:80?transport=tcp",
  "turns:TURN:5349?transport=tcp",
  "turns:TURN:443?transport=tcp",
];

const OWN_URLS = [
  "stun:TURN:3478",
  "turn:TURN:3478?transport=udp",
  "turn:TURN:3478?transport=tcp",
  "turns:TURN:5349?transport=tcp",
];

export const ICE_SERVER_PROVIDERS = {
  /** An application's own backend with a fixed list: a bare array, or `{ iceServers }`. Credentials do not expire. */
  static: {
    variants: ["array", "object"],
    keys: { url: "ICE_SERVERS_URL", token: "ICE_SERVERS_TOKEN" },
    optionalKeys: ["token"],
    maxServers: 20,
    isOwnBackend: true,
    defaultTtlSeconds: null,
    maxTtlSeconds: null,
    turnHost: null,
    urls: () => OWN_URLS,
  },
  /** draft-uberti-behave-turn-rest-00: one credential for all servers, which share the secret. */
  "coturn-rest": {
    variants: ["uris"],
    keys: { url: "TURN_REST_URL", key: "TURN_REST_KEY" },
    optionalKeys: ["key"],
    maxServers: 20,
    isOwnBackend: true,
    defaultTtlSeconds: 86_400,
    maxTtlSeconds: null,
    turnHost: null,
    urls: () => OWN_URLS.slice(1),
  },
  /** `port-53` is an older published list; `object` is what clients of the older endpoint put up with. */
  cloudflare: {
    variants: ["array", "port-53", "object"],
    keys: { keyId: "CLOUDFLARE_TURN_KEY_ID", apiToken: "CLOUDFLARE_TURN_API_TOKEN" },
    maxServers: 1,
    defaultTtlSeconds: 86_400,
    maxTtlSeconds: 172_800,
    turnHost: () => "turn.cloudflare.com",
    stunHost: "stun.cloudflare.com",
    urls: (variant) => CLOUDFLARE_URLS(variant === "port-53" ? 53 : 443),
  },
  /** `url-and-urls` is the schema's, `urls` the sample's. `ttl` is a text in both. */
  twilio: {
    variants: ["url-and-urls", "urls"],
    keys: { accountSid: "TWILIO_ACCOUNT_SID", authToken: "TWILIO_AUTH_TOKEN" },
    maxServers: 1,
    defaultTtlSeconds: 86_400,
    maxTtlSeconds: 86_400,
    turnHost: () => "global.turn.twilio.com",
    stunHost: "global.stun.twilio.com",
    urls: () => [
      "stun:STUN:3478",
      "turn:TURN:3478?transport=udp",
      "turn:TURN:3478?transport=tcp",
      "turn:TURN:443?transport=tcp",
    ],
  },
  /** `array`: webrtc=1; `object`: format "urls"; `legacy`: neither, with the key `url`. Another host at each call. */
  xirsys: {
    variants: ["array", "object", "legacy"],
    keys: { ident: "XIRSYS_IDENT", secret: "XIRSYS_SECRET", channel: "XIRSYS_CHANNEL" },
    maxServers: 20,
    defaultTtlSeconds: 60,
    maxTtlSeconds: null,
    turnHost: (index) => `fr-turn${7 + index}.xirsys.com`,
    urls: () => [
      "stun:TURN",
      "turn:TURN:80?transport=udp",
      "turn:TURN:3478?transport=udp",
      "turn:TURN:80?transport=tcp",
      "turn:TURN:3478?transport=tcp",
      "turns:TURN:443?transport=tcp",
      "turns:TURN:5349?transport=tcp",
    ],
  },
  /** `created`: a credential for each list, then the list by its key; `standing`: the list by a key that is there. */
  metered: {
    variants: ["created", "standing"],
    keys: { app: "METERED_APP", secretKey: "METERED_SECRET_KEY", apiKey: "METERED_API_KEY" },
    optionalKeys: ["secretKey", "apiKey"],
    maxServers: 1,
    defaultTtlSeconds: 3_600,
    maxTtlSeconds: null,
    turnHost: () => "global.relay.metered.ca",
    stunHost: "stun.relay.metered.ca",
    urls: () => [
      "stun:STUN:80",
      "turn:TURN:80",
      "turn:TURN:80?transport=tcp",
      "turn:TURN:443",
      "turns:TURN:443?transport=tcp",
    ],
  },
} as const satisfies Record<string, ProviderFacts>;

export type IceServerProviderName = keyof typeof ICE_SERVER_PROVIDERS;

export function providerFacts(provider: IceServerProviderName): ProviderFacts {
  return ICE_SERVER_PROVIDERS[provider];
}

/** What an API hands out of one server. */
export type ApiOffer = { server: string; urls: string[] };

/** Every URL that an emulated API hands out, by server; `hostnameOf` names those that keep their own name. */
export function apiOffers(spec: IceServerApiSpec, hostnameOf: (server: string) => string): ApiOffer[] {
  const { variants, turnHost, stunHost, urls } = providerFacts(spec.provider);
  return (spec.servers ?? []).map((server, index) => {
    const turn = spec.hosts?.[index] ?? turnHost?.(index) ?? hostnameOf(server);
    const name = (url: string) => url.replace("STUN", stunHost ?? turn).replace("TURN", turn);
    return { server, urls: urls(spec.variant ?? variants[0] ?? "").map(name) };
  });
}
