import type { createColors } from "picocolors";
import type { ScenarioStatus } from "../../lab/model/summary.ts";

/** Colours, or none: the same functions either way. */
export type Paint = ReturnType<typeof createColors>;

/** The colour of a status or of a threshold's verdict. */
export function paintStatus(status: ScenarioStatus, paint: Paint): (text: string) => string {
  switch (status) {
    case "passed":
      return paint.green;
    case "failed":
    case "errored":
      return paint.red;
    case "no_data":
      return paint.yellow;
    case "skipped":
      return paint.dim;
  }
}
