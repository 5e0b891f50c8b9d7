import type { FetchedList } from "./provider.ts";

type Entry = { list: FetchedList; expiresAtMs: number };

export type CacheRule = {
  /** How long a list is trusted, whatever the API says. */
  lifetimeSeconds?: number;
  refreshBeforeSeconds?: number;
};

/** Lists that an application keeps. It does not hold concurrent fetches back: who finds nothing asks. */
export class ListCache {
  readonly #entries = new Map<string, Entry>();
  readonly #rule: CacheRule;
  readonly #now: () => number;

  constructor(rule: CacheRule, now: () => number = Date.now) {
    this.#rule = rule;
    this.#now = now;
  }

  keep(key: string, list: FetchedList): void {
    const seconds = this.#rule.lifetimeSeconds ?? list.ttlSeconds ?? Number.POSITIVE_INFINITY;
    this.#entries.set(key, { list, expiresAtMs: this.#now() + seconds * 1000 });
  }

  /** A list that is not yet due for a refresh. */
  fresh(key: string): FetchedList | null {
    return this.#leftFor(key, (this.#rule.refreshBeforeSeconds ?? 0) * 1000);
  }

  /** A list that has not expired, due for a refresh or not: what is left when the refresh fails. */
  unexpired(key: string): FetchedList | null {
    return this.#leftFor(key, 0);
  }

  #leftFor(key: string, ms: number): FetchedList | null {
    const entry = this.#entries.get(key);
    return entry && entry.expiresAtMs - this.#now() > ms ? entry.list : null;
  }
}
