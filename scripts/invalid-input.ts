import { type Fault, formatFaults } from "../lab/scenario/fault.ts";

/** Something the user gave cannot be used: one message with every fault, exit 104, nothing started. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
}

/** In the form of all faults: place, expected, found, what to try. */
export function badInput(faults: Fault | readonly Fault[], { heading = "command line", ...options }: BadInput = {}) {
  return new InvalidInput(formatFaults(heading, [faults].flat()), options);
}

type BadInput = ErrorOptions & { heading?: string };
