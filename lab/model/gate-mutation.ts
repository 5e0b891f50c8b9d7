import type { GateLayer } from "./gate.ts";
import type { CertificateFlaw } from "./topology.ts";

/** The gate's own proof: a good turnserver.conf, changed in one thing at a time, with what the gate must say of each change. */

/** A whole line of the text without blanks at its ends, or the option that only one line has. */
export type LineRef = string;

/** Where the lines that an edit names are not there, or one of them is there twice, the set is at fault. */
export type ConfigEdit =
  | { replace: LineRef; with: string }
  | { remove: LineRef }
  /** All lines of one option. */
  | { removeAll: string }
  /** One line or several, behind that one; without `after` at the end. */
  | { add: string; after?: LineRef }
  | { swap: readonly [LineRef, LineRef] }
  | { lineEndings: "crlf" }
  /** All of it. */
  | { text: string };

export type GateMutation = {
  /** In kebab-case; each once in a set, of faults and harmless edits together. */
  name: string;
  /** Of the set's `bases`; default: the first. */
  base?: string;
  /** One sentence: whom it hits and how, or why it hits nobody. */
  why: string;
  /** In this order; none where the fault lies beside the file. */
  change: readonly ConfigEdit[];
  /** What is wrong with the certificate beside the changed file; `other-key`: its `pkey` belongs to another. */
  certificate?: CertificateFlaw | "other-key";
};

export type GateFault = GateMutation & {
  /**
   * Where it may be caught, and under which names: rules of the check, ids of probes, cells and codes of calls. `*` stands for
   * any characters. One of the names, in one of the layers, must be among what fails the gate.
   */
  caught: Partial<Record<GateLayer, readonly string[]>>;
  /**
   * The line of the changed file that a finding has to name, or lines of which it has to name one. Null: no line has it, because
   * it is missing or lies beside the file.
   */
  line: LineRef | readonly LineRef[] | null;
  /** Why a running server shows nothing of it to anybody outside; only where the check of the file alone can catch it. */
  unseen?: string;
};

/** A good config and what its clients need: paths, relative to the set's file. */
export type GateMutationBase = { config: string; profile: string };

export type GateMutations = {
  description: string;
  bases: Readonly<Record<string, GateMutationBase>>;
  /** Each must fail the gate, against its base as baseline. */
  faults: readonly GateFault[];
  /** Each must pass it. */
  harmless: readonly GateMutation[];
};

/**
 * What came of one gate. Of a fault: `caught`; `misnamed`, failed for none of the names that it may be caught under; `missed`. Of a
 * harmless edit: `passed`; `false_alarm`. Of either: `undecided`; `errored`, the lab broke.
 */
export const MUTATION_OUTCOMES = [
  "caught",
  "passed",
  "missed",
  "misnamed",
  "false_alarm",
  "undecided",
  "errored",
] as const;
export type MutationOutcome = (typeof MUTATION_OUTCOMES)[number];

/** A line of mutations.jsonl. */
export type MutationResult = {
  name: string;
  kind: "fault" | "harmless";
  outcome: MutationOutcome;
  /** The finding that decided it; of a missed or a passed one null. */
  finding: { layer: GateLayer; rule: string; line: number | null; what: string } | null;
  /** Of an errored one, and what a fault had to be called. */
  reason: string | null;
  durationMs: number;
  /** Of the gate, inside of the run's folder. */
  folder: string;
};
