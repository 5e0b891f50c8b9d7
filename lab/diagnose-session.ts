import { askElsewhere } from "./ask-elsewhere.ts";
import type { Attempt } from "./credential-variants.ts";
import { diagnose } from "./diagnose/diagnose.ts";
import { endEvidence } from "./end-evidence.ts";
import type { LabContext } from "./lab-context.ts";
import { type CallParts, callersOf, labEvidence } from "./lab-evidence.ts";
import type { StartedLab } from "./lab-up.ts";
import type { CredentialRetry } from "./model/credential-retry.ts";
import type { Diagnosis } from "./model/diagnosis.ts";
import type { AskedListener, EndEvidence, Evidence, LabEvidence } from "./model/evidence.ts";
import type { IceServer } from "./model/ice.ts";
import { parseIceUrl } from "./model/ice-url.ts";
import type { Change, Role } from "./model/scenario.ts";
import { ROLES } from "./model/scenario.ts";
import type { PeerTimeline } from "./model/timeline.ts";
import type { PeerSpec, Topology } from "./model/topology.ts";
import type { SessionResult } from "./peer/session-result.ts";
import { attemptsAt, retryCredential } from "./retry-credential.ts";
import { sameFacts } from "./same-facts.ts";
import { serverEvidence } from "./server-evidence.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";
import { WatchedWires } from "./watched-wires.ts";

/** A call that failed or was dropped, as it ended. Times are Unix ms. */
export type EndedCall = {
  session: number;
  peers: Record<Role, { peer: string; transportPolicy?: "all" | "relay" }>;
  startedAt: number;
  endedAt: number;
  result: Pick<SessionResult, "outcome" | "dropped" | "peers" | "recoveries">;
  /** What each end was given in the end; and every user name that was in a list of this call. */
  iceServers: Record<Role, readonly IceServer[]>;
  usernames: ReadonlySet<string>;
  timelines?: Partial<Record<Role, PeerTimeline>>;
  signalling: LabEvidence["signalling"];
};

export type SessionDiagnosis = { diagnosis: Diagnosis | null; diagnosedAs?: number; diagnosisMs: number };

export type DiagnoseSession = (ended: EndedCall) => Promise<SessionDiagnosis>;

/** A refusal that says something about the credential, or may only seem to. */
const OF_CREDENTIAL = new Set(["turn_unauthorized", "turn_allocation_mismatch", "turn_wrong_credentials"]);
/** Nobody came through, as far as the end could tell. */
const SILENT = new Set(["turn_no_answer", "stun_no_answer", "turn_connect_failed"]);

type Parts = {
  scenario: string;
  topology: Topology;
  peers: Readonly<Record<string, PeerSpec>>;
  lab: StartedLab;
  context: Pick<LabContext, "ca" | "trustedPem" | "credential">;
  /** Runs alone because it measures: nothing is asked of its servers beside the load. */
  isExclusive: boolean;
  isGrid: boolean;
};

/** `key`: the same for credentials in which the same is wrong. */
type Refusal = { server: TurnServerPlan; attempts: Attempt[]; key: string };

/** Comes to the causes of a lab's failed calls, each set of facts once. */
export class SessionDiagnoser {
  readonly #parts: Parts;
  readonly #wires: WatchedWires;
  readonly #changes: { at: number; change: Change }[] = [];
  readonly #found = new Map<string, { session: number; diagnosis: Promise<Diagnosis | null> }>();
  /** What servers said when they were asked again, by what they were asked. */
  readonly #asked = new Map<string, Promise<AskedListener | null>>();
  readonly #retried = new Map<string, Promise<CredentialRetry[]>>();

  /** To be made before the load: what wires and routers had dropped before is no part of it. */
  constructor(parts: Parts) {
    this.#parts = parts;
    // A grid has many routers, and its calls fail by the computed paths: their rules tell all, their counters no more.
    this.#wires = new WatchedWires(parts.lab, parts.isGrid ? [] : Object.keys(parts.topology.routers ?? {}));
  }

  /** A change of the scenario that is being made. */
  changed(change: Change): void {
    this.#changes.push({ at: Date.now(), change });
  }

  readonly diagnose: DiagnoseSession = async (ended) => {
    const setOutAt = performance.now();
    const ends = ROLES.map((role) => endOf(ended, role, this.#parts.lab));
    const { lab } = this.#parts;
    const { session, peers, result, signalling, startedAt, endedAt } = ended;
    const changes = this.#changes.filter(({ at }) => startedAt <= at && at <= endedAt);
    const refusals = this.#refusalsOf(ends, ended);
    const key = sameFacts({
      peers: ROLES.map((role) => peers[role].peer),
      outcome: result.dropped ? `dropped ${session}` : "failed",
      ends,
      signalling,
      changes: changes.map(({ change }) => ({ text: JSON.stringify(change) })),
      refused: refusals.map(({ key }) => key),
      lost: Object.keys(lab.turnServers).filter((server) => !lab.serverStates.isUp(server)),
    });
    const known = this.#found.get(key);
    const found = known ?? { session, diagnosis: this.#look(ended, { ends, changes, refusals }) };
    if (!known) this.#found.set(key, found);
    const diagnosis = await found.diagnosis;
    const diagnosisMs = performance.now() - setOutAt;
    return { diagnosis, ...(known ? { diagnosedAs: known.session } : {}), diagnosisMs };
  };

  async #look(
    ended: EndedCall,
    { ends, changes, refusals }: { ends: EndEvidence[]; changes: CallParts["changes"]; refusals: Refusal[] },
  ): Promise<Diagnosis | null> {
    const { lab, scenario, topology, peers } = this.#parts;
    await lab.serverLogs.settled();
    const callers = callersOf(ended, ends, { topology, peers, plan: lab.plan });
    const started = Object.values(lab.turnServers).filter(({ outside }) => outside === undefined);
    // Before they are asked again: what they write of that is not the call's.
    const servers = started.map(({ name }) =>
      serverEvidence({ name, log: `logs/${scenario}.${name}.log` }, lab.serverLogs, ended.startedAt, callers),
    );
    const [asked, retries, counted] = await Promise.all([
      this.#askSilent(ends),
      this.#retryRefused(refusals),
      this.#wires.count(),
    ]);
    const evidence: Evidence = {
      ends,
      servers,
      packets: [],
      lab: { ...labEvidence({ ended, changes, counted }, this.#parts), asked, retries },
    };
    return diagnose(evidence)[0] ?? null;
  }

  /** Every listener that an end had no answer from, once in this lab for as long as the server is there. */
  async #askSilent(ends: readonly EndEvidence[]): Promise<AskedListener[]> {
    const { isExclusive, lab, context } = this.#parts;
    if (isExclusive) return [];
    const silent = errorsAt(ends, lab.turnServers, SILENT).filter(({ server }) => lab.serverStates.isUp(server.name));
    const answers = silent.flatMap(({ server, transport, port }) => {
      // A deployed one is somebody's: what the lab does not need to know, it does not ask.
      if (server.outside) return [];
      const key = `${server.name} ${transport}:${port}`;
      const answer = this.#asked.get(key) ?? askElsewhere(server, { transport, port }, { lab, context });
      this.#asked.set(key, answer);
      return [answer];
    });
    return [...new Set(await Promise.all(answers))].filter((answer) => answer !== null);
  }

  /** Credentials that servers refused, and how to ask again with each. */
  #refusalsOf(ends: readonly EndEvidence[], { iceServers }: EndedCall): Refusal[] {
    const { lab } = this.#parts;
    return errorsAt(ends, lab.turnServers, OF_CREDENTIAL).flatMap(({ server, url, role }) => {
      const entry = iceServers[role].find(({ urls }) => urls.includes(url));
      if (entry?.username === undefined || entry.credential === undefined) return [];
      const attempts = attemptsAt(server, { username: entry.username, password: entry.credential }, this.#parts);
      // Minted ones have names of their own, and fail alike.
      const isMinted = lab.secrets.takenBy(server.name).length > 0;
      const whose = isMinted ? "" : entry.username;
      const variants = attempts.map(({ variant }) => variant);
      return [{ server, attempts, key: JSON.stringify([server.name, whose, variants, this.#secretChanges()]) }];
    });
  }

  /** Every credential that a server refused, each kind of them once. */
  async #retryRefused(refusals: readonly Refusal[]): Promise<CredentialRetry[]> {
    const { isExclusive, lab } = this.#parts;
    if (isExclusive) return [];
    const tried = refusals.flatMap(({ server, attempts, key }) => {
      if (!lab.serverStates.isUp(server.name)) return [];
      const retries = this.#retried.get(key) ?? retryCredential(server, attempts, this.#parts);
      this.#retried.set(key, retries);
      return [retries];
    });
    return [...new Set(await Promise.all(tried))].flat();
  }

  #secretChanges(): number {
    return this.#changes.filter(({ change }) => "secrets" in change || "mintsWith" in change).length;
  }
}

function endOf({ session, peers, result, iceServers, timelines, startedAt }: EndedCall, role: Role, lab: StartedLab) {
  const { peer, transportPolicy = "all" } = peers[role];
  const far: Role = role === "offerer" ? "answerer" : "offerer";
  const timeline = timelines?.[role];
  return endEvidence(session, {
    role,
    engine: lab.engines[peer] ?? "werift",
    iceServers: iceServers[role],
    transportPolicy,
    report: result.peers[role],
    ...(timeline ? { timeline } : {}),
    farCandidates: result.peers[far].candidates,
    startedAt,
    wasConnected: result.outcome === "connected",
  });
}

/** URLs of the lab's servers at which ends met errors of a kind. */
function errorsAt(
  ends: readonly EndEvidence[],
  servers: Readonly<Record<string, TurnServerPlan>>,
  codes: ReadonlySet<string>,
) {
  return ends.flatMap(({ role, urlErrors }) =>
    urlErrors.flatMap(({ url, code }) => {
      if (url === null || code === null || !codes.has(code) || role === null) return [];
      const parsed = parseIceUrl(url);
      if (!("kind" in parsed)) return [];
      const host = parsed.host.toLowerCase();
      const server = Object.values(servers).find(({ hostname, aliases, addresses }) =>
        [hostname, ...aliases, ...addresses].some((name) => name.toLowerCase() === host),
      );
      const transport = parsed.kind === "stun" ? ("udp" as const) : parsed.transport;
      return server ? [{ server, url, role, transport, port: parsed.port }] : [];
    }),
  );
}
