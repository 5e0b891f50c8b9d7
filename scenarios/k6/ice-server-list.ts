/** Whether a list of ICE servers is one that a peer can use. Nothing of k6 is in here. */

export type ListFacts = {
  /** Why no call could be relayed with it; null where one could. */
  fault: ListFault | null;
  stunUrls: number;
  turnUrls: number;
  /** Of the credential that ends first, where user names say when (`EXPIRY:USER`, coturn's); else null. */
  lifetimeSeconds: number | null;
};

export const LIST_FAULTS = {
  no_list: "there is no list of ICE servers in the answer",
  bad_url: "a URL is none of STUN's or TURN's (RFC 7064, RFC 7065)",
  no_turn: "it has no TURN server: peers behind symmetric NATs are not connected",
  no_credential: "a TURN server comes without user name or credential",
  expired: "a credential has expired already",
} as const;
export type ListFault = keyof typeof LIST_FAULTS;

const ICE_URL = /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[^:?/\s[\]]+)(:\d{1,5})?(\?transport=(udp|tcp))?$/i;

/** `list`: W3C's array, one entry alone, or entries with `url` as older clients have them. `nowSeconds`: Unix time. */
export function readList(list: unknown, nowSeconds: number): ListFacts {
  const facts: ListFacts = { fault: null, stunUrls: 0, turnUrls: 0, lifetimeSeconds: null };
  const entries = Array.isArray(list) ? (list as unknown[]) : isRecord(list) ? [list] : [];
  if (entries.length === 0) return { ...facts, fault: "no_list" };
  const faults = new Set<ListFault>();
  for (const entry of entries) {
    const { urls, url, username, credential } = isRecord(entry) ? entry : {};
    const all: unknown[] = [urls ?? url].flat();
    if (all.length === 0 || !all.every((one) => typeof one === "string" && ICE_URL.test(one))) faults.add("bad_url");
    const turn = all.filter((one) => /^turns?:/i.test(String(one))).length;
    facts.turnUrls += turn;
    facts.stunUrls += all.filter((one) => /^stuns?:/i.test(String(one))).length;
    if (turn === 0) continue;
    if (!isText(username) || !isText(credential)) faults.add("no_credential");
    const expiry = /^(\d{9,11}):/.exec(String(username))?.[1];
    if (expiry === undefined) continue;
    facts.lifetimeSeconds = Math.min(facts.lifetimeSeconds ?? Number.POSITIVE_INFINITY, Number(expiry) - nowSeconds);
  }
  if (facts.turnUrls === 0) faults.add("no_turn");
  if (facts.lifetimeSeconds !== null && facts.lifetimeSeconds <= 0) faults.add("expired");
  const [fault] = (Object.keys(LIST_FAULTS) as ListFault[]).filter((one) => faults.has(one));
  return { ...facts, fault: fault ?? null };
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
