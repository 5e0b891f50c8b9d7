import type { FailureCode } from "../../model/failure.ts";
import { ROLES, type Role, type Scenario } from "../../model/scenario.ts";
import { INTERNET, type TurnServerSpec } from "../../model/topology.ts";
import type { Cause } from "../cause.ts";
import { concluded } from "../conclusion.ts";
import {
  assumed,
  type Draft,
  type Field,
  known,
  ownServer,
  peersChanged,
  redraft,
  routerAt,
  routerOf,
  SECOND,
  TURN,
  turnKinds,
  withServer,
  withUrls,
} from "../draft.ts";
import { connectsWithoutRelay, onlyRelays } from "../needs-relay.ts";
import { said } from "../plain-call.ts";
import { withTurn } from "./reach.ts";

/** Public addresses for servers whose ACL names them: anywhere on the internet, since nothing leaves the lab. */
const ADDRESSES = { first: "34.77.1.10", second: "34.78.1.10" } as const;

/** The server gave a relayed address, and nobody comes through to it. */
export const RELAY = {
  relay_address_wrong: {
    build: (draft, field) => {
      const wrong = ROLES.map((role) => concluded(field.conclusions, field.ends[role].name, "relay_address")).find(
        (one) => one !== null,
      );
      const isPrivate = wrong === undefined || wrong.value !== "not-the-servers";
      const options = { "external-ip": isPrivate ? false : "34.99.99.99" };
      const place = `topology.turnServers.${TURN}.options`;
      const note = wrong ? known(place, said(wrong)) : assumed(place, "no external-ip: it tells its private address");
      return withServer(inCloud(oneRelay(draft, field)), { options }, note);
    },
    repairs: ["right-external-ip"],
  },
  relay_range_closed: {
    build: (draft, field) =>
      withServer(
        oneRelay(draft, field),
        { firewall: ["udp:3478", "tcp:3478", "udp:443", "tcp:443", "tcp:5349"] },
        assumed(`topology.turnServers.${TURN}.firewall`, "lets in the listening ports and no relay port"),
      ),
    repairs: ["open-relay-range"],
  },
  relay_no_hairpin: {
    build: (draft) => {
      const both = overTwoServers(draft, { behind: "cloud" }, { behind: "cloud" });
      const { topology } = both.scenario;
      const routers = { ...topology.routers, cloud: { nat: { preset: "cloud-1to1" as const, hairpinning: false } } };
      const note = assumed("topology.routers.cloud", "both servers stand behind it, and it does not hairpin");
      return redraft(both, { topology: { ...topology, routers } }, note);
    },
    repairs: ["hairpin", "one-server"],
  },
  relays_cut_off: {
    build: (draft) =>
      redraft(
        overTwoServers(
          draft,
          { publicAddress: ADDRESSES.first, options: { "denied-peer-ip": ADDRESSES.second } },
          { publicAddress: ADDRESSES.second, options: { "denied-peer-ip": ADDRESSES.first } },
        ),
        {},
        assumed(
          `topology.turnServers.${TURN}.options`,
          "the ACL denies the other server; a firewall that does looks alike",
        ),
      ),
    repairs: ["admit-each-other", "one-server"],
  },
  turn_own_address_denied: {
    build: (draft) =>
      withServer(
        onlyRelays(withTurn(draft)),
        { publicAddress: ADDRESSES.first, options: { "denied-peer-ip": "34.77.0.0-34.77.255.255" } },
        assumed(`topology.turnServers.${TURN}.options`, "denies a block that it stands in itself"),
      ),
    repairs: ["allow-own-address"],
  },
  turn_peer_denied: denied(),
  turn_forbidden: denied(),
  turn_rate_limited: {
    build: (draft) =>
      withServer(
        onlyRelays(withTurn(draft)),
        { options: { "max-bps": 500 } },
        assumed(`topology.turnServers.${TURN}.options`, "bytes a second, fewer than a handshake needs"),
      ),
    repairs: ["raise-rate"],
  },
  turn_all_denied: {
    build: (draft) => withServer(onlyRelays(withTurn(draft)), { options: { "denied-peer-ip": "::-::1" } }),
    repairs: ["deny-loopback-alone"],
  },
} as const satisfies Partial<Record<FailureCode, Cause>>;

/**
 * One end alone has a relay, and the other a NAT that needs it: two relays of one server meet inside of it, whatever address it
 * hands out and whatever a firewall lets in (coturn; lab/turn/README.md).
 */
function oneRelay(draft: Draft, { ends }: Field): Draft {
  const role = ROLES.find((one) => ends[one].seen.candidates.some(({ type }) => type === "relay")) ?? "offerer";
  const far: Role = role === "offerer" ? "answerer" : "offerer";
  const turn = withTurn(draft);
  const why = "no relay of its own: two of one server would meet inside of it, and connect";
  const without = redraft(withUrls(turn, ["stun"], [far]), {}, assumed(`peers.${far}.iceServers`, why));
  const one = behindSymmetric(without, far);
  return connectsWithoutRelay(one.scenario) ? behindSymmetric(one, role) : one;
}

function behindSymmetric({ scenario, notes }: Draft, role: Role): Draft {
  const { topology, peers } = scenario;
  const name = routerOf(role);
  if (topology.routers?.[name]?.nat === "symmetric") return { scenario, notes };
  const routers = { ...topology.routers, [name]: { ...topology.routers?.[name], nat: "symmetric" as const } };
  const note = assumed(`${routerAt(role)}.nat`, "a NAT that needs the relay");
  return redraft(
    { scenario, notes },
    { topology: { ...topology, routers }, peers: { ...peers, [role]: { ...peers[role], behind: name } } },
    note,
  );
}

function inCloud(draft: Draft): Draft {
  const { topology } = draft.scenario;
  const routers = { ...topology.routers, cloud: { nat: "cloud-1to1" as const } };
  const note = assumed("topology.routers.cloud", "the server has a private address, and a public one that leads to it");
  return withServer(redraft(draft, { topology: { ...topology, routers } }, note), { behind: "cloud" });
}

function overTwoServers(draft: Draft, first: TurnServerSpec, second: TurnServerSpec): Draft {
  const turn = onlyRelays(withTurn(draft));
  const { scenario } = turn;
  const kinds = (role: Role) => turnKinds(scenario.peers[role]);
  const peers = {
    offerer: { ...scenario.peers.offerer, iceServers: [ownServer(kinds("offerer"))] },
    answerer: { ...scenario.peers.answerer, iceServers: [ownServer(kinds("answerer"), SECOND)] },
  } satisfies Scenario["peers"];
  const turnServers = { [TURN]: first, [SECOND]: second };
  return redraft(turn, { peers, topology: { ...scenario.topology, turnServers } });
}

/** A media server beside its TURN server, on a LAN whose addresses the ACL denies, as hardening guides have it. */
function denied(): Cause {
  return {
    build: (draft) => {
      const { scenario } = draft;
      const routers = {
        near: { nat: "symmetric" as const },
        office: { nat: "home" as const, forwards: [{ to: TURN, ports: ["udp:3478" as const] }] },
      };
      const options = { "denied-peer-ip": "192.168.0.0-192.168.255.255" };
      const peers = peersChanged(scenario, ROLES, () => ({ transportPolicy: "all" as const }));
      return redraft(
        draft,
        {
          topology: { routers, turnServers: { [TURN]: { behind: "office", privateAddress: "192.168.1.20", options } } },
          peers: {
            offerer: { ...peers.offerer, behind: "near", iceServers: [ownServer(["udp"])], transportPolicy: "relay" },
            answerer: { ...peers.answerer, behind: "office", iceServers: [] },
          },
        },
        assumed("topology.routers.office", "the peer that is denied stands beside the server, on its LAN"),
        assumed(`topology.turnServers.${TURN}.options`, "denies private peers, and the call needs one"),
        assumed("peers.answerer.behind", `not ${INTERNET}: a media server on the server's own LAN`),
      );
    },
    repairs: ["allow-peers"],
  };
}
