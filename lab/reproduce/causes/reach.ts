import type { FailureCode } from "../../model/failure.ts";
import { type IceUrlKind, parseIceUrlKind } from "../../model/ice.ts";
import { ROLES, type Role, type Scenario } from "../../model/scenario.ts";
import type { CertificateFlaw } from "../../model/topology.ts";
import type { Cause } from "../cause.ts";
import { concluded } from "../conclusion.ts";
import {
  assumed,
  type Draft,
  type Field,
  redraft,
  routerAt,
  TURN,
  turnKinds,
  withRouter,
  withServer,
  withUrls,
} from "../draft.ts";
import { needsRelay } from "../needs-relay.ts";

/** A peer does not come through to its server: firewalls, listeners, TLS. */
export const REACH = {
  udp_blocked: {
    build: (draft, field) => {
      const role = strandedEnd(field);
      const note = assumed(`${routerAt(role)}.firewall`, "drops UDP without an answer");
      return withRouter(overOnly(draft, "udp", ["stun", "udp"]), role, { firewall: "udp-blocked" }, note);
    },
    repairs: ["add-turn-tcp", "add-turn-tls-443"],
  },
  turn_port_blocked: {
    build: (draft, field) => {
      const role = strandedEnd(field);
      const kinds = listed(draft).filter((kind) => parseIceUrlKind(kind)?.port === null && kind !== "tls");
      const note = assumed(`${routerAt(role)}.firewall`, "drops port 3478, UDP and TCP");
      const urls = kinds.some((kind) => kind !== "stun") ? kinds : (["stun", "udp"] as const);
      return withRouter(withUrls(needsRelay(draft), urls), role, { firewall: "stun-port-blocked" }, note);
    },
    repairs: ["add-turn-udp-443", "add-turn-tls-443"],
  },
  turn_tls_required: {
    build: (draft, field) => {
      const role = strandedEnd(field);
      const note = assumed(`${routerAt(role)}.firewall`, "lets out TLS on port 443 alone");
      return withRouter(withUrls(draft, ["stun", "tcp:443"]), role, { firewall: "tls-443" }, note);
    },
    repairs: ["add-turn-tcp", "add-turn-tls-443"],
  },
  turn_firewalled: firewalled("lets in the relay range, and no port of the list"),
  turn_no_answer: firewalled("lets no port of the list in: the evidence does not say where on the way it ended"),
  turn_not_listening: notListening(),
  turn_connect_failed: notListening(),
  turn_answers_expire: {
    build: (draft) => withServer(needsRelay(overOnly(draft, "udp", ["stun", "udp"])), { sendsTtl: 1 }),
    repairs: ["let-answers-live"],
  },
  turn_tls_expired: certificate("expired"),
  turn_tls_incomplete_chain: certificate("incomplete-chain"),
  turn_tls_wrong_name: certificate("other-name"),
  turn_tls_unknown_ca: certificate("untrusted"),
  turn_tls_failed: certificate("untrusted", "the evidence does not say what is wrong with the certificate"),
  proxy_refused: {
    build: (draft, field) => {
      const note = assumed(
        `${routerAt(strandedEnd(field))}.firewall`,
        "an HTTP proxy, which connects to port 443 alone",
      );
      return withRouter(withUrls(draft, ["stun", "udp", "tcp"]), strandedEnd(field), { firewall: "proxy-only" }, note);
    },
    repairs: ["add-turn-tcp", "add-turn-tls-443"],
  },
  dns_failed: {
    build: (draft) => {
      const entry = { urls: "turn:turn.nowhere.test:3478", username: "a-user", credential: "a-password" };
      const peers = { ...draft.scenario.peers };
      for (const role of ROLES) peers[role] = { ...peers[role], iceServers: [entry] };
      const scenario: Partial<Scenario> = {
        peers,
        topology: { ...draft.scenario.topology, deadHosts: ["turn.nowhere.test"] },
      };
      return redraft(needsRelay(draft), scenario, assumed("topology.deadHosts", "a name that does not resolve"));
    },
    repairs: ["right-name"],
  },
} as const satisfies Partial<Record<FailureCode, Cause>>;

function firewalled(note: string): Cause {
  return {
    build: (draft) =>
      withServer(
        needsRelay(withTurn(draft)),
        // Not quite everything: the lab has to see that the server behind it is alive.
        { firewall: ["udp:5349", "udp:49152-65535"] },
        assumed(`topology.turnServers.${TURN}.firewall`, note),
      ),
    repairs: ["open-server-firewall"],
  };
}

function notListening(): Cause {
  return {
    build: (draft) => {
      const kind = turnKinds(draft.scenario.peers.offerer)[0] ?? "udp";
      const parsed = parseIceUrlKind(kind);
      const transport = parsed?.transport ?? "udp";
      const options = parsed?.port ? { "aux-server": false } : { [`no-${transport}`]: true };
      const note = assumed(`topology.turnServers.${TURN}.options`, `nothing listens where ${kind} points to`);
      return withServer(needsRelay(withUrls(draft, [kind])), { options }, note);
    },
    repairs: ["listen-there"],
  };
}

/** The end whose servers were silent; where neither tells, the one that calls. */
export function strandedEnd({ ends, conclusions }: Field): Role {
  const blocked = ROLES.find((role) => {
    const wayOut = concluded(conclusions, ends[role].name, "way_out");
    return wayOut !== null && wayOut.value !== "open";
  });
  return (
    blocked ??
    ROLES.find((role) => ends[role].seen.urlErrors.length > 0) ??
    ROLES.find((role) => ends[role].isSeen) ??
    "offerer"
  );
}

const listed = ({ scenario: { peers } }: Draft): IceUrlKind[] => [
  ...new Set(
    ROLES.flatMap((role) => [
      ...peers[role].iceServers.flatMap((ref) => (typeof ref === "object" && "server" in ref ? ref.urls : [])),
    ]),
  ),
];

/** Only the URLs over this transport, or these where there is none. */
export function overOnly(draft: Draft, transport: "udp" | "tcp" | "tls", otherwise: readonly IceUrlKind[]): Draft {
  const kinds = listed(draft).filter((kind) => parseIceUrlKind(kind)?.transport === transport);
  return withUrls(draft, kinds.some((kind) => kind !== "stun") ? kinds : otherwise);
}

/** Lists that have TURN: where the evidence tells none, over UDP. */
export function withTurn(draft: Draft): Draft {
  return ROLES.reduce((one, role) => {
    if (turnKinds(one.scenario.peers[role]).length > 0) return one;
    const note = assumed(`peers.${role}.iceServers`, "the evidence tells no TURN URL; over UDP, as most are");
    return redraft(withUrls(one, ["stun", "udp"], [role]), {}, note);
  }, draft);
}

function certificate(flaw: CertificateFlaw, why?: string): Cause {
  return {
    build: (draft) => {
      const notes = why ? [assumed(`topology.turnServers.${TURN}.certificate`, why)] : [];
      return withServer(needsRelay(overOnly(draft, "tls", ["tls:443"])), { certificate: flaw }, ...notes);
    },
    repairs: ["right-certificate"],
  };
}
