import type { Topology } from "../lab/index.ts";

/** Option C of a deployment: a coturn in each of three regions. */
export const regions = {
  eu: { latencyMs: 40 },
  east: { latencyMs: 15 },
  central: { latencyMs: 5 },
} satisfies Topology["regions"];

export const turnServers = {
  "us-central": { region: "central" },
  "us-east": { region: "east" },
  "eu-west": { region: "eu" },
} satisfies Topology["turnServers"];

/** Two callers in Europe, for those who compare ways to choose a server. */
export const europeans = {
  phone: { nat: "symmetric", region: "eu" },
  office: { nat: "symmetric", region: "eu" },
} satisfies Topology["routers"];
