import type { Seen, ServerEvidence, ServerSession, Source } from "../../model/evidence.ts";
import type { LineStyle, LogLine } from "./line.ts";
import { noteOf } from "./note.ts";
import { readSessionLine, type SessionFact } from "./session-line.ts";

/** A busy server's log holds more sessions than any call can need; the latest are nearest to why it was sent. */
export const MAX_SESSIONS = 100_000;
const MAX_NOTES = 1_000;
/** Of one session: a client that repeats itself for hours says nothing new. The first and the last of them are kept. */
const MAX_ANSWERS = 400;
/** Facts that wait for the line that tells whose they are. */
const MAX_PENDING = 64;

type Answer = ServerSession["answers"][number];
type Pending = Seen<Extract<SessionFact, { kind: "denied" | "refused" }>>;

/**
 * What a coturn logs for a request that it refuses before it looks at its method: 401, 438, 437 and 441. Every other error
 * it logs twice, with its method and then with this word.
 */
const BEFORE_METHOD = "message";
/**
 * Only Allocate is answered with 437 (RFC 8656 section 7.2), and a session begins with it: before it has succeeded there is
 * nothing else to have a credential refused for.
 */
const isOfAllocate = (errorNumber: number, before: readonly Answer[]): boolean =>
  errorNumber === 437 || (errorNumber === 401 && before.every((one) => one.errorNumber !== 0));

/** Collects one server's evidence, line by line. */
export class CoturnCollector {
  readonly #sessions: ServerSession[] = [];
  /** Sessions by id since the server last started; a closed one may still be written of. */
  #active = new Map<string, ServerSession>();
  readonly #notes = new Map<string, ServerEvidence["notes"][number]>();
  #pending: Pending[] = [];
  #version: string | null = null;
  #realm: string | null = null;
  readonly #styles = new Map<LineStyle, number>();
  /** Lines that coturn, and no other program, writes. */
  recognized = 0;
  /** Sessions that were left out. */
  left = 0;

  push(line: LogLine, at: Source): void {
    if (line.style) this.#styles.set(line.style, (this.#styles.get(line.style) ?? 0) + 1);
    const session = readSessionLine(line.text);
    if (session) {
      this.recognized++;
      if (session.fact) this.#apply(session.id, session.fact, line.loggedAt, at);
      return;
    }
    this.#ofServer(line, at);
  }

  evidence(name: string): ServerEvidence {
    return {
      name,
      version: this.#version ?? versionOf(this.#styles),
      sessions: this.#sessions,
      notes: [...this.#notes.values()],
      realm: this.#realm,
      externalIp: null,
      minPort: null,
      maxPort: null,
    };
  }

  #ofServer(line: LogLine, at: Source): void {
    const { text } = line;
    const version = /Version Coturn-(\d+(?:\.\d+)+)/.exec(text)?.[1];
    if (version) this.#version = version;
    const realm = /^Default realm: (\S+)/.exec(text)?.[1];
    if (realm) this.#realm = realm;
    // Session numbers begin anew with each start.
    if (version || text.startsWith("Listener address to use")) this.#active = new Map();
    if (OWN_WORDS.test(text)) this.recognized++;
    const note = noteOf(line);
    if (note && !this.#notes.has(note.text) && this.#notes.size < MAX_NOTES)
      this.#notes.set(note.text, { ...note, at });
  }

  #apply(id: string | null, fact: SessionFact, loggedAt: number | null, at: Source): void {
    if (fact.kind === "denied" || fact.kind === "refused") {
      if (id !== null && fact.kind === "denied") this.#session(id).deniedPeers.push({ ...deniedPeer(fact), at });
      else this.#pending = [...this.#pending.slice(1 - MAX_PENDING), { ...fact, at }];
      return;
    }
    if (id === null) return;
    const session = this.#session(id);
    if (fact.kind === "peer") {
      if (!session.peers.some(({ address }) => address === fact.address))
        session.peers.push({ address: fact.address, at });
    } else if (fact.kind === "peer-ended") {
      const peer = session.peers.find(({ address }) => address === fact.address);
      if (peer && !session.closed) peer.endedAt ??= at;
    } else if (fact.kind === "usage") addUsage(session, fact);
    else if (fact.kind === "client") session.client ??= fact.address;
    else if (fact.kind === "closed") {
      session.client = fact.client || session.client;
      know(session, fact);
      session.closed ??= { reason: fact.reason, at };
    } else {
      know(session, fact);
      if (fact.kind === "answer") this.#answer(session, fact, loggedAt, at);
    }
  }

  #answer(
    session: ServerSession,
    { method, errorNumber, reason, user }: Extract<SessionFact, { kind: "answer" }>,
    loggedAt: number | null,
    at: Source,
  ): void {
    // Facts of versions that do not say whose they are precede their own answer.
    const isMine = (one: Pending) =>
      one.kind === "refused" ? errorNumber === 401 && one.user === user : errorNumber === 403;
    const mine = this.#pending.filter(isMine);
    if (mine.length > 0) this.#pending = this.#pending.filter((one) => !isMine(one));
    for (const one of mine) if (one.kind === "denied") session.deniedPeers.push({ ...deniedPeer(one), at: one.at });
    const last = session.answers.at(-1);
    const isUnnamed = method === BEFORE_METHOD;
    if (isUnnamed && last?.errorNumber === errorNumber && last.reason === reason) return;
    if (session.answers.length >= MAX_ANSWERS) session.answers.splice(MAX_ANSWERS / 2, 1);
    const why = mine.findLast((one) => one.kind === "refused");
    const isChallenge = errorNumber === 401 && user === "";
    const answer: Answer = {
      method: isUnnamed && isOfAllocate(errorNumber, session.answers) ? "ALLOCATE" : method,
      errorNumber,
      reason:
        why?.kind === "refused" ? `${reason}: ${why.text}` : isChallenge ? `${reason}: user <>, a challenge` : reason,
      ...(loggedAt === null ? {} : { loggedAt }),
      at,
    };
    if (!isUnnamed) nameRefused(session.answers, method);
    session.answers.push(answer);
  }

  #session(id: string): ServerSession {
    const known = this.#active.get(id);
    if (known) return known;
    if (this.#sessions.length >= MAX_SESSIONS)
      for (const oldest of this.#sessions.splice(0, MAX_SESSIONS / 10)) {
        this.left++;
        if (this.#active.get(oldest.id) === oldest) this.#active.delete(oldest.id);
      }
    const session: ServerSession = {
      id,
      user: "",
      client: null,
      realm: null,
      answers: [],
      peers: [],
      deniedPeers: [],
      usage: null,
      closed: null,
    };
    this.#active.set(id, session);
    this.#sessions.push(session);
    return session;
  }
}

/** The challenge and the stale nonce are of what the client then asks again. */
function nameRefused(answers: readonly Answer[], method: string): void {
  for (const answer of answers.toReversed()) {
    if (answer.method !== BEFORE_METHOD) return;
    answer.method = method;
  }
}

function know(session: ServerSession, { user, realm }: { user: string; realm: string }): void {
  if (user !== "") session.user = user;
  if (realm !== "") session.realm = realm;
}

/** coturn writes what came since the line before, every 4096 packets and at the end. */
function addUsage(session: ServerSession, { of, received, sent }: Extract<SessionFact, { kind: "usage" }>): void {
  session.usage ??= { received: 0, sent: 0, peerReceived: 0, peerSent: 0 };
  if (of === "client") {
    session.usage.received += received;
    session.usage.sent += sent;
  } else {
    session.usage.peerReceived += received;
    session.usage.peerSent += sent;
  }
}

const deniedPeer = ({ address, rule }: { address: string; rule: string | null }) => ({ address, rule });

function versionOf(styles: ReadonlyMap<LineStyle, number>): string | null {
  const [style] = [...styles].sort((a, b) => b[1] - a[1])[0] ?? [];
  // 4.6.2 to 4.16 write alike: which it is only its own first lines tell.
  return style === "4.17" || style === "4.6" || style === "4.5" ? style : null;
}

/** What only coturn says of itself. */
const OWN_WORDS =
  /Version Coturn-|(?:TLS|DTLS|UDP|TCP)(?:\/(?:TCP|UDP))? listener opened on|Listener address to use|Relay address to use|Show him the instruments|turn server id=\d+ created|Relay ports initialization|Local relay addr|tcp or tls connected to|Bad configuration format|Default realm: |Cannot bind (?:DTLS|TLS)|TURN Sessions possible|^turnserver: |IO method/;
