import type { Calibration, CapacityModel, Cost, TransportCost } from "../model/capacity-model.ts";

/**
 * The model of another machine: all that is CPU, by the factor of what a packet costs there over what it costs here. `here`: the same
 * calibration of the machine that the model is from; without it the model itself says what that packet costs. Null where neither does.
 */
export function rescale(
  model: CapacityModel,
  there: Calibration,
  here: Calibration | null = null,
): CapacityModel | null {
  const own = here?.cpuMsPerHop ?? hopCost(model, there);
  if (own === null || own <= 0 || there.cpuMsPerHop <= 0) return null;
  const factor = there.cpuMsPerHop / own;
  const by = here ? "the same calibration on both" : "its calibration against this model";
  const note = `a packet of ${there.packetBytes} bytes over ${there.over.toUpperCase()} costs ${factor.toFixed(2)} times as much CPU there, by ${by}`;
  return {
    ...model,
    transports: model.transports.map((cost) => scaled(cost, factor)),
    atKnee: model.atKnee.map((knee) => ({ ...knee, cpuMsPerCall: knee.cpuMsPerCall * factor })),
    rescaled: { machine: there.machine, factor, note },
  };
}

function hopCost({ transports }: CapacityModel, { over, packetBytes }: Calibration): number | null {
  const costs = transports.find((cost) => cost.over === over)?.costs;
  if (!costs?.hop) return null;
  return costs.hop.cpuMs + ((costs.megabit?.cpuMs ?? 0) * packetBytes * 8) / 1e6;
}

function scaled(cost: TransportCost, factor: number): TransportCost {
  const entries = Object.entries(cost.costs).map(([term, { cpuMs, interval }]): [string, Cost] => [
    term,
    { cpuMs: cpuMs * factor, interval: interval && [interval[0] * factor, interval[1] * factor] },
  ]);
  const { residual } = cost;
  return {
    ...cost,
    costs: Object.fromEntries(entries),
    residual: residual && { ...residual, rms: residual.rms * factor },
  };
}
