import { defineScenario, type PeerSpec, type Scenario, type TurnServerSpec } from "../lab/index.ts";

const tls = { server: "turn", urls: ["tls:443" as const] };

type Engines = Record<"offerer" | "answerer", Pick<PeerSpec, "engine">>;

/** Two offices that let out TLS on 443 alone, and a server whose certificate no client may take: nothing may connect. */
export const turnsWith = (
  certificate: NonNullable<TurnServerSpec["certificate"]>,
  { description, tags, engines }: Pick<Scenario, "description" | "tags"> & { engines?: Engines },
) =>
  defineScenario({
    description,
    tags,
    topology: {
      routers: { near: { nat: "home", firewall: "tls-443" }, far: { nat: "home", firewall: "tls-443" } },
      turnServers: { turn: { certificate } },
    },
    peers: {
      offerer: { behind: "near", iceServers: [tls], ...engines?.offerer },
      answerer: { behind: "far", iceServers: [tls], ...engines?.answerer },
    },
    load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
    expectedPath: "none",
    expectedFailure: "turn_tls_failed",
  });
