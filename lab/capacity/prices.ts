import { z } from "zod";
import { parseJson } from "../gate/parse-json.ts";
import type { PriceTable } from "../model/capacity-plan.ts";
import type { Fault } from "../scenario/fault.ts";
import { schemaFaults } from "../scenario/structure-faults.ts";
import table from "./prices.json" with { type: "json" };

const sourced = {
  source: z.string().min(1),
  date: z.iso.date(),
  note: z.string().optional(),
};
const amount = z.number().nonnegative();

/** The shape of a price table, for whoever brings his own: `prices.schema.json` says the same. What is not known is null. */
export const pricesSchema = z
  .strictObject({
    $schema: z.string().optional(),
    currency: z.string().min(1),
    machines: z.array(
      z.strictObject({
        name: z.string().min(1),
        provider: z.string().min(1),
        cpus: z.number().positive().nullable(),
        memoryBytes: z.number().positive().nullable(),
        nicBitsPerSecond: z.number().positive().nullable(),
        monthly: z.strictObject({ low: amount, high: amount }).nullable(),
        egressPerGigabyte: amount.nullable(),
        ...sourced,
      }),
    ),
    services: z.array(
      z.strictObject({
        name: z.string().min(1),
        bills: z.discriminatedUnion("by", [
          z.strictObject({ by: z.literal("participant-minute"), price: amount }),
          z.strictObject({ by: z.literal("gigabyte"), price: amount, freeGigabytes: amount }),
          z.strictObject({ by: z.literal("package"), freeGigabytes: amount, monthly: amount, gigabytes: amount }),
          z.strictObject({ by: z.literal("unknown") }),
        ]),
        ...sourced,
      }),
    ),
  })
  .meta({ title: "prices.json", description: "What machines and managed TURN services cost, for turnlab capacity." });

/** What is known without a file of the planner's own; each entry with its source and date. */
export const PRICES: PriceTable = pricesSchema.parse(table);

export type ReadPrices = { prices: PriceTable } | { faults: Fault[] };

/** Reads a planner's own table, in the place of the whole of `PRICES`, or says everything that is wrong with it. Pure. */
export function readPrices(text: string): ReadPrices {
  const json = parseJson(text, "a price table");
  if ("fault" in json) return { faults: [json.fault] };
  const faults = schemaFaults(json.value, pricesSchema, { whole: "(price table)" });
  if (faults.length > 0) return { faults };
  const { $schema: _, ...prices } = json.value as PriceTable & { $schema?: string };
  const upsideDown = prices.machines.flatMap(({ monthly }, index): Fault[] =>
    monthly && monthly.low > monthly.high
      ? [
          {
            place: `machines[${index}].monthly`,
            expected: "low at most as high as high",
            found: `${monthly.low} and ${monthly.high}`,
          },
        ]
      : [],
  );
  return upsideDown.length > 0 ? { faults: upsideDown } : { prices };
}

/** As it stands in prices.schema.json. */
export function pricesJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(pricesSchema, { io: "input", reused: "ref" }), null, 2)}\n`;
}
