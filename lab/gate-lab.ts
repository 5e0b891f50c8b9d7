import { applyTurnConfig } from "./apply-turn-config.ts";
import type { Call } from "./make-call.ts";
import type { GateCell } from "./model/gate.ts";
import type { ClientNetwork, GateProfile } from "./model/gate-profile.ts";
import type { GridScenario } from "./model/grid.ts";
import type { Role } from "./model/scenario.ts";
import type { PeerSpec, RawIceServer, RouterSpec } from "./model/topology.ts";
import { restCredential } from "./turn/credentials.ts";
import type { TurnConfig } from "./turn-config/read-config.ts";

// PLACEHOLDER until part F lands: profile, cells and lab of a gate, in their simplest form.

export type GateLab = {
  /** The server that is asked about, by its name in the lab. */
  server: string;
  /** Everybody in it, without calls of its own. */
  scenario: GridScenario;
  configs: Record<string, TurnConfig>;
  /** Credentials are minted at each call. */
  call(cell: GateCell): Pick<Call, Role>;
};

const NETWORKS: Readonly<Record<ClientNetwork, RouterSpec>> = {
  home: { nat: "home" },
  symmetric: { nat: "symmetric" },
  cgnat: { nat: "mobile-carrier" },
  "udp-blocked": { nat: "home", firewall: "udp-blocked" },
  "web-only": { nat: "home", firewall: "web-only" },
  "tls-443": { nat: "home", firewall: "tls-443" },
};

export const SERVER = "turn";

export function placeholderProfile(config: TurnConfig): Pick<GateProfile, "networks" | "iceServers"> {
  const host = config.facts.hostname ?? config.facts.place.publicAddress ?? "";
  const port = config.facts.options["listening-port"] ?? 3478;
  const secure = config.facts.options["tls-listening-port"] ?? 5349;
  const urls = [
    `turn:${host}:${port}?transport=udp`,
    `turn:${host}:${port}?transport=tcp`,
    `turns:${host}:${secure}?transport=tcp`,
  ];
  return {
    networks: ["home", "symmetric", "cgnat", "udp-blocked", ...(secure === 443 ? (["tls-443"] as const) : [])],
    iceServers: [{ urls: [`stun:${host}:${port}`, ...urls] }],
  };
}

export function placeholderCells(profile: GateProfile): GateCell[] {
  const urls = profile.iceServers.flatMap((entry) => entry.urls);
  const turn = urls.filter((url) => url.startsWith("turn"));
  return [
    ...profile.networks.map(
      (network): GateCell => ({ id: network, network, who: `users in ${network}`, urls, far: "any", option: null }),
    ),
    {
      id: "home relay-to-relay",
      network: "home",
      who: "users whose far peer is relayed as well",
      urls,
      far: "relayed",
      option: null,
    },
    ...turn.map(
      (url): GateCell => ({
        id: `home ${url}`,
        network: "home",
        who: `clients of ${url}`,
        urls: [url],
        far: "any",
        option: null,
      }),
    ),
  ];
}

export function gateLab(own: TurnConfig, opener: TurnConfig, image: string | undefined, profile: GateProfile): GateLab {
  const routers = Object.fromEntries(profile.networks.map((network) => [network, NETWORKS[network]]));
  const peer = (behind: string): PeerSpec => ({ behind, iceServers: [] });
  const bare: GridScenario = {
    description: "a gate",
    topology: {
      routers: { ...routers, "far-home": { nat: "home" } },
      turnServers: { [SERVER]: image === undefined ? {} : { image } },
    },
    peers: {
      ...Object.fromEntries(profile.networks.map((network) => [`at-${network}`, peer(network)])),
      far: peer("far-home"),
    },
    cells: [],
    concurrency: 1,
  };
  const applied = applyTurnConfig(bare, SERVER, own);
  if ("faults" in applied) throw new Error(JSON.stringify(applied.faults));
  const credential = () => {
    const source = opener.facts.credential;
    if (source.kind === "secret") {
      const expiresAtS = Math.floor(Date.now() / 1000) + (profile.credentialLifetimeS ?? 86_400);
      return restCredential(source.secret, { userId: "gate", expiresAtS, separator: source.separator });
    }
    return source.kind === "user" ? source : { username: "none", password: "none" };
  };
  const given = (urls: readonly string[]): RawIceServer[] => {
    const { username, password } = credential();
    const turn = urls.filter((url) => url.startsWith("turn"));
    const stun = urls.filter((url) => url.startsWith("stun"));
    return [...(stun.length > 0 ? [{ urls: stun }] : []), { urls: turn, username, credential: password }];
  };
  const all = profile.iceServers.flatMap(({ urls }) => urls);
  return {
    server: SERVER,
    scenario: applied.scenario,
    configs: { [SERVER]: own },
    call: (cell) => ({
      offerer: { peer: `at-${cell.network}`, iceServers: given(cell.urls), transportPolicy: "relay" },
      answerer: {
        peer: "far",
        iceServers: given(all),
        ...(cell.far === "relayed" ? { transportPolicy: "relay" } : {}),
      },
    }),
  };
}
