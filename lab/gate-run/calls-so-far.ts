import { isCounted } from "../gate/cell-findings.ts";
import { cellResults, isGoodCall } from "../gate/cell-results.ts";
import { undisturbed } from "../gate/controls.ts";
import { gateCall } from "../gate/gate-facts.ts";
import type { SessionFinished } from "../model/events.ts";
import type { CellResult, GateCall, GateCell, GateSide } from "../model/gate.ts";
import type { GateProfile } from "../model/gate-profile.ts";
import type { Standing } from "./gate-rounds.ts";

type Began = { session: number; call: GateCall };

/** The calls of a gate that runs, and how its cells stand. */
export class CallsSoFar {
  readonly #cells: readonly GateCell[];
  readonly #profile: GateProfile;
  readonly #calls: Partial<Record<GateSide, Began[]>>;

  constructor(cells: readonly GateCell[], profile: GateProfile, hasBaseline: boolean) {
    this.#cells = cells;
    this.#profile = profile;
    this.#calls = { candidate: [], ...(hasBaseline ? { baseline: [] } : {}) };
  }

  /** `elapsedMs`: by the harness's clock. */
  add(side: GateSide, finished: SessionFinished, elapsedMs: number): void {
    this.#calls[side]?.push({ session: finished.session, call: gateCall(finished, elapsedMs) });
  }

  /** As the verdict will be made of them (lab/gate): by what the profile counts, in the order in which they began. */
  standings(): Standing[] {
    const [candidate, baseline] = [this.#inOrder("candidate") ?? [], this.#inOrder("baseline")];
    const sides = { candidate: { calls: candidate }, ...(baseline ? { baseline: { calls: baseline } } : {}) };
    return cellResults({ cells: [...this.#cells], profile: this.#profile, sides }).map((result) => ({
      cell: result.id,
      candidate: this.#outcomes(candidate, result),
      baseline: baseline && this.#outcomes(baseline, result),
      verdict: result.verdict === "failed" && !isCounted(result, this.#profile) ? "not_counted" : result.verdict,
      decision: result.candidate.decision,
    }));
  }

  #inOrder(side: GateSide): GateCall[] | null {
    const calls = this.#calls[side];
    return calls ? this.#undisturbed(calls).calls : null;
  }

  /** Whether a round of a side counts. */
  isDisturbed(side: GateSide, round: number): boolean {
    return this.#undisturbed(this.#calls[side] ?? []).disturbed.includes(round);
  }

  #undisturbed(calls: readonly Began[]) {
    const inOrder = calls.toSorted((a, b) => a.session - b.session).map(({ call }) => call);
    return undisturbed(inOrder, this.#profile.limits.connectTimeMs);
  }

  #outcomes(calls: readonly GateCall[], { id }: CellResult): boolean[] {
    const { connectTimeMs } = this.#profile.limits;
    return calls.filter(({ cell }) => cell === id).map((call) => isGoodCall(call, connectTimeMs));
  }
}
