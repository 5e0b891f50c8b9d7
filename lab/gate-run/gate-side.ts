import { SessionDiagnoser } from "../diagnose-session.ts";
import { GATE_TABLE } from "../gate/gate-facts.ts";
import { GATE_SERVER } from "../gate/gate-topology.ts";
import type { LabContext } from "../lab-context.ts";
import { ServerError } from "../lab-error.ts";
import { type StartedLab, upLab } from "../lab-up.ts";
import { makeCall } from "../make-call.ts";
import type { SessionFinished } from "../model/events.ts";
import type { GateCell, GateSide } from "../model/gate.ts";
import type { Traffic } from "../model/load.ts";
import { WatchedServer } from "../watch-server.ts";
import { withoutSecrets } from "../without-secrets.ts";
import type { GateLab } from "./gate-lab.ts";

/** What a call of a gate is, beside its cell: where it stands, and what it carries. */
export type CallOptions = { round: number; vu: number; iteration: number; traffic?: Traffic };

/** One side of a gate, up in a lab of its own. */
export class StartedSide implements AsyncDisposable {
  readonly side: GateSide;
  readonly lab: StartedLab;
  /** CPU, memory and allocations of its server, from now on. */
  readonly server: WatchedServer;
  readonly #gateLab: GateLab;
  readonly #context: LabContext;
  readonly #diagnoser: SessionDiagnoser;
  #sessions = 0;
  #down: Promise<void> | undefined;

  private constructor(side: GateSide, lab: StartedLab, gateLab: GateLab, context: LabContext) {
    this.side = side;
    this.lab = lab;
    this.#gateLab = gateLab;
    this.#context = context;
    const { topology, peers } = gateLab.scenario;
    this.server = new WatchedServer(lab, GATE_SERVER, context.signal);
    this.#diagnoser = new SessionDiagnoser({
      scenario: side,
      topology,
      peers,
      lab,
      context,
      isExclusive: false,
      // What routers dropped is the sum of many cells: their rules tell more.
      isGrid: true,
    });
  }

  /** Brings it up, and logs that. @throws ServerError where its server is at fault, LabError and others where the lab is */
  static async start(side: GateSide, gateLab: GateLab, context: LabContext): Promise<StartedSide> {
    const startedAt = performance.now();
    const { scenario, spec } = gateLab;
    const { emit } = context;
    emit({ type: "scenario_started", at: Date.now(), scenario: side, definition: withoutSecrets(scenario) });
    try {
      const lab = await upLab(side, spec, context);
      const durationMs = performance.now() - startedAt;
      emit({ type: "lab_up", at: Date.now(), scenario: side, durationMs, nodes: lab.nodes });
      const started = new StartedSide(side, lab, gateLab, context);
      await started.server.start();
      return started;
    } catch (error) {
      if (error instanceof ServerError) {
        const reason = error.message;
        emit({ type: "gate_server_failed", at: Date.now(), side, reason, code: "turn_server_not_started" });
      }
      throw error;
    }
  }

  /** Makes one call of a cell, and logs it. Null: it was interrupted. */
  async call(cell: GateCell, options: CallOptions, signal: AbortSignal): Promise<SessionFinished | null> {
    const { round, vu, iteration, traffic } = options;
    const call = this.#gateLab.callOf(cell, traffic);
    const place = { table: GATE_TABLE, row: cell.id, column: String(round) };
    const where = { scenario: this.side, session: ++this.#sessions, vu, iteration, cell: place };
    const { emit } = this.#context;
    const made = await makeCall(this.lab, call, where, { emit, signal, diagnose: this.#diagnoser.diagnose });
    return made?.finished ?? null;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#down ??= this.#end();
    return this.#down;
  }

  async #end(): Promise<void> {
    const startedAt = performance.now();
    await this.lab.down();
    const durationMs = performance.now() - startedAt;
    this.#context.emit({ type: "lab_down", at: Date.now(), scenario: this.side, durationMs });
  }
}
