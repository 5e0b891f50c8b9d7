import type { Draft, Field } from "./draft.ts";
import type { RepairName } from "./repairs.ts";

/** How a cause is built into a call of the field, and what may mend it. */
export type Cause = {
  /** What it needs of the plain call, changed. */
  build: (draft: Draft, field: Field) => Draft;
  repairs: readonly RepairName[];
  /** Calls connect over a relay, and are lost. Default: none connects. */
  drops?: true;
};
