import type { FailureCode } from "../../model/failure.ts";
import { ROLES } from "../../model/scenario.ts";
import type { Cause } from "../cause.ts";
import { assumed, type Draft, redraft, routerAt, TURN, withPeers, withRouter, withUrls } from "../draft.ts";
import { withTurn } from "./reach.ts";

/** Nothing is wrong with a server: the two ends do not find to each other. */
export const PEERS = {
  no_turn_server: {
    build: stunAlone,
    repairs: ["add-turn", "add-turn-tls-443"],
  },
  no_candidates: {
    build: (draft) => withPeers(stunAlone(draft), ROLES, { transportPolicy: "relay" }),
    repairs: ["add-turn"],
  },
  no_common_family: {
    build: (draft) => {
      const { topology, peers } = draft.scenario;
      const routers = { near: { nat: "home" as const, ip: "ipv6" as const }, far: { nat: "home" as const } };
      const ends = { offerer: { ...peers.offerer, behind: "near" }, answerer: { ...peers.answerer, behind: "far" } };
      const note = assumed("topology.routers", "IPv6 alone at one end, IPv4 alone at the other");
      const turnServers = { [TURN]: { ip: "dual" as const } };
      return stunAlone(redraft(draft, { topology: { ...topology, routers, turnServers }, peers: ends }, note));
    },
    repairs: ["both-families"],
  },
  // Its networks alone make it fail, and nothing more is known.
  ice_failed: { build: (draft) => draft, repairs: ["add-turn", "add-turn-tls-443"] },
  session_timeout: { build: (draft) => draft, repairs: ["add-turn", "add-turn-tls-443"] },
  signalling_lost: {
    build: (draft, { ends }) => {
      const isUnanswered = ROLES.some((role) => {
        const own = ends[role].seen.descriptions;
        return own.some(({ type }) => type === "offer") && !own.some(({ type }) => type === "answer");
      });
      const drops = [isUnanswered ? ("answer" as const) : ("candidate" as const)];
      return redraft(withTurn(draft), { signalling: { drops } });
    },
    repairs: ["reliable-signalling"],
  },
  signalling_slow: {
    build: (draft) =>
      redraft(
        withTurn(draft),
        { signalling: { delayMs: 6_000 }, sessionTimeoutMs: 10_000 },
        assumed("signalling", "each message takes six seconds, and the call has ten"),
      ),
    repairs: ["reliable-signalling"],
  },
  signalling_reordered: {
    build: (draft) => redraft(withTurn(draft), { signalling: { delayMs: 1_000, losesEarlyCandidates: true } }),
    repairs: ["reliable-signalling"],
  },
  path_mtu: pathMtu(),
  dtls_failed: pathMtu(),
} as const satisfies Partial<Record<FailureCode, Cause>>;

function stunAlone(draft: Draft): Draft {
  return ROLES.reduce((one, role) => {
    const { iceServers } = one.scenario.peers[role];
    return iceServers.length === 0 ? one : withUrls(one, ["stun"], [role]);
  }, draft);
}

/** A tunnel that drops what is too large for it, and says nothing. */
function pathMtu(): Cause {
  return {
    build: (draft) =>
      withRouter(
        withTurn(draft),
        "offerer",
        { link: { mtu: 576, fragmentationNeeded: false } },
        assumed(`${routerAt("offerer")}.link`, "a wire that drops larger packets, and does not say so"),
      ),
    repairs: ["path-mtu"],
  };
}
