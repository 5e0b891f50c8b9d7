import type { FailureCode, IceServerRef, PeerSpec, RouterSpec, Scenario, TurnServerSpec } from "../../lab/index.ts";

export const stun = { server: "turn", urls: ["stun"] } satisfies IceServerRef;
export const overUdp = { server: "turn", urls: ["stun", "udp"] } satisfies IceServerRef;
export const overTls = { server: "turn", urls: ["tls:443"] } satisfies IceServerRef;

/** Who calls whom in which lab. */
export type Calls = Pick<Scenario, "topology" | "peers" | "load">;

type Ends = {
  /** Both routers, or each. Default: symmetric, so that nothing but a relay connects. */
  near?: RouterSpec;
  far?: RouterSpec;
  /** Of both peers. Default: the server's STUN and its TURN over UDP. */
  list?: IceServerRef[];
  /** The answerer's, where it is another. */
  farList?: IceServerRef[];
  peers?: Partial<PeerSpec>;
};

/** Three calls between two networks, both with one TURN server. */
export function callsOver(turn: TurnServerSpec, ends: Ends = {}): Calls {
  const { near = { nat: "symmetric" }, far = near, list = [overUdp], farList = list, peers } = ends;
  return {
    topology: { routers: { near, far }, turnServers: { turn } },
    peers: {
      offerer: { behind: "near", iceServers: list, ...peers },
      answerer: { behind: "far", iceServers: farList, ...peers },
    },
    load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
  };
}

type Expected = Pick<Scenario, "expectedPath" | "expectedFailure">;

/** Of a broken form: every session fails with this. */
export const failsWith = (expectedFailure: FailureCode): Expected => ({ expectedPath: "none", expectedFailure });

/** Of a broken form: every session connects over a relay and is then dropped with this. */
export const dropsWith = (expectedFailure: FailureCode): Expected => ({ expectedPath: "relayed", expectedFailure });

/** Of a repaired form: every session connects over a relay, and stays so. How fast is other scenarios' question. */
export const connects = {
  expectedPath: "relayed",
  expectedFailure: undefined,
  thresholds: { session_success: ["rate==1"], connect_time: ["p(95)<20000"] },
} satisfies Partial<Scenario>;
