import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Attribute } from "../../stun/attributes.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import type { ProbePlan } from "./probe-protocol.ts";
import { TrueSources } from "./true-sources.ts";

/** Between two copies of a packet. Several reach a clean wire's other end before the first would be missed. */
const SPACING_MS = 8;
/** After the last copy; what is let through is here by then on any machine that is not stalled. */
const QUIET_MS = 40;
/** On a stalled machine it is here this long after the answer to a request that was sent later. */
const AFTER_CONTROL_MS = 15;
const CONTROL_TIMEOUT_MS = 4_000;
/** Where nothing at all is meant to get out, nothing can prove the path alive. */
const NOTHING_ALIVE_MS = 250;

/** Repeats an exchange that has worked; true when it works again. */
export type Control = () => Promise<boolean>;

/**
 * The way from the probe to the reflector: in which rhythm it is used, and whether it is alive. Silence means
 * something only there: it counts once a request that was sent after what was not answered has been answered.
 */
export class ProbePath {
  readonly plan: ProbePlan;
  readonly sources = new TrueSources();
  /** Resolves when the path is no longer used. */
  readonly closed: Promise<unknown>;
  readonly #alive = Promise.withResolvers<void>();
  readonly #end = new AbortController();
  #nextSendAt = 0;
  #control: { run: Control; rank: number; rttMs: number } | null = null;

  constructor(plan: ProbePlan) {
    this.plan = plan;
    this.closed = once(this.#end.signal, "abort");
  }

  /** Ends every wait. */
  close(): void {
    this.#end.abort();
  }

  /** Resolves after `ms`, or when the path is closed. */
  async pause(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: this.#end.signal }).catch(() => {});
  }

  /** The reflector, by address (primary 0, alternate 1) and port. */
  at(address: 0 | 1, port: number): TransportAddress {
    return { address: this.plan.reflector.addresses[address], port };
  }

  /** The port that the reflector answers from when it is asked to change the port. */
  otherPort(port: number): number {
    const { ports } = this.plan.reflector;
    const index = ports.indexOf(port);
    return ports[index % 2 === 0 ? index + 1 : index - 1] ?? ports[0] ?? port;
  }

  /** Whom the reflector answers from (RFC 5780 section 7.2), as it is known in here. */
  answerFrom(to: TransportAddress, attributes: readonly Attribute[]): TransportAddress {
    const change = attributes.find((one) => one.name === "CHANGE-REQUEST")?.value;
    const [primary, alternate] = this.plan.reflector.addresses;
    return {
      address: change?.changeIp ? (to.address === primary ? alternate : primary) : to.address,
      port: change?.changePort ? this.otherPort(to.port) : to.port,
    };
  }

  /** Sends now, or when the wire has had time for what was sent before. */
  send(transmit: () => void): void {
    const { gapMs } = this.plan.pace;
    if (gapMs === 0) {
      transmit();
      return;
    }
    const now = performance.now();
    const at = Math.max(now, this.#nextSendAt);
    this.#nextSendAt = at + gapMs;
    setTimeout(transmit, at - now);
  }

  /** Sends in copies until `isEnough`; resolves when the last one is out. */
  async sendCopies(transmit: () => void, isEnough: () => boolean = () => false): Promise<void> {
    for (let left = this.plan.pace.copies; left > 0 && !isEnough(); left -= 1) {
      await new Promise<void>((sent) => {
        this.send(() => {
          if (!isEnough()) transmit();
          sent();
        });
      });
      if (left > 1) await this.pause(SPACING_MS);
    }
  }

  /** Something got through and back; the best repeatable exchange becomes the control: UDP before TCP. */
  isAlive(kind: "udp" | "tcp", rttMs: number, run: Control): void {
    const rank = kind === "udp" ? 1 : 0;
    if (this.#control === null || rank > this.#control.rank) this.#control = { run, rank, rttMs };
    this.#alive.resolve();
  }

  /** Round trip of the control, in ms; null before anything has got through. */
  get rttMs(): number | null {
    return this.#control?.rttMs ?? null;
  }

  /** Resolves with whether the path is alive, as soon as anything got through or when it is too late for that. */
  async untilAlive(): Promise<boolean> {
    const isHopeless = this.plan.checks.every(({ expected }) => expected !== "passed");
    await Promise.race([this.#alive.promise, this.pause(isHopeless ? NOTHING_ALIVE_MS : CONTROL_TIMEOUT_MS)]);
    return this.#control !== null;
  }

  /** Resolves when whatever was sent by now would have been answered: true where the path was seen alive at the end. */
  async settle(): Promise<boolean> {
    const [isAlive] = await Promise.all([this.confirm(), this.pause(QUIET_MS + AFTER_CONTROL_MS)]);
    return isAlive;
  }

  /**
   * As `settle`, where there has been time enough already and only the path's life is in question. By another control, if
   * there is one that tells more.
   */
  async confirm(control?: Control): Promise<boolean> {
    if (!(await this.untilAlive())) return false;
    const late = this.pause(CONTROL_TIMEOUT_MS).then(() => false);
    const run = control ?? this.#control?.run;
    const isAlive = await Promise.race([run?.() ?? false, late]);
    await this.pause(AFTER_CONTROL_MS + (this.rttMs ?? 0) / 4);
    return isAlive;
  }

  /**
   * As `settle`, for what is meant to come: with the plan's patience, unless it has come. True where silence means
   * something now.
   */
  async settlePatiently(hasCome: () => boolean): Promise<boolean> {
    if (!(await this.untilAlive())) return false;
    await this.pause(this.plan.pace.patienceMs + 4 * (this.rttMs ?? 0));
    return !hasCome() && !this.#end.signal.aborted && (await this.settle());
  }
}
