import { type IceUrlKind, STUN_PORT, TLS_PORT } from "../model/ice.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import { ROLES, type Role, type Scenario } from "../model/scenario.ts";
import { INTERNET, type PeerSpec, type RouterSpec } from "../model/topology.ts";
import { type Conclusion, concluded, type FactName, placesOf } from "./conclusion.ts";
import { assumed, type Draft, type Field, known, type Note, ownServer, routerAt, routerOf, TURN } from "./draft.ts";
import type { FieldEnd } from "./field-ends.ts";

/** The call of the evidence with its networks and lists, and nothing wrong but what these are: a draft that causes change. */
export function plainCall(field: Field): Draft {
  const ends = ROLES.map((role) => [role, endOf(field, role)] as const);
  const scenario: Scenario = {
    description: "",
    tags: ["reproduced"],
    topology: { routers: Object.assign({}, ...ends.map(([, { routers }]) => routers)), turnServers: { [TURN]: {} } },
    peers: Object.fromEntries(ends.map(([role, { peer }]) => [role, peer])) as Record<Role, PeerSpec>,
    load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  };
  return { scenario, notes: [...ends.flatMap(([, { notes }]) => notes), ...serverNotes(field)] };
}

type DraftedEnd = { peer: PeerSpec; routers: Record<string, RouterSpec>; notes: Note[] };

function endOf(field: Field, role: Role): DraftedEnd {
  const network = networkOf(field, role);
  const list = listOf(field, role);
  const policy = sure(field, role, "transport_policy");
  return {
    peer: {
      behind: network.behind,
      iceServers: list.urls.length === 0 ? [] : [ownServer(list.urls)],
      ...(policy ? { transportPolicy: policy.value } : {}),
    },
    routers: network.routers,
    notes: [...network.notes, ...list.notes, ...(policy ? [known(`peers.${role}.transportPolicy`, said(policy))] : [])],
  };
}

/** What is likely at least: a guess is no network. */
function sure<F extends FactName>({ conclusions, ends }: Field, role: Role, fact: F): Conclusion<F> | null {
  const found = concluded(conclusions, ends[role].name, fact);
  return found?.confidence === "possible" ? null : found;
}

/** `the NAT of … (dump.json: line 3)`. */
export function said({ text, because }: Pick<Conclusion, "text" | "because">): string {
  const places = placesOf(because);
  return places === "" ? text : `${text} (${places})`;
}

const FIREWALLS = {
  "udp-blocked": "udp-blocked",
  "only-443": "web-only",
  "tls-443": "tls-443",
  proxy: "proxy-only",
} as const;

function networkOf(field: Field, role: Role): Pick<PeerSpec, "behind"> & Pick<DraftedEnd, "routers" | "notes"> {
  const nat = sure(field, role, "nat");
  const wayOut = sure(field, role, "way_out");
  const firewall =
    wayOut && wayOut.value !== "open" && wayOut.value !== "nothing" ? FIREWALLS[wayOut.value] : undefined;
  if (nat?.value === "none" && !firewall) {
    return { behind: INTERNET, routers: {}, notes: [known(`peers.${role}.behind`, said(nat))] };
  }
  const name = routerOf(role);
  const carrier = sure(field, role, "carrier_nat");
  const mapping = sure(field, role, "nat_mapping");
  const { spec, note } = natOf(field, role, carrier, mapping);
  const place = routerAt(role);
  const outer: Record<string, RouterSpec> =
    carrier?.value === "behind-router" ? { [`${name}-carrier`]: { nat: "cgnat" } } : {};
  return {
    behind: name,
    routers: {
      ...outer,
      [name]: {
        nat: spec,
        ...(carrier?.value === "behind-router" ? { upstream: `${name}-carrier` } : {}),
        ...(firewall ? { firewall } : {}),
      },
    },
    notes: [
      { ...note, at: `${place}.nat` },
      ...(wayOut && firewall ? [known(`${place}.firewall`, said(wayOut))] : []),
      ...(carrier?.value === "behind-router" ? [known(`topology.routers.${name}-carrier`, said(carrier))] : []),
    ],
  };
}

function natOf(
  { ends }: Field,
  role: Role,
  carrier: Conclusion<"carrier_nat"> | null,
  mapping: Conclusion<"nat_mapping"> | null,
): { spec: "home" | "cgnat" | "cgnat-rfc6888" | "symmetric"; note: Omit<Note, "at"> } {
  const evidence = (one: Conclusion) => ({ text: said(one), isAssumed: false });
  if (carrier?.value === "behind-router")
    return { spec: "home", note: { text: "the router in front of the carrier's", isAssumed: true } };
  if (carrier)
    return { spec: mapping?.value === "endpoint-independent" ? "cgnat-rfc6888" : "cgnat", note: evidence(carrier) };
  if (mapping)
    return { spec: mapping.value === "endpoint-independent" ? "home" : "symmetric", note: evidence(mapping) };
  const text = `the evidence does not tell the NAT of ${ends[role].name}: one that needs a relay`;
  return { spec: "symmetric", note: { text, isAssumed: true } };
}

/** URLs as kinds of one server: which of several hosts it was makes no difference to what a network lets through. */
function listOf(field: Field, role: Role): { urls: IceUrlKind[]; notes: Note[] } {
  const place = `peers.${role}.iceServers`;
  const end = field.ends[role];
  const own = urlsOf(end);
  if (own) return { urls: own.urls, notes: [known(place, `${own.text}`)] };
  const far = urlsOf(field.ends[role === "offerer" ? "answerer" : "offerer"]);
  if (far) return { urls: far.urls, notes: [assumed(place, `${end.name} has the list of the other end: ${far.text}`)] };
  const isRelayed = ROLES.some((one) => field.ends[one].seen.candidates.some(({ type }) => type === "relay"));
  const hasServer = field.evidence.servers.length > 0;
  const turn =
    isRelayed || hasServer ? [concluded(field.conclusions, end.name, "turn_transport")?.value ?? ("udp" as const)] : [];
  const why = turn.length > 0 ? "there is a TURN server in the evidence" : "there is no TURN server in the evidence";
  return { urls: ["stun", ...turn], notes: [assumed(place, `no list is told, and ${why}`)] };
}

function urlsOf({ seen: { iceServers, urlErrors } }: FieldEnd): { urls: IceUrlKind[]; text: string } | null {
  const given = iceServers?.flatMap(({ urls }) => urls) ?? urlErrors.flatMap(({ url }) => url ?? []);
  if (iceServers === null && given.length === 0) return null;
  const kinds = given.flatMap((url) => kindOf(url) ?? []);
  const at = iceServers?.[0]?.at ?? urlErrors[0]?.at;
  return {
    urls: [...new Set(kinds)],
    text: `${given.join(", ") || "an empty list"}${at ? ` (${placesOf([{ at }])})` : ""}`,
  };
}

export function kindOf(url: string): IceUrlKind | null {
  const parsed = parseIceUrl(url);
  if ("error" in parsed) return null;
  if (parsed.kind === "stun") return "stun";
  const usual = parsed.transport === "tls" ? TLS_PORT : STUN_PORT;
  return parsed.port === usual ? parsed.transport : `${parsed.transport}:${parsed.port}`;
}

function serverNotes({ ends }: Field): Note[] {
  const hosts = ROLES.flatMap((role) => ends[role].seen.iceServers ?? []).flatMap(({ urls }) =>
    urls.flatMap((url) => {
      const parsed = parseIceUrl(url);
      return "error" in parsed ? [] : [parsed.host];
    }),
  );
  const each = [...new Set(hosts)];
  return each.length === 0
    ? []
    : [
        known(
          `topology.turnServers.${TURN}`,
          `stands for ${each.slice(0, 4).join(", ")}${each.length > 4 ? ", …" : ""}`,
        ),
      ];
}
