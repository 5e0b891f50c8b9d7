import type { PacketStream } from "../../model/traffic-profile.ts";
import { LOST_AFTER_MS } from "./deliveries.ts";
import { Flow, type FlowOwner } from "./flow.ts";
import type { FailureCode } from "./link.ts";
import { dueMsOf, lifeOf, PACKET_HEADER_BYTES, streamOf } from "./packet.ts";
import type { PeerAddress } from "./peer-address.ts";
import type { Tally } from "./tally.ts";
import type { TrafficWriter } from "./traffic-writer.ts";
import { type ClientOwner, type ClientSetting, TurnClient } from "./turn-client.ts";
import type { UserOf } from "./user.ts";
import { Timer } from "./wheel.ts";

/** One that came to nothing lasts so long at least: a VU whose server refuses at once would ask it as fast as it can. */
const FAILED_LASTS_MS = 500;

/** What all lives of a worker share. */
export type LifeSetting = ClientSetting & {
  userOf: UserOf;
  tally: Tally;
  traffic: TrafficWriter;
  streams: readonly PacketStream[];
  relayTo: "peer" | "allocation" | "none";
  farPeer: PeerAddress | null;
  /** Null: until it is told to leave. */
  holdMs: number | null;
  onOver(life: Life): void;
};

/**
 * One iteration: allocates, permits, binds, sends for as long as it is to be held, waits for what is still under way, and gives its
 * allocations back. One client, or two of which each is the other's TURN peer.
 */
export class Life extends Timer implements ClientOwner, FlowOwner {
  readonly id: number;
  readonly #setting: LifeSetting;
  readonly #dueAtMs: number;
  #near: TurnClient;
  #far: TurnClient | null = null;
  readonly flows: Flow[] = [];
  #allocated = 0;
  #ready = 0;
  #released = 0;
  #state: "connecting" | "held" | "draining" | "leaving" | "pausing" = "connecting";
  #begunAtMs = 0;
  #hasFailed = false;
  /** Told to leave before its time was over. */
  #isEarly = false;
  /** Packets that were sent and are not back. */
  #missing = 0;
  #lastSentMs = 0;

  constructor(id: number, vu: number, dueAtMs: number, setting: LifeSetting) {
    super();
    this.id = id;
    this.#dueAtMs = dueAtMs;
    this.#setting = setting;
    this.#near = new TurnClient(this, setting.userOf(vu, false), setting);
    if (setting.relayTo === "allocation") this.#far = new TurnClient(this, setting.userOf(vu, true), setting);
  }

  begin(): void {
    const { tally, timeoutMs, wheel } = this.#setting;
    tally.started += 1;
    this.#begunAtMs = this.#setting.now();
    wheel.schedule(this, this.#begunAtMs + timeoutMs);
    this.#near.open();
    this.#far?.open();
  }

  /** Sends nothing more, and leaves when all that was sent is back or lost; at once where nothing was sent. */
  leave(): void {
    const { tally, holdMs } = this.#setting;
    if (this.#state === "connecting") {
      tally.interrupted += 1;
      this.#release();
    } else if (this.#state === "held") this.#drain(holdMs !== null);
    else if (this.#state === "pausing") this.#over();
  }

  #drain(isEarly: boolean): void {
    this.#state = "draining";
    this.#isEarly = isEarly;
    for (const flow of this.flows) this.#setting.wheel.cancel(flow);
    if (this.#missing === 0) this.#end();
    else this.schedule(this, this.#lastSentMs + LOST_AFTER_MS);
  }

  /** Its time is over: of holding, or of coming to it. */
  fire(): void {
    if (this.#state === "connecting") this.#fail("turn_timeout");
    else if (this.#state === "held") this.#drain(false);
    else if (this.#state === "draining") this.#end();
    else if (this.#state === "pausing") this.#over();
  }

  schedule(timer: Timer, dueMs: number): void {
    this.#setting.wheel.schedule(timer, dueMs);
  }

  skip(): void {
    this.#setting.tally.packetsSkipped += 1;
  }

  sendPacket(stream: number, number: number, dueMs: number): void {
    const { tally, traffic } = this.#setting;
    const link = this.#near.link;
    const peer = this.#far?.relayed ?? this.#setting.farPeer;
    if (!link || !peer) return;
    const bytes = traffic.send(link, peer, this.id, stream, number, dueMs);
    tally.sent(bytes, dueMs);
    this.#missing += 1;
    this.#lastSentMs = dueMs;
  }

  onAllocated(client: TurnClient, durationMs: number): void {
    const { tally, relayTo, farPeer } = this.#setting;
    if (this.#state !== "connecting") return;
    tally.allocateTime.record(durationMs);
    this.#allocated += 1;
    if (relayTo === "none") this.#hold();
    else if (this.#far) this.#reachEachOther();
    else if (farPeer) client.reach(farPeer);
  }

  onReady(): void {
    this.#ready += 1;
    if (this.#state === "connecting" && this.#ready === this.#clients) this.#hold();
  }

  onData(client: TurnClient, bytes: Buffer, offset: number): void {
    if (bytes.length < offset + PACKET_HEADER_BYTES) return;
    const { traffic, farPeer: _ } = this.#setting;
    if (client === this.#far) {
      const peer = this.#near.relayed;
      if (client.link && peer) traffic.sendBack(client.link, peer, bytes, offset);
      return;
    }
    if (lifeOf(bytes, offset) !== this.id) return;
    const now = this.#setting.now();
    const dueMs = dueMsOf(bytes, offset);
    if (!this.#setting.tally.received(traffic.dataBytes(streamOf(bytes, offset)), dueMs, now)) return;
    this.flows[streamOf(bytes, offset)]?.received(dueMs, now);
    this.#missing -= 1;
    if (this.#missing === 0 && this.#state === "draining") this.#end();
  }

  onFailed(_client: TurnClient, code: FailureCode): void {
    if (this.#state === "connecting") this.#fail(code);
    else if (this.#state !== "leaving") {
      this.#setting.tally.lose(code);
      this.#release();
    }
  }

  onReleased(): void {
    this.#released += 1;
    if (this.#released < this.#clients) return;
    const pausesUntilMs = this.#begunAtMs + FAILED_LASTS_MS;
    if (this.#hasFailed && this.#setting.now() < pausesUntilMs) {
      this.#state = "pausing";
      this.schedule(this, pausesUntilMs);
    } else this.#over();
  }

  #over(): void {
    this.#setting.wheel.cancel(this);
    this.#setting.onOver(this);
  }

  get #clients(): number {
    return this.#far ? 2 : 1;
  }

  #reachEachOther(): void {
    const [near, far] = [this.#near.relayed, this.#far?.relayed];
    if (this.#allocated < 2 || !near || !far) return;
    this.#near.reach(far);
    this.#far?.reach(near);
  }

  #hold(): void {
    const { tally, streams, relayTo, holdMs, wheel } = this.#setting;
    const now = this.#setting.now();
    this.#state = "held";
    tally.hold(this);
    tally.connectTime.record(now - this.#dueAtMs);
    if (holdMs === null) wheel.cancel(this);
    else wheel.schedule(this, now + holdMs);
    if (relayTo === "none") return;
    for (const [index, stream] of streams.entries()) {
      const flow = new Flow(this, index, stream);
      this.flows.push(flow);
      flow.begin(now);
    }
  }

  #fail(code: FailureCode): void {
    this.#hasFailed = true;
    this.#setting.tally.fail(code);
    this.#release();
  }

  #end(): void {
    if (this.#isEarly) this.#setting.tally.interrupted += 1;
    else this.#setting.tally.ended += 1;
    this.#release();
  }

  #release(): void {
    this.#setting.tally.release(this);
    this.#state = "leaving";
    this.#setting.wheel.cancel(this);
    for (const flow of this.flows) this.#setting.wheel.cancel(flow);
    const far = this.#far;
    this.#near.release();
    far?.release();
  }
}
