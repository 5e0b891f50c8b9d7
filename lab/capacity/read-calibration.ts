import { z } from "zod";
import { parseJson } from "../gate/parse-json.ts";
import type { Calibration } from "../model/capacity-model.ts";
import type { Fault } from "../scenario/fault.ts";
import { schemaFaults } from "../scenario/structure-faults.ts";

/** calibration.json, as `turnlab calibrate` writes it. */
const calibrationSchema = z.strictObject({
  machine: z.string().min(1),
  measuredAt: z.iso.datetime(),
  over: z.enum(["udp", "tcp", "tls"]),
  packetBytes: z.int().positive(),
  cpuMsPerHop: z.number().positive(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
} satisfies Record<keyof Calibration, z.ZodType>);

/** Reads one, or says everything that is wrong with it. Pure. */
export function readCalibration(text: string): { calibration: Calibration } | { faults: Fault[] } {
  const json = parseJson(text, "what turnlab calibrate wrote");
  if ("fault" in json) return { faults: [json.fault] };
  const faults = schemaFaults(json.value, calibrationSchema, { whole: "(calibration)" });
  return faults.length > 0 ? { faults } : { calibration: calibrationSchema.parse(json.value) };
}
