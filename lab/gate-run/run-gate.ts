import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { gateFacts } from "../gate/gate-facts.ts";
import { GATE_SERVER } from "../gate/gate-topology.ts";
import { judgeGate } from "../gate/judge-gate.ts";
import type { GatePlan } from "../gate/plan-gate.ts";
import { withoutSecrets } from "../gate/read-profile.ts";
import { type LabContext, prepareContext } from "../lab-context.ts";
import { BaselineError, LabError, ServerError } from "../lab-error.ts";
import { LOG_SCHEMA_VERSION, type RunEvent } from "../model/events.ts";
import {
  GATE_SIDES,
  type GateCell,
  type GateEnd,
  type GateLayer,
  type GateServer,
  type GateSide,
} from "../model/gate.ts";
import type { CertificateFlaw } from "../model/topology.ts";
import type { MemoryMeasured } from "../probe-run/probe-memory.ts";
import { probeServer } from "../probe-run/probe-server.ts";
import { ContainerEvents } from "../runtime/container-events.ts";
import type { Engine } from "../runtime/engine.ts";
import { sweep } from "../runtime/sweep.ts";
import { type Credential, freshCredential } from "../turn/credentials.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { shownConfigs } from "../turn-config/shown-config.ts";
import { LAB_COTURN_VERSION } from "../turn-config/version.ts";
import { makeGateCalls } from "./gate-calls.ts";
import { type CheckedSides, gateChecks, linesOf } from "./gate-checks.ts";
import { gateLab } from "./gate-lab.ts";
import { loadCells } from "./gate-load.ts";
import { StartedSide } from "./gate-side.ts";

/** What one side runs. */
export type GateSideInput = {
  config: TurnConfig;
  /** What it runs from; absent: the lab's own coturn. */
  image?: string;
  /** What is to be wrong with its certificate, where the lab makes that. */
  certificate?: CertificateFlaw;
};

/** What a gate needs once it has come to starting something. */
export type GateMeans = {
  engine: Engine;
  images: Record<string, string>;
  servers: Pick<LabContext, "hold" | "serverImages">;
};

export type GateInput = {
  candidate: GateSideInput;
  baseline: GateSideInput | null;
  plan: GatePlan;
  strict: boolean;
  /** Layers whose findings decide nothing, so that the others have to show a fault. */
  leftOut: readonly GateLayer[];
  version: string;
  /** Asked for when the files alone have not decided. */
  means: () => Promise<GateMeans>;
  /** Ends the gate: labs go down, what was measured stays. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  log: LabContext["log"];
};

/**
 * Holds one turnserver.conf against what its clients need, and against the one that they have now. Everything that it finds goes to
 * `emit`; the verdict is made from that. Rejects where there is none: a BaselineError, or a lab that could not even begin.
 */
export async function runGate(runId: string, input: GateInput): Promise<void> {
  await new Gate(runId, input).run();
}

type Sides = Partial<Record<GateSide, StartedSide>> & { candidate: StartedSide };
type Versions = Record<GateSide, string | null>;

/** How long the engine's word on a death may come behind it. */
const DEATH_TOLD_MS = 500;

class Gate {
  readonly #runId: string;
  readonly #input: GateInput;
  readonly #startedAt = performance.now();
  readonly #layerMs: Partial<Record<GateLayer, number>> = {};
  readonly #cells: readonly GateCell[];
  readonly #inputs: Partial<Record<GateSide, GateSideInput>> & { candidate: GateSideInput };
  readonly #sides: readonly GateSide[];
  readonly #fresh: Credential = freshCredential();
  readonly #events: RunEvent[] = [];
  /** Of images that were named and looked into. */
  readonly #imageIds: Partial<Record<GateSide, string>> = {};

  constructor(runId: string, input: GateInput) {
    this.#runId = runId;
    this.#input = input;
    const { candidate, baseline, plan } = input;
    this.#cells = [...plan.cells, ...loadCells(plan.cells, plan.profile)];
    this.#inputs = { candidate, ...(baseline ? { baseline } : {}) };
    this.#sides = GATE_SIDES.filter((side) => side in this.#inputs);
  }

  async run(): Promise<void> {
    const { signal } = this.#input;
    const ofFiles = this.#beginning(null, this.#knownVersions());
    if (hasFailed(ofFiles)) {
      for (const event of ofFiles) this.#emit(event);
      return this.#finish("certain_failure");
    }
    const means = await this.#input.means();
    const beginning = this.#beginning(means.engine, await this.#versions(means));
    for (const event of beginning) this.#emit(event);
    if (hasFailed(beginning)) return this.#finish("certain_failure");
    await sweep(means.engine.docker);
    using _events = await ContainerEvents.follow(
      means.engine.docker,
      this.#runId,
      ({ scenario, node, exitCode, oomKilled }) =>
        this.#emit({ type: "container_died", at: Date.now(), scenario, node, exitCode, oomKilled }),
    );
    let end: GateEnd = "broke";
    let fault: unknown;
    try {
      end = await this.#withLabs(means);
    } catch (error) {
      fault = error;
    }
    if (fault instanceof BaselineError) end = "bad_baseline";
    if (signal.aborted) this.#finish("interrupted");
    else this.#finish(end, fault === undefined ? null : messageOf(fault));
    if (fault instanceof BaselineError && !signal.aborted) throw fault;
  }

  /** The log's first events: what is asked of whom, and what the files say. */
  #beginning(engine: Engine | null, versions: Versions): RunEvent[] {
    const { version, strict, leftOut, plan } = this.#input;
    const startedAt = performance.now();
    const checked: CheckedSides = {};
    for (const side of this.#sides) checked[side] = { config: this.#side(side).config, version: versions[side] };
    const findings = this.#sides.map((side) => {
      const since = performance.now();
      return { side, findings: gateChecks(side, checked, plan), durationMs: performance.now() - since };
    });
    this.#layerMs.check = performance.now() - startedAt;
    const at = Date.now();
    const shown = shownConfigs(this.#sides.map((side) => this.#side(side).config.text));
    const sides = this.#sides.map((side, index) => {
      const { config, image: reference } = this.#side(side);
      const image = reference === undefined ? null : { reference, id: this.#imageIds[side] ?? null };
      const server: GateServer = { file: config.file, image, version: versions[side] };
      return [side, { ...server, lines: linesOf(config), shown: shown[index] ?? [] }] as const;
    });
    return [
      {
        type: "run_started",
        schemaVersion: LOG_SCHEMA_VERSION,
        at,
        runId: this.#runId,
        scenarios: [...this.#sides],
        harness: { turnlab: version, node: process.version, cpus: availableParallelism() },
        engine: engine?.info ?? null,
      },
      {
        type: "gate_started",
        at,
        strict,
        ...(leftOut.length > 0 ? { leftOut } : {}),
        profile: withoutSecrets(plan.profile),
        cells: [...this.#cells],
        sides: Object.fromEntries(sides),
      },
      ...plan.notes.map((text): RunEvent => ({ type: "gate_note", at, text })),
      ...findings.map((one): RunEvent => ({ type: "gate_checked", at, ...one })),
    ];
  }

  #knownVersions(): Versions {
    const of = (side: GateSide) => (this.#inputs[side]?.image === undefined ? LAB_COTURN_VERSION : null);
    return { candidate: of("candidate"), baseline: of("baseline") };
  }

  async #versions({ servers }: GateMeans): Promise<Versions> {
    const versions = this.#knownVersions();
    for (const side of this.#sides) {
      const { image } = this.#side(side);
      if (image === undefined) continue;
      const { version, id } = await servers.serverImages.of({ image });
      versions[side] = version;
      this.#imageIds[side] = id;
    }
    return versions;
  }

  async #withLabs(means: GateMeans): Promise<GateEnd> {
    const { signal, log } = this.#input;
    const { engine, images, servers } = means;
    const emit = (event: RunEvent) => this.#emit(event);
    const context = await prepareContext({ engine, images, runId: this.#runId, signal, emit, log }, servers);
    await using stack = new AsyncDisposableStack();
    const attempts = await Promise.allSettled(
      this.#sides.map(async (side) => {
        const started = await StartedSide.start(side, this.#labOf(side), context);
        stack.use(started);
        return started;
      }),
    );
    const sides = this.#started(attempts);
    if (!sides) return "certain_failure";
    for (const side of Object.values(sides)) this.#tellUp(side);
    const ended = await this.#probe(sides, context);
    if (ended) return ended;
    if (hasFailed(this.#events)) return "certain_failure";
    // Awaited here: what is only returned would outlive the labs.
    return await this.#calls(sides, engine.info.cpus);
  }

  /** Null: the candidate did not start. @throws where the baseline, or a lab, did not */
  #started(attempts: readonly PromiseSettledResult<StartedSide>[]): Sides | null {
    const reasonOf = (side: GateSide): unknown => {
      const attempt = attempts[this.#sides.indexOf(side)];
      return attempt?.status === "rejected" ? attempt.reason : null;
    };
    const [candidate, baseline] = [reasonOf("candidate"), reasonOf("baseline")];
    // First, and whatever the candidate did: nothing can be held against what does not run.
    if (baseline instanceof ServerError) throw new BaselineError(`the baseline does not start: ${baseline.message}`);
    if (baseline) throw baseline;
    if (candidate instanceof ServerError) return null;
    if (candidate) throw candidate;
    const started = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    return Object.fromEntries(started.map((side) => [side.side, side])) as Sides;
  }

  #tellUp({ side, lab }: StartedSide): void {
    const { found, configured } = lab.turnServers[GATE_SERVER] ?? {};
    const server: GateServer = {
      file: this.#side(side).config.file,
      image: found ? { reference: found.reference, id: found.id } : null,
      version: found?.version ?? null,
    };
    this.#emit({ type: "gate_server_up", at: Date.now(), side, server });
    if (side === "baseline") return;
    for (const { what, why } of [...(configured?.supplied ?? []), ...(configured?.overridden ?? [])])
      this.#emit({ type: "gate_note", at: Date.now(), text: `the lab's own: ${what}, because ${why}` });
  }

  /** Null: all was asked, and a server that died of it is none. */
  async #probe(sides: Sides, context: LabContext): Promise<GateEnd | null> {
    const { plan } = this.#input;
    return this.#watched(sides, "probe", async (signal) => {
      await Promise.all(
        Object.values(sides).map(async ({ side, lab }) => {
          const since = performance.now();
          const { credentialFor } = this.#labOf(side);
          const onMemory = (measured: MemoryMeasured) =>
            this.#emit({ type: "gate_memory_measured", at: Date.now(), side, ...measured });
          const asked = { profile: plan.profile, credentialFor, context, signal, onMemory };
          const results = await probeServer(lab, GATE_SERVER, asked);
          this.#emit({ type: "gate_probed", at: Date.now(), side, results, durationMs: performance.now() - since });
        }),
      );
      return null;
    });
  }

  async #calls(sides: Sides, cpus: number): Promise<GateEnd> {
    const { plan } = this.#input;
    return this.#watched(sides, "calls", (signal) =>
      makeGateCalls({
        sides,
        profile: plan.profile,
        cells: this.#cells,
        cpus,
        startedAt: this.#startedAt,
        isFlipped: Math.random() < 0.5,
        signal,
        emit: (event) => this.#emit(event),
      }),
    );
  }

  /** One layer, which a lab that breaks ends; a server that dies meanwhile is its side's. @throws BaselineError, and what broke a lab */
  async #watched<T>(
    sides: Sides,
    layer: GateLayer,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | "certain_failure"> {
    const startedAt = performance.now();
    const breakage = new AbortController();
    let broken: { side: GateSide; error: Error } | undefined;
    for (const { side, lab } of Object.values(sides)) {
      void lab.broken.then((error) => {
        broken ??= { side, error };
        breakage.abort();
      });
    }
    try {
      const result = await work(AbortSignal.any([this.#input.signal, breakage.signal]));
      if (!broken) return result;
    } catch (error) {
      // The end of a container is told a moment after what it was asked has failed.
      await Promise.race([...Object.values(sides).map(({ lab }) => lab.broken), sleep(DEATH_TOLD_MS)]);
      if (!broken) throw error;
    } finally {
      this.#layerMs[layer] = performance.now() - startedAt;
    }
    const { side, error } = broken;
    if (!(error instanceof ServerError)) throw error;
    this.#emit({ type: "gate_server_failed", at: Date.now(), side, reason: error.message, code: "turn_server_lost" });
    if (side === "baseline") throw new BaselineError(`the baseline died: ${error.message}`);
    return "certain_failure";
  }

  #labOf(side: GateSide) {
    const { plan, candidate, baseline } = this.#input;
    const { profile, hosts, place } = plan;
    const opener = (baseline ?? candidate).config;
    const lab = gateLab({ profile, hosts, place, ...this.#side(side), opener, fresh: this.#fresh });
    if (!("faults" in lab)) return lab;
    // What is wrong with a file was told before; what is left is ours.
    throw new LabError(`no lab can be built for the ${side}: ${JSON.stringify(lab.faults)}`);
  }

  #side(side: GateSide): GateSideInput {
    return this.#inputs[side] ?? this.#inputs.candidate;
  }

  #emit(event: RunEvent): void {
    this.#events.push(event);
    this.#input.emit(event);
  }

  #finish(end: GateEnd, reason: string | null = null): void {
    const at = Date.now();
    const durationMs = performance.now() - this.#startedAt;
    this.#emit({ type: "gate_finished", at, end, reason, layerMs: this.#layerMs, durationMs });
    this.#emit({ type: "run_finished", at, interrupted: end === "interrupted", durationMs });
  }
}

/** Whether something that no further layer can mend has been found so far. */
function hasFailed(events: readonly RunEvent[]): boolean {
  const facts = gateFacts(events);
  return facts !== null && judgeGate(facts).findings.some(({ verdict }) => verdict === "fails");
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
