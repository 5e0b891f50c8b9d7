import { hostnameOf } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { membersAt, valueAt } from "./read.ts";

/** RFC 1123 section 2.1: labels of letters, digits and inner hyphens; no trailing dot in a URL's host here. */
const DNS_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

type Named = { server: string; place: string; name: string; isGiven: boolean };

/** Faults of the names of servers, their aliases included: what is no name, and what two have. */
export function hostnameFaults(value: unknown): Fault[] {
  const named = membersAt(value, "topology", "turnServers").flatMap(([server, spec]): Named[] => {
    const place = `topology.turnServers.${server}`;
    const given = valueAt(spec, ["hostname"]);
    const aliases = valueAt(spec, ["aliases"]);
    const isGiven = given !== undefined;
    return [
      ...(isGiven && typeof given !== "string"
        ? []
        : [{ server, place: `${place}.hostname`, name: hostnameOf(server, given as string | undefined), isGiven }]),
      ...(Array.isArray(aliases) ? aliases : []).flatMap((name: unknown, index): Named[] =>
        typeof name === "string" ? [{ server, place: `${place}.aliases[${index}]`, name, isGiven: true }] : [],
      ),
    ];
  });
  return [...named.filter(({ isGiven }) => isGiven).flatMap(nameFaults), ...sharedFaults(named)];
}

/** A name of digits and dots is an address to a resolver. */
export function isDnsName(text: string): boolean {
  return DNS_NAME.test(text) && !/^[\d.]+$/.test(text);
}

function nameFaults({ place, name }: Named): Fault[] {
  if (isDnsName(name)) return [];
  return [{ place, expected: "a DNS name, such as turn.example.org", found: show(name) }];
}

/** Told at names that were given: a default one is not written anywhere. */
function sharedFaults(named: readonly Named[]): Fault[] {
  // DNS names are the same in capitals (RFC 4343).
  const key = ({ name }: Named) => name.toLowerCase();
  return named.flatMap((one, index): Fault[] => {
    const user = named.find((other, at) => key(other) === key(one) && (at < index || (at > index && !other.isGiven)));
    if (!one.isGiven || !user) return [];
    const what = one.place.endsWith(".hostname") ? "a hostname of its own" : "a name that nothing else has";
    const found = `${show(one.name)}, which ${user.server} has${user.isGiven ? "" : " by default"}`;
    return [{ place: one.place, expected: what, found }];
  });
}
