import type { Diagnosis } from "../../model/diagnosis.ts";
import { addressOf, isPrivate, isUnspecified } from "../facts.ts";
import { finding, listed, type Rule, reason } from "../finding.ts";

/** A capture of checks that nobody answered: what the client had besides. */
export const capturedChecks: Rule = ({ packets }) =>
  packets.flatMap(({ transactions }): Diagnosis[] => {
    const checks = transactions.filter(({ isCheck }) => isCheck);
    const [first] = checks;
    if (!first || checks.some(({ outcome }) => outcome === "success")) return [];
    const unanswered = reason(`${checks.length} pairs were checked, and none was answered`, first.at);
    const asked = transactions.filter(({ method, isCheck }) => !isCheck && /^ALLOCATE$/i.test(method));
    const relays = asked.flatMap(({ outcome, relayed, to, at }) =>
      outcome === "success" && relayed ? [{ relayed, to, at }] : [],
    );
    if (asked.length === 0) {
      const hasStun = transactions.some(({ isCheck, outcome }) => !isCheck && outcome === "success");
      const unknown = ["Whether it had a TURN server that it did not come to ask."];
      if (!hasStun) return [];
      return [
        finding("no_turn_server", "likely", "The client asked no TURN server for a relay.", [unanswered], unknown),
      ];
    }
    const [relay] = relays;
    if (!relay) return [];
    const [address, server] = [addressOf(relay.relayed), addressOf(relay.to)];
    const because = [unanswered, reason(`${relay.to} gave the relay ${relay.relayed}`, relay.at)];
    if (isUnspecified(address) || (isPrivate(address) && !isPrivate(server)))
      return [
        finding("relay_address_wrong", "certain", `The server at ${server} gives relays at ${address}.`, because),
      ];
    if (address !== server) {
      const unknown = ["Whether the server has that address as well: its configuration tells."];
      return [
        finding(
          "relay_address_wrong",
          "likely",
          `The server at ${server} gives relays at ${address}.`,
          because,
          unknown,
        ),
      ];
    }
    const summary = `Nobody came through the relay ${listed(relays.map(({ relayed }) => relayed))}.`;
    return OF_RELAYS.map((code) => finding(code, "possible", summary, because, UNKNOWN));
  });

/** What keeps everybody from a relay looks alike to its client. */
const OF_RELAYS = ["relay_range_closed", "relay_no_hairpin", "relays_cut_off"] as const;
const UNKNOWN = [
  "What keeps the far peer from the relay: a capture at the server, of UDP to its relay ports, would tell.",
];
