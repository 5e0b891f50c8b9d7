import { availableParallelism } from "node:os";
import { makeGateCalls } from "./gate-calls.ts";
import { type GateLab, gateLab } from "./gate-lab.ts";
import { loadCell } from "./gate-load.ts";
import { StartedSide } from "./gate-side.ts";
import { type LabContext, prepareContext } from "./lab-context.ts";
import { BaselineError, ServerError } from "./lab-error.ts";
import type { CheckFinding } from "./model/check.ts";
import { LOG_SCHEMA_VERSION, type RunEvent } from "./model/events.ts";
import {
  GATE_SIDES,
  type GateCell,
  type GateEnd,
  type GateLayer,
  type GateServer,
  type GateSide,
} from "./model/gate.ts";
import type { GateProfile } from "./model/gate-profile.ts";
import { ContainerEvents } from "./runtime/container-events.ts";
import type { Engine } from "./runtime/engine.ts";
import { sweep } from "./runtime/sweep.ts";
import { parseConfig } from "./turn-config/parse-config.ts";
import type { TurnConfig } from "./turn-config/read-config.ts";

/** What one side runs. */
export type GateSideInput = {
  config: TurnConfig;
  /** What it runs from; absent: the lab's own coturn. */
  image?: string;
};

/** What a gate needs once it has come to starting something. */
export type GateMeans = {
  engine: Engine;
  images: Record<string, string>;
  servers?: Pick<LabContext, "hold" | "serverImages">;
};

export type GateInput = {
  candidate: GateSideInput;
  baseline: GateSideInput | null;
  profile: GateProfile;
  cells: readonly GateCell[];
  strict: boolean;
  version: string;
  /** Asked for when the files alone have not decided. */
  means: () => Promise<GateMeans>;
  /** Ends the gate: labs go down, what was measured stays. */
  signal: AbortSignal;
  emit: (event: RunEvent) => void;
  log: LabContext["log"];
};

/** A call that has not connected by then is told why; what counts is the profile's own limit. */
const MIN_TIMEOUT_MS = 8_000;
const TIMEOUT_SHARE = 1.6;

/**
 * Holds one turnserver.conf against what its clients need, and against the one that they have now. Everything that it finds goes to
 * `emit`; the verdict is made from that. Rejects where there is none: a BaselineError, or a lab that could not even begin.
 */
export async function runGate(runId: string, input: GateInput): Promise<void> {
  await new Gate(runId, input).run();
}

class Gate {
  readonly #runId: string;
  readonly #input: GateInput;
  readonly #startedAt = performance.now();
  readonly #layerMs: Partial<Record<GateLayer, number>> = {};
  readonly #cells: readonly GateCell[];

  constructor(runId: string, input: GateInput) {
    this.#runId = runId;
    this.#input = input;
    this.#cells = [...input.cells, loadCell(input.profile)];
  }

  async run(): Promise<void> {
    const { emit, signal } = this.#input;
    const checks = this.#check();
    if (checks.isCertain) {
      this.#begin(null);
      for (const event of checks.events) emit(event);
      return this.#finish("certain_failure");
    }
    const means = await this.#input.means();
    this.#begin(means.engine);
    for (const event of checks.events) emit(event);
    await sweep(means.engine.docker);
    using _events = await ContainerEvents.follow(
      means.engine.docker,
      this.#runId,
      ({ scenario, node, exitCode, oomKilled }) =>
        emit({ type: "container_died", at: Date.now(), scenario, node, exitCode, oomKilled }),
    );
    let end: GateEnd = "broke";
    let reason: string | null = null;
    let baselineError: BaselineError | null = null;
    try {
      end = await this.#withLabs(means);
    } catch (error) {
      console.error(error);
      reason = error instanceof Error ? error.message : String(error);
      if (error instanceof BaselineError) baselineError = error;
    }
    if (signal.aborted) [end, reason] = ["interrupted", null];
    this.#finish(end, reason);
    if (baselineError && !signal.aborted) throw baselineError;
  }

  #begin(engine: Engine | null): void {
    const { emit, version, strict, profile } = this.#input;
    const at = Date.now();
    emit({
      type: "run_started",
      schemaVersion: LOG_SCHEMA_VERSION,
      at,
      runId: this.#runId,
      scenarios: this.#sides(),
      harness: { turnlab: version, node: process.version, cpus: availableParallelism() },
      engine: engine?.info ?? null,
    });
    const sides = Object.fromEntries(
      this.#sides().map((side) => {
        const { config } = this.#side(side);
        const server: GateServer = { file: config.file, image: null, version: null };
        return [side, { ...server, lines: linesOf(config) }];
      }),
    );
    emit({ type: "gate_started", at, strict, profile: shownProfile(profile), cells: [...this.#cells], sides });
  }

  #check(): { events: RunEvent[]; isCertain: boolean } {
    // PLACEHOLDER until part A lands.
    const startedAt = performance.now();
    const findings: CheckFinding[] = [];
    this.#layerMs.check = performance.now() - startedAt;
    const events = this.#sides().map(
      (side): RunEvent => ({
        type: "gate_checked",
        at: Date.now(),
        side,
        findings,
        durationMs: performance.now() - startedAt,
      }),
    );
    return { events, isCertain: false };
  }

  async #withLabs(means: GateMeans): Promise<GateEnd> {
    const { emit, signal, log, profile } = this.#input;
    const { engine, images, servers } = means;
    const context = await prepareContext({ engine, images, runId: this.#runId, signal, emit, log }, servers);
    await using stack = new AsyncDisposableStack();
    const timeoutMs = Math.max(MIN_TIMEOUT_MS, Math.round(profile.limits.connectTimeMs * TIMEOUT_SHARE));
    const attempts = await Promise.allSettled(
      this.#sides().map(async (side) => {
        const started = await StartedSide.start(side, this.#labOf(side), context, { timeoutMs });
        stack.use(started);
        return started;
      }),
    );
    const sides = this.#started(attempts);
    if (!sides) return "certain_failure";
    for (const side of Object.values(sides)) {
      const { found, configured } = side.lab.turnServers[side.server.name] ?? {};
      const image = found ? { reference: found.reference, id: found.id } : null;
      const server = { file: this.#side(side.side).config.file, image, version: found?.version ?? null };
      emit({ type: "gate_server_up", at: Date.now(), side: side.side, server });
      const notes = [...(configured?.supplied ?? []), ...(configured?.overridden ?? [])];
      for (const { what, why } of side.side === "candidate" ? notes : [])
        emit({ type: "gate_note", at: Date.now(), text: `The lab's own: ${what}; ${why}.` });
    }
    await this.#probe(sides);
    return this.#calls(sides, signal);
  }

  /** Null: the candidate did not start. @throws where the baseline, or a lab, did not */
  #started(attempts: readonly PromiseSettledResult<StartedSide>[]): Sides | null {
    const errors = Object.fromEntries(
      this.#sides().map((side, index) => {
        const attempt = attempts[index];
        return [side, attempt?.status === "rejected" ? (attempt.reason as unknown) : null];
      }),
    );
    const { baseline, candidate } = errors;
    if (baseline instanceof ServerError) throw new BaselineError(`the baseline does not start: ${baseline.message}`);
    if (baseline) throw baseline;
    if (candidate instanceof ServerError) return null;
    if (candidate) throw candidate;
    const started = attempts.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    return Object.fromEntries(started.map((side) => [side.side, side])) as Sides;
  }

  async #probe(_sides: Sides): Promise<void> {
    // PLACEHOLDER until part D lands.
    const startedAt = performance.now();
    this.#layerMs.probe = performance.now() - startedAt;
  }

  async #calls(sides: Sides, signal: AbortSignal): Promise<GateEnd> {
    const { profile, emit } = this.#input;
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
      const end = await makeGateCalls({
        sides,
        profile,
        cells: this.#cells,
        cpus: availableParallelism(),
        startedAt: this.#startedAt,
        isFlipped: Math.random() < 0.5,
        signal: AbortSignal.any([signal, breakage.signal]),
        emit,
      });
      if (!broken) return end;
    } catch (error) {
      if (!broken) throw error;
    } finally {
      this.#layerMs.calls = performance.now() - startedAt;
    }
    const { side, error } = broken;
    if (!(error instanceof ServerError)) throw error;
    emit({ type: "gate_server_failed", at: Date.now(), side, reason: error.message, code: "turn_server_lost" });
    if (side === "baseline") throw new BaselineError(`the baseline died: ${error.message}`);
    return "certain_failure";
  }

  #finish(end: GateEnd, reason: string | null = null): void {
    const { emit, signal } = this.#input;
    const at = Date.now();
    const durationMs = performance.now() - this.#startedAt;
    emit({ type: "gate_finished", at, end, reason, layerMs: this.#layerMs, durationMs });
    emit({ type: "run_finished", at, interrupted: signal.aborted, durationMs });
  }

  #labOf(side: GateSide): GateLab {
    const { candidate, baseline, profile } = this.#input;
    const { config, image } = this.#side(side);
    return gateLab(config, (baseline ?? candidate).config, image, profile);
  }

  #sides(): GateSide[] {
    return GATE_SIDES.filter((side) => side === "candidate" || this.#input.baseline !== null);
  }

  #side(side: GateSide): GateSideInput {
    const { candidate, baseline } = this.#input;
    return side === "baseline" && baseline ? baseline : candidate;
  }
}

type Sides = Partial<Record<GateSide, StartedSide>> & { candidate: StartedSide };

/** Where options stand: of one that stands there several times the last line. */
function linesOf({ text }: TurnConfig): Record<string, number> {
  return Object.fromEntries(parseConfig(text).map(({ key, number }) => [key, number]));
}

function shownProfile(profile: GateProfile): GateProfile {
  const iceServers = profile.iceServers.map((entry) =>
    entry.credential === undefined ? entry : { ...entry, credential: "***" },
  );
  return { ...profile, iceServers };
}
