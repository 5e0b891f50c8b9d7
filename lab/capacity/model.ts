import type { CapacityCall, MachineSize, ServerRoom } from "../model/capacity.ts";
import type { Calibration, CapacityModel, Prediction } from "../model/capacity-model.ts";
import type { CapacitySearch } from "../model/capacity-report.ts";

/** What carrying costs, fitted to all steps of all searches; null where too few of them were measured. */
export function fitModel(_searches: readonly CapacitySearch[]): CapacityModel | null {
  return null;
}

/** The knee of a size, and what would bind there. `room`: of the server's own limits, where they are known. */
export function predict(
  _model: CapacityModel,
  size: MachineSize,
  call: CapacityCall,
  _room: ServerRoom | null,
): Prediction {
  return {
    size,
    call,
    calls: null,
    interval: null,
    constraint: null,
    bounds: [],
    basis: "extrapolated",
    assumptions: [],
    measured: null,
  };
}

/** The model of another machine: its CPU per packet over this one's scales all that is CPU. */
export function rescale(model: CapacityModel, calibration: Calibration): CapacityModel {
  return { ...model, rescaled: { machine: calibration.machine, factor: 1 } };
}
