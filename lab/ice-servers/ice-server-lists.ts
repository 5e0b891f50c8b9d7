import type { EventOf } from "../model/events.ts";
import type { IceServer } from "../model/ice.ts";
import { DEFAULT_SHARE_WAIT_MS, type IceServerPolicy } from "../model/ice-server-policy.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import type { Role } from "../model/scenario.ts";
import type { IceServerRef } from "../model/topology.ts";
import { ListCache } from "./list-cache.ts";
import { type FetchedList, IceServersError } from "./provider.ts";
import { type Channel, Signalling } from "./signalling.ts";
import { Timers } from "./timers.ts";

/** How one peer came by the list of one API, as the log has it. */
export type FetchReport = Omit<
  EventOf<"ice_servers_fetched">,
  "type" | "at" | "scenario" | "session" | "vu" | "iteration"
>;

export type IceServerSources = {
  /** Asks an API once. @throws IceServersError */
  apis: Readonly<Record<string, (signal: AbortSignal) => Promise<FetchedList>>>;
  /** What an entry gives that names no API. */
  own(ref: IceServerRef, peer: { role: Role; session: number }): IceServer[];
  now?: () => number;
};

type Session = {
  session: number;
  vu: number;
  /** What each end is configured with. */
  refs: Record<Role, readonly IceServerRef[]>;
  signal: AbortSignal;
  onFetch(report: FetchReport): void;
  /** What a peer that had its list would have had, had it waited; told only where the policy restarts for it. */
  onLateList?(role: Role, list: IceServer[]): void;
};

type OpenSession = Session & { over: AbortSignal };

type Obtained = { list: FetchedList; report: Pick<FetchReport, "source" | "isCacheAsked" | "status" | "fetchMs"> };

/** Where the peers of one lab get their iceServers, by the application's policy. One for a lab: it has the cache. */
export class IceServerLists {
  readonly #sources: IceServerSources;
  readonly #policy: IceServerPolicy;
  readonly #cache: ListCache | null;

  constructor(sources: IceServerSources, policy: IceServerPolicy = {}) {
    this.#sources = sources;
    this.#policy = policy;
    this.#cache = policy.cache ? new ListCache(policy.cache, sources.now) : null;
  }

  /** Whether a list has to be asked for; else it is there at once. */
  needsFetch(refs: readonly IceServerRef[]): boolean {
    return refs.some((ref) => this.#isApi(ref));
  }

  /** The lists of one session: `obtain` is asked for each end, again whenever the application wants a new one. */
  forSession(given: Session): { obtain(role: Role): Promise<IceServer[]>; end(): void } {
    const rounds: Record<Role, number> = { offerer: 0, answerer: 0 };
    const signalling = new Signalling();
    const over = new AbortController();
    // Nobody waits for what is late once the session is over.
    const session = { ...given, over: over.signal };
    return {
      end: () => over.abort(),
      obtain: (role) => {
        rounds[role] += 1;
        const round = rounds[role];
        return this.#obtain(session, role, (api) => signalling.channel(`${round}/${api}`));
      },
    };
  }

  async #obtain(session: OpenSession, role: Role, channelOf: (api: string) => Channel): Promise<IceServer[]> {
    const parts = await settleAll(
      session.refs[role].map(async (ref, index) => {
        if (!this.#isApi(ref)) return this.#sources.own(ref, { role, session: session.session });
        const onLate = (list: FetchedList) => session.onLateList?.(role, parts.with(index, list.iceServers).flat());
        return this.#fromApi(ref, session, role, channelOf(ref), onLate);
      }),
    );
    return parts.flat();
  }

  async #fromApi(
    api: string,
    session: OpenSession,
    role: Role,
    channel: Channel,
    onLate: (list: FetchedList) => void,
  ): Promise<IceServer[]> {
    const { fallback } = this.#policy;
    const list = await this.#reported(api, session, role, fallback !== undefined, () =>
      this.#listFor(api, session, role, channel, onLate),
    );
    if (list) {
      if (role === "offerer") channel.tell(list);
      return list.iceServers;
    }
    const other = (fallback ?? []).map(async (ref) => {
      if (!this.#isApi(ref)) return this.#sources.own(ref, { role, session: session.session });
      return (await this.#reported(ref, session, role, false, () => this.#ask(ref, session, role)))?.iceServers ?? [];
    });
    return (await settleAll(other)).flat();
  }

  /** Tells the log how it went. Null where there is no list and something stands in for it. */
  async #reported(
    api: string,
    session: Session,
    role: Role,
    hasFallback: boolean,
    obtain: () => Promise<Obtained>,
  ): Promise<FetchedList | null> {
    const startedAt = performance.now();
    const isCacheAsked = this.#cache !== null;
    const tell = (report: Omit<FetchReport, "role" | "api" | "durationMs">) =>
      session.onFetch({ role, api, durationMs: performance.now() - startedAt, ...report });
    try {
      const { list, report } = await obtain();
      tell({ ...report, outcome: "ok", hosts: turnHosts(list), failure: null, isReplaced: false });
      return list;
    } catch (error) {
      if (!(error instanceof IceServersError)) throw error;
      const { code, message, status } = error;
      const kept = this.#cache?.unexpired(this.#cacheKey(api, session, role)) ?? null;
      const isReplaced = kept !== null || hasFallback;
      const failure = { code, message: `${api}: ${message}` };
      tell({
        source: "api",
        isCacheAsked,
        outcome: "failed",
        status,
        fetchMs: null,
        hosts: [],
        failure,
        isReplaced,
      });
      if (isReplaced) return kept;
      throw new IceServersError(code, failure.message, status, error);
    }
  }

  async #listFor(
    api: string,
    session: OpenSession,
    role: Role,
    channel: Channel,
    onLate: (list: FetchedList) => void,
  ): Promise<Obtained> {
    const isTold = this.#policy.fetchedBy === "offerer" && role === "answerer" && session.refs.offerer.includes(api);
    const told = isTold ? await this.#hear(session, channel) : null;
    if (!told) {
      const own = await this.#ask(api, session, role);
      if (isTold && this.#policy.sharing?.restartsOnLateList) void this.#hearLate(session, channel, onLate);
      return own;
    }
    this.#cache?.keep(this.#cacheKey(api, session, role), told);
    return { list: told, report: { source: "signalling", isCacheAsked: false, status: null, fetchMs: null } };
  }

  /** What the offerer tells; null where nothing comes in time. */
  async #hear({ session, signal }: Session, channel: Channel): Promise<FetchedList | null> {
    const { delayMs = 0, waitMs = DEFAULT_SHARE_WAIT_MS } = this.#policy.sharing ?? {};
    using timers = new Timers(signal);
    const patience = timers.after(waitMs).then(() => null);
    // Awaited here: what is only returned would outlive its timers.
    if (this.#isLost(session)) return await patience;
    return await Promise.race([channel.heard.then((list) => timers.after(delayMs).then(() => list)), patience]);
  }

  /** The wait began with the session's patience, which is over: what is left of signalling's delay. */
  async #hearLate(
    { session, over }: OpenSession,
    channel: Channel,
    onLate: (list: FetchedList) => void,
  ): Promise<void> {
    const { delayMs = 0, waitMs = DEFAULT_SHARE_WAIT_MS } = this.#policy.sharing ?? {};
    if (this.#isLost(session)) return;
    using timers = new Timers(over);
    try {
      const list = await channel.heard;
      await timers.after(Math.max(0, delayMs - waitMs));
      onLate(list);
    } catch (error) {
      if (!over.aborted) throw error;
    }
  }

  #isLost(session: number): boolean {
    const { failsIn } = this.#policy.sharing ?? {};
    return failsIn !== undefined && failsIn[0] <= session && session <= failsIn[1];
  }

  async #ask(api: string, session: Session, role: Role): Promise<Obtained> {
    const key = this.#cacheKey(api, session, role);
    const cached = this.#cache?.fresh(key);
    const isCacheAsked = this.#cache !== null;
    if (cached) return { list: cached, report: { source: "cache", isCacheAsked, status: null, fetchMs: null } };
    const ask = this.#sources.apis[api];
    if (!ask) throw new Error(`no API ${api} in the lab`);
    const askedAt = performance.now();
    const list = await ask(session.signal);
    const fetchMs = performance.now() - askedAt;
    this.#cache?.keep(key, list);
    return { list, report: { source: "api", isCacheAsked, status: list.status, fetchMs } };
  }

  #cacheKey(api: string, { vu }: Session, role: Role): string {
    return this.#policy.cache?.heldBy === "peer" ? `${api}/${role}/${vu}` : api;
  }

  #isApi(ref: IceServerRef): ref is string {
    return typeof ref === "string" && ref in this.#sources.apis;
  }
}

/** Waits for all of them, so that nothing is told later, and then throws what the first threw. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function turnHosts({ iceServers }: FetchedList): string[] {
  const hosts = iceServers.flatMap(({ urls }) =>
    urls.flatMap((url) => {
      const parsed = parseIceUrl(url);
      return "kind" in parsed && parsed.kind === "turn" ? [parsed.host] : [];
    }),
  );
  return [...new Set(hosts)];
}
