import { posix } from "node:path";
import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { EventOf } from "./model/events.ts";
import { type AnyScenario, isSessions } from "./model/grid.ts";
import { countedBetween, droppedByKind, type RouterCounters } from "./model/router-counters.ts";
import { CAPTURE_FOLDER, type CaptureBounds, StartedCapture, wireName } from "./net/capture.ts";
import { joinCaptures } from "./net/join-captures.ts";
import { describeRouter } from "./net/router-counters.ts";
import { KEY_LOG } from "./peer/protocol.ts";
import { copyOut } from "./runtime/copy-out.ts";

/** With `--capture`: whole packets; a load of twenty calls of media is a tenth of it. */
const WHOLE: CaptureBounds = { snapBytes: 65_535, wireMegabytes: 64 };
/** Unasked: headers, STUN and handshakes; of data only what it is. */
const SHORT: CaptureBounds = { snapBytes: 320, wireMegabytes: 8 };

type Kept = EventOf<"evidence_kept">;

/**
 * What others may look at afterwards. Routers' rules and counters always; what was on the wires where it was asked for, or
 * where the scenario has not come to what it must. Nothing of it can fail a scenario.
 */
export class Evidence {
  readonly #name: string;
  readonly #lab: StartedLab;
  readonly #context: LabContext;
  readonly #logged: ReadonlySet<string>;
  readonly #before = new Map<string, RouterCounters>();
  #capture: StartedCapture | null = null;

  private constructor(name: string, lab: StartedLab, context: LabContext, logged: ReadonlySet<string>) {
    this.#name = name;
    this.#lab = lab;
    this.#context = context;
    this.#logged = logged;
  }

  /** Before the load. `logged`: nodes that have a log so far. */
  static async begin(
    name: string,
    scenario: AnyScenario,
    lab: StartedLab,
    context: LabContext,
    logged: ReadonlySet<string>,
  ): Promise<Evidence> {
    const evidence = new Evidence(name, lab, context, logged);
    if (!context.keepFile) return evidence;
    await Promise.all([evidence.#keepRules("before"), evidence.#startCapture(scenario)]);
    return evidence;
  }

  /** After it, while all still stands. `isBroken`: the load did not run to its end. */
  async end(isBroken: boolean): Promise<void> {
    const { keepFile, capture, signal } = this.#context;
    if (!keepFile) return;
    const isWanted =
      capture !== undefined && (capture.isAsked || isBroken || signal.aborted || !capture.isPassed(this.#name));
    const keys = isWanted && capture.isAsked ? this.#keepKeys() : null;
    await Promise.all([this.#keepRules("after"), isWanted ? this.#keepCaptures() : null, keys]);
    if (!isWanted) return;
    for (const node of Object.keys(this.#lab.turnServers)) {
      if (this.#logged.has(node)) this.#tell("server-log", node, `logs/${this.#name}.${node}.log`, null);
    }
  }

  async #startCapture(scenario: AnyScenario): Promise<void> {
    const { capture } = this.#context;
    // Who measures load measures the lab as it is without.
    const isApart = !isSessions(scenario) || scenario.exclusive === true;
    if (!capture || (isApart && !capture.isAsked)) return;
    try {
      this.#capture = await StartedCapture.start(this.#lab, capture.isAsked ? WHOLE : SHORT);
    } catch (error) {
      this.#tell("capture", "fabric", null, `nothing could be captured: ${messageOf(error)}`);
    }
  }

  async #keepCaptures(): Promise<void> {
    const capture = this.#capture;
    if (!capture) return;
    const { snapBytes, wireMegabytes } = this.#context.capture?.isAsked ? WHOLE : SHORT;
    try {
      const lost = await capture.stop();
      const rings = new Map<string, Buffer[]>();
      const { container } = this.#lab.fabric;
      for await (const { name, content } of copyOut(this.#context.engine.docker, container.id, CAPTURE_FOLDER)) {
        const ring = rings.get(name.slice(0, name.lastIndexOf("."))) ?? [];
        ring[Number(name.slice(name.lastIndexOf(".") + 1))] = content;
        rings.set(name.slice(0, name.lastIndexOf(".")), ring);
      }
      for (const one of capture.wires) {
        const wire = wireName(one);
        const joined = joinCaptures(Object.values(rings.get(wire) ?? []));
        const notes = [
          ...(snapBytes < WHOLE.snapBytes ? [`of each packet the first ${snapBytes} bytes`] : []),
          ...(joined?.isCut ? [`the last ${wireMegabytes} MB of it`] : []),
          ...(lost.get(wire) ? [`${lost.get(wire)} packets were not captured in time`] : []),
        ];
        if (!joined) this.#tell("capture", one.node, null, `${wire}: tcpdump has written nothing`);
        else
          this.#keep("capture", one.node, `captures/${this.#name}.${wire}.pcap`, joined.pcap, notes.join("; ") || null);
      }
    } catch (error) {
      this.#tell("capture", "fabric", null, `the captures could not be had: ${messageOf(error)}`);
    }
  }

  /** One file for all peers: what reads it looks keys up by a handshake's random. */
  async #keepKeys(): Promise<void> {
    const { docker } = this.#context.engine;
    const logs = await Promise.all(
      Object.keys(this.#lab.peers).map(async (peer) => {
        try {
          let log = "";
          const id = this.#lab.nodes.find(({ name }) => name === peer)?.containerId ?? "";
          for await (const { content } of copyOut(docker, id, posix.dirname(KEY_LOG))) log += content.toString("utf8");
          return { peer, log };
        } catch {
          // A peer that has shaken no hands has no folder.
          return { peer, log: "" };
        }
      }),
    );
    const withKeys = logs.filter(({ log }) => log !== "");
    const file = `captures/${this.#name}.keys`;
    const content = withKeys.map(({ peer, log }) => `# ${peer}\n${log}`).join("");
    if (content === "") return this.#tell("keys", "peers", null, "no peer has shaken hands by TLS or DTLS");
    this.#keep("keys", withKeys.map(({ peer }) => peer).join(" "), file, content, null);
  }

  async #keepRules(moment: "before" | "after"): Promise<void> {
    const { plan, pids, fabric } = this.#lab;
    const routers = [...plan.hubs, ...Object.keys(this.#lab.nats)];
    await Promise.all(
      routers.map(async (router) => {
        const pid = pids[router];
        if (pid === undefined) return;
        try {
          const { text, counters } = await describeRouter(fabric, pid);
          if (moment === "before") this.#before.set(router, counters);
          else this.#tellCounted(router, counters);
          this.#keep("rules", router, `rules/${this.#name}.${router}.${moment}.txt`, text, null);
        } catch (error) {
          this.#tell("rules", router, null, `${moment} the load: ${messageOf(error)}`);
        }
      }),
    );
  }

  #tellCounted(router: string, after: RouterCounters): void {
    const before = this.#before.get(router);
    if (!before) return;
    const counted = countedBetween(before, after);
    const { tooBig, connections } = counted;
    const dropped = droppedByKind(counted);
    const { emit } = this.#context;
    emit({ type: "router_counted", at: Date.now(), scenario: this.#name, router, dropped, tooBig, connections });
  }

  #keep(kind: Kept["kind"], node: string, file: string, content: string | Buffer, note: string | null): void {
    try {
      this.#context.keepFile?.(file, content);
      this.#tell(kind, node, file, note);
    } catch (error) {
      this.#tell(kind, node, null, `it could not be written: ${messageOf(error)}`);
    }
  }

  #tell(kind: Kept["kind"], node: string, file: string | null, note: string | null): void {
    this.#context.emit({ type: "evidence_kept", at: Date.now(), scenario: this.#name, kind, node, file, note });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
