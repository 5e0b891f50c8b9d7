import type { IceServer } from "../../model/ice.ts";
import type { Role } from "../../model/scenario.ts";
import type { EndpointEvents, IceSignal } from "../course/endpoint.ts";
import { refOf } from "../course/timeline.ts";
import type { GathererOptions } from "./gatherer.ts";
import { IceGeneration } from "./ice-generation.ts";
import type { IceConnection } from "./werift-internals.ts";

/** How long a replaced pair's sockets stay open once the far peer sends over the new one: what it sent before is on its way. */
const OLD_PAIR_GRACE_MS = 500;
/** And how long where it does not: it may be slow to select the new one, and sends over the old until then. */
const OLD_PAIR_LIMIT_MS = 3_000;

type RestartOptions = Omit<GathererOptions, "onEnd" | "onCut"> & { role: Role };

type RestartEvents = Pick<EndpointEvents, "signal" | "onSelected" | "onRestart" | "onFailed" | "onCut" | "onHeard"> & {
  /** The pair in use lost its consent. */
  onLost: () => void;
};

/**
 * The ICE generations of one peer connection: the one in use, and while a restart runs the next. DTLS and all above it know
 * the first one's connection only; what they send goes out over the generation in use, and what arrives at any comes to them.
 *
 * Offers that cross end as in W3C's "perfect negotiation": the session's offerer ignores the far one's, the answerer takes
 * its own back. What the answerer has gathered for its own goes into its answer, so that nothing is allocated twice.
 * Controlling stays who was (RFC 8445 section 6.1.1).
 */
export class IceRestarts {
  #current: IceGeneration;
  #next: IceGeneration | null = null;
  #isOfferOpen = false;
  /** Told to restart while an own offer is unanswered: another one follows. */
  #isAnotherDue = false;
  #iceServers: readonly IceServer[];
  #isClosed = false;
  readonly #first: IceGeneration;
  readonly #all: IceGeneration[] = [];
  readonly #options: RestartOptions;
  readonly #events: RestartEvents;
  readonly #send: IceConnection["send"];
  /** Candidates by the user name of the generation that sent them: they may overtake its description. */
  readonly #early = new Map<string, (string | null)[]>();
  /** Own generations by the user name of the far one they are paired with. */
  readonly #byFarUfrag = new Map<string, IceGeneration>();
  readonly #hasData = new WeakSet<IceGeneration>();
  readonly #retiring = new Set<NodeJS.Timeout>();

  constructor(connection: IceConnection, options: RestartOptions, events: RestartEvents) {
    this.#options = options;
    this.#events = events;
    this.#iceServers = options.iceServers;
    this.#first = this.#begin(connection);
    this.#current = this.#first;
    this.#send = connection.send;
    connection.send = (data) =>
      this.#current === this.#first ? this.#send(data) : this.#current.connection.send(data);
  }

  get first(): IceGeneration {
    return this.#first;
  }

  get current(): IceGeneration {
    return this.#current;
  }

  /** The first generation, and every one since. */
  get all(): readonly IceGeneration[] {
    return this.#all;
  }

  get isRestarting(): boolean {
    return this.#next !== null;
  }

  /** The ICE servers of the next gathering, W3C's setConfiguration. */
  configure(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers;
  }

  /**
   * Restarts with the servers configured last: W3C's restartIce and createOffer. One that is under way is followed by this
   * one, and lives until this one has a pair: the far end may have selected one of its, and send over it.
   */
  restart(): void {
    if (this.#isClosed) return;
    if (this.#isOfferOpen) {
      this.#isAnotherDue = true;
      return;
    }
    const next = this.#beginNext();
    this.#isOfferOpen = true;
    this.#events.signal({ kind: "restart-offer", ...next.parameters });
    this.#events.onRestart();
    next.gather();
  }

  /** The far end's first description has been set; its candidates may follow. */
  async firstIsDescribed(): Promise<void> {
    await this.#pair(this.#first, this.#first.connection.remoteUsername);
  }

  async take(signal: IceSignal): Promise<void> {
    if (this.#isClosed) return;
    switch (signal.kind) {
      case "restart-offer":
        return this.#answer(signal);
      case "restart-answer": {
        const next = this.#next;
        if (!this.#isOfferOpen || !next || signal.to !== next.ufrag) return;
        this.#isOfferOpen = false;
        next.connect(signal);
        await this.#pair(next, signal.ufrag);
        return this.#startAnother();
      }
      case "candidate":
        return this.#addCandidate(signal.ufrag, signal.candidate);
      case "end-of-candidates":
        return this.#addCandidate(signal.ufrag, null);
    }
  }

  /** Ends all but the first, whose connection ends with the peer connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#retiring) clearTimeout(timer);
    await Promise.all(this.#all.filter((g) => g !== this.#first).map((g) => g.retire()));
  }

  async #answer(offer: Extract<IceSignal, { kind: "restart-offer" }>): Promise<void> {
    if (this.#isOfferOpen && this.#options.role === "offerer") return;
    const own = this.#isOfferOpen ? this.#next : null;
    this.#isOfferOpen = false;
    const next = own ?? this.#beginNext();
    this.#events.signal({ kind: "restart-answer", ...next.parameters, to: offer.ufrag });
    if (!own) {
      this.#events.onRestart();
      next.gather();
    }
    next.connect(offer);
    await this.#pair(next, offer.ufrag);
    this.#startAnother();
  }

  #startAnother(): void {
    if (!this.#isAnotherDue) return;
    this.#isAnotherDue = false;
    this.restart();
  }

  #beginNext(): IceGeneration {
    this.#next = this.#begin({ isControlling: this.#current.connection.iceControlling });
    return this.#next;
  }

  #begin(connection: IceConnection | { isControlling: boolean }): IceGeneration {
    const { role: _, ...options } = this.#options;
    const generation: IceGeneration = new IceGeneration(
      connection,
      { ...options, iceServers: this.#iceServers },
      {
        signal: (data) => this.#events.signal(data),
        onSelected: () => this.#onSelected(generation),
        onFailed: () => this.#onFailed(generation),
        onLost: () => generation === this.#current && this.#events.onLost(),
        onCut: () => generation === this.#current && this.#onCut(),
        onHeard: () => this.#events.onHeard(),
      },
    );
    if (this.#all.length > 0) {
      const { onData } = this.#first.connection;
      generation.connection.onData.subscribe((data) => {
        if (!this.#hasData.has(generation)) this.#onFirstData(generation);
        onData.execute(data);
      });
    }
    this.#all.push(generation);
    return generation;
  }

  #onSelected(generation: IceGeneration): void {
    if (generation === this.#first) {
      this.#tellSelected(generation, false);
      return this.#events.onSelected(false);
    }
    const index = this.#all.indexOf(generation);
    if (index < this.#all.indexOf(this.#current)) return;
    this.#current = generation;
    if (generation === this.#next) this.#next = null;
    if (this.#hasData.has(generation)) this.#retireBefore(generation, OLD_PAIR_GRACE_MS);
    this.#retireBefore(generation, OLD_PAIR_LIMIT_MS);
    this.#tellSelected(generation, true);
    this.#events.onSelected(true);
  }

  #tellSelected({ path }: IceGeneration, isRestart: boolean): void {
    if (path)
      this.#options.onStep({ step: "selected", local: refOf(path.local), remote: refOf(path.remote), isRestart });
  }

  /** The first data over a generation: the far peer has selected its pair. */
  #onFirstData(generation: IceGeneration): void {
    this.#hasData.add(generation);
    if (generation === this.#current) this.#retireBefore(generation, OLD_PAIR_GRACE_MS);
  }

  #retireBefore(generation: IceGeneration, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#retiring.delete(timer);
      for (const old of this.#all.slice(0, this.#all.indexOf(generation))) void old.retire();
    }, delayMs);
    this.#retiring.add(timer);
  }

  #onFailed(generation: IceGeneration): void {
    if (generation === this.#first) return this.#events.onFailed(false);
    void generation.retire();
    if (generation !== this.#next) return;
    this.#next = null;
    this.#events.onFailed(true);
  }

  #onCut(): void {
    this.#options.onStep({ step: "lost", reason: "the TURN server has cut the connection" });
    this.#events.onCut();
  }

  async #addCandidate(ufrag: string, candidate: string | null): Promise<void> {
    const generation = this.#byFarUfrag.get(ufrag);
    if (generation) return generation.add(candidate);
    this.#early.set(ufrag, [...(this.#early.get(ufrag) ?? []), candidate]);
  }

  async #pair(generation: IceGeneration, farUfrag: string): Promise<void> {
    this.#byFarUfrag.set(farUfrag, generation);
    const early = this.#early.get(farUfrag) ?? [];
    this.#early.delete(farUfrag);
    for (const candidate of early) await generation.add(candidate);
  }
}
