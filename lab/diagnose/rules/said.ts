import type { FailureCode } from "../../model/failure.ts";
import { telling } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";

const CONCLUSIVE = /^(ice_servers_|configuration_rejected$|peer_(crashed|hung|not_started)$|proxy_|dns_failed$)/;

/** What an end says itself and nobody can know better: its list, its configuration, its proxy, its resolver. */
export const said: Rule = ({ ends }) =>
  ends.flatMap(({ name, failure }) => {
    if (!failure || !CONCLUSIVE.test(failure.code)) return [];
    const code: FailureCode = failure.code;
    return [finding(code, "certain", `${name}: ${failure.message}`, [reason(failure.message)])];
  });

/** A server's name that no resolver knew, where that left an end without a relay. */
export const noName: Rule = (facts) => {
  const failed = telling(facts).filter(({ outcome }) => outcome === "no-name");
  const [first] = failed;
  if (!first) return [];
  // Where others came further, the name is not what was wrong.
  const others = telling(facts).filter(({ outcome, use }) => use === "turn" && outcome !== "no-name");
  const because = failed.map(({ server, text, at }) => reason(`${server}: ${text}`, at));
  const unknown = facts.lab
    ? []
    : ["Whether the machine had a network at all then: its resolver may have been out of reach."];
  return [
    finding(
      "dns_failed",
      others.length > 0 ? "possible" : facts.lab ? "certain" : "likely",
      `The name in ${first.server} did not resolve.`,
      because,
      unknown,
    ),
  ];
};

export const proxied: Rule = (facts) => {
  const failed = telling(facts).filter(({ outcome }) => outcome === "proxy");
  const [first] = failed;
  const code = first?.end?.urlErrors.find(({ code }) => code?.startsWith("proxy_"))?.code;
  if (!first || !code) return [];
  const because = failed.map(({ server, text, at }) => reason(`${server}: ${text}`, at));
  return [finding(code, "likely", `${first.server}: ${first.text}.`, because)];
};
