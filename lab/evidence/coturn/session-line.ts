/** What one line says of one client's session, as coturn writes it (src/server/ns_turn_server.c). */
export type SessionFact =
  | { kind: "answer"; realm: string; user: string; method: string; errorNumber: number; reason: string }
  | { kind: "allocation"; realm: string; user: string; lifetimeS: number }
  | { kind: "peer"; address: string }
  /** Its permission, or channel, has ended. */
  | { kind: "peer-ended"; address: string }
  | { kind: "denied"; address: string; rule: string | null }
  /** Why a credential was refused: the line before its answer says so. */
  | { kind: "refused"; user: string; text: string }
  | { kind: "usage"; of: "client" | "peers"; received: number; sent: number }
  | { kind: "client"; address: string }
  | { kind: "closed"; stage: "1st" | "2nd"; user: string; realm: string; client: string; reason: string };

/** `id`: null where this version does not say whose the line is. */
export type SessionLine = { id: string | null; fact: SessionFact | null };

const SESSION = /^[Ss]ession (\d{6,20}):? /;
const ANSWER =
  /^(?:origin <.*?> )?realm <(.*?)> user <(.*?)>: incoming packet (.{1,40}?) processed, (?:success|error (\d{3}): ?(.*))/;
const ALLOCATION = /^(?:new|refreshed), realm=<(.*?)>, username=<(.*?)>, lifetime=(\d+)/;
const PEER = /^peer (\S+) lifetime updated: \d+/;
const PEER_ENDED = /^peer (\S+) deleted/;
const DENIED = /^A peer IP (\S+) denied(?: in the range[:=] (.*?)|: (.*? scope)\b.*?)?(?: in server \d+)?\s*$/;
const NO_CREDENTIALS = /^(?:\w+: )?(Cannot find credentials of user <(.*?)>)/;
const WRONG_CREDENTIALS = /^(?:\w+: )?(user (\S+) credentials are incorrect)/;
const USAGE = /^(peer )?usage: realm=<.*?>, username=<.*?>, rp=(\d+), rb=\d+, sp=(\d+), sb=\d+/;
const CLOSED =
  /^closed \((1st|2nd) stage\), user <(.*?)> realm <(.*?)> origin <.*?>, local \S*, remote (\S*), reason: (.*)/;
const GONE =
  /^(?:.{1,20}? socket (?:closed remotely|disconnected:|error: .*?)|.{1,60} \(local \S+, remote) (\S+?:\d+)\)?$/;

/** Null: the line is not about a session. */
export function readSessionLine(text: string): SessionLine | null {
  const session = SESSION.exec(text);
  if (session) return { id: session[1] ?? "", fact: factOf(text.slice(session[0].length)) };
  // Up to 4.6.2 these lines do not name their session.
  const fact = deniedOf(text) ?? refusedOf(text);
  return fact && { id: null, fact };
}

function factOf(text: string): SessionFact | null {
  const answer = ANSWER.exec(text);
  if (answer) {
    const [, realm = "", user = "", method = "", errorNumber = "0", reason = ""] = answer;
    return { kind: "answer", realm, user, method, errorNumber: Number(errorNumber), reason: reason.trim() };
  }
  const peer = PEER.exec(text);
  if (peer?.[1]) return { kind: "peer", address: withoutZeroPort(peer[1]) };
  const ended = PEER_ENDED.exec(text);
  if (ended?.[1]) return { kind: "peer-ended", address: withoutZeroPort(ended[1]) };
  const usage = USAGE.exec(text);
  if (usage)
    return { kind: "usage", of: usage[1] ? "peers" : "client", received: Number(usage[2]), sent: Number(usage[3]) };
  const allocation = ALLOCATION.exec(text);
  if (allocation) {
    const [, realm = "", user = "", lifetime] = allocation;
    return { kind: "allocation", realm, user, lifetimeS: Number(lifetime) };
  }
  const closed = CLOSED.exec(text);
  if (closed) {
    const [, stage, user = "", realm = "", client = "", reason = ""] = closed;
    return { kind: "closed", stage: stage === "1st" ? "1st" : "2nd", user, realm, client, reason: reason.trim() };
  }
  const gone = GONE.exec(text);
  if (gone?.[1]) return { kind: "client", address: gone[1] };
  return deniedOf(text) ?? refusedOf(text);
}

function deniedOf(text: string): SessionFact | null {
  const denied = DENIED.exec(text);
  if (!denied?.[1]) return null;
  return { kind: "denied", address: denied[1], rule: (denied[2] ?? denied[3])?.trim() || null };
}

function refusedOf(text: string): SessionFact | null {
  const refused = NO_CREDENTIALS.exec(text) ?? WRONG_CREDENTIALS.exec(text);
  return refused ? { kind: "refused", user: refused[2] ?? "", text: refused[1] ?? "" } : null;
}

/** CreatePermission is for an address alone, and coturn writes port 0. */
const withoutZeroPort = (address: string): string => address.replace(/:0$/, "");
