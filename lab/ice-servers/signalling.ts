import type { FetchedList } from "./provider.ts";

export type Channel = { heard: Promise<FetchedList>; tell(list: FetchedList): void };

/** What the offerer says to the answerer about lists: each list once, whoever comes first. */
export class Signalling {
  readonly #channels = new Map<string, Channel>();

  channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known) return known;
    const { promise, resolve } = Promise.withResolvers<FetchedList>();
    const channel = { heard: promise, tell: resolve };
    this.#channels.set(name, channel);
    return channel;
  }
}
