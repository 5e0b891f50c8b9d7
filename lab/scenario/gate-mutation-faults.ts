import * as z from "zod";
import { GATE_LAYERS } from "../model/gate.ts";
import type { ConfigEdit, GateFault, GateMutation, GateMutationBase, GateMutations } from "../model/gate-mutation.ts";
import { didYouMean } from "../model/nearest.ts";
import { CERTIFICATE_FLAWS } from "../model/topology.ts";
import { type Fault, show } from "./fault.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { schemaFaults } from "./structure-faults.ts";

type Keys<T> = Record<keyof T, z.ZodType>;
type EditOf<K extends string> = Keys<Extract<ConfigEdit, Record<K, unknown>>>;

const text = z.string().min(1);
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "a name of a-z, 0-9, ., _ and -");
const edit = z.union([
  z.strictObject({ replace: text, with: z.string() } satisfies EditOf<"replace">),
  z.strictObject({ remove: text } satisfies EditOf<"remove">),
  z.strictObject({ removeAll: text } satisfies EditOf<"removeAll">),
  z.strictObject({ add: z.string(), after: text.optional() } satisfies EditOf<"add">),
  z.strictObject({ swap: z.tuple([text, text]) } satisfies EditOf<"swap">),
  z.strictObject({ lineEndings: z.enum(["crlf"]) } satisfies EditOf<"lineEndings">),
  z.strictObject({ text: z.string() } satisfies EditOf<"text">),
]);

const mutation = {
  name,
  base: text.optional(),
  why: text,
  change: z.array(edit),
  certificate: z.enum([...CERTIFICATE_FLAWS, "other-key"]).optional(),
} satisfies Keys<GateMutation>;

const fault = {
  ...mutation,
  caught: z.partialRecord(z.enum(GATE_LAYERS), z.array(text).min(1)),
  line: z.union([z.null(), text, z.array(text).min(1)]),
  unseen: text.optional(),
} satisfies Keys<GateFault>;

const schema = z.strictObject({
  description: text,
  bases: z.record(text, z.strictObject({ config: text, profile: text } satisfies Keys<GateMutationBase>)),
  faults: z.array(z.strictObject(fault)),
  harmless: z.array(z.strictObject(mutation)),
} satisfies Keys<GateMutations>);

/** What selects every set of mutations. */
export const GATE_TAG = "gate";

/** Whether a value is meant as a set of mutations: only those have both lists. */
export function isGateMutationsValue(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, "faults") && Object.hasOwn(value, "harmless");
}

/** The typed set, or everything that is wrong with it but for what its edits find in the files. */
export function checkGateMutations(value: unknown): { mutations: GateMutations } | { faults: Fault[] } {
  const faults = [...schemaFaults(value, schema, { whole: "(set)" }), ...nameFaults(value), ...meaningFaults(value)];
  // The type is what the checks above have established.
  return faults.length > 0 ? { faults } : { mutations: value as GateMutations };
}

function nameFaults(value: unknown): Fault[] {
  const seen = new Set<unknown>();
  const bases = membersAt(value, "bases").map(([key]) => key);
  const none = bases.length > 0 ? [] : [{ place: "bases", expected: "a good config and its profile", found: "none" }];
  return [
    ...none,
    ...mutationsOf(value).flatMap(({ place, value: one }) => {
      const [own, base] = [valueAt(one, ["name"]), valueAt(one, ["base"])];
      const found: Fault[] = [];
      if (seen.has(own)) found.push({ place: `${place}.name`, expected: "a name that no other has", found: show(own) });
      seen.add(own);
      if (typeof base === "string" && !bases.includes(base)) {
        const expected = `one of ${bases.join(", ")}`;
        found.push({ place: `${place}.base`, expected, found: show(base), ...didYouMean(base, bases) });
      }
      return found;
    }),
  ];
}

/** A mutation that changes nothing, and a fault that nobody may catch, say nothing of the gate. */
function meaningFaults(value: unknown): Fault[] {
  return mutationsOf(value).flatMap(({ place, value: one, isFault }) => {
    const [change, caught, unseen] = ["change", "caught", "unseen"].map((key) => valueAt(one, [key]));
    const found: Fault[] = [];
    if (Array.isArray(change) && change.length === 0 && valueAt(one, ["certificate"]) === undefined)
      found.push({
        place: `${place}.change`,
        expected: "an edit, or a certificate beside it",
        found: "none",
      });
    if (isFault && isRecord(caught) && Object.keys(caught).length === 0)
      found.push({ place: `${place}.caught`, expected: `a layer: ${GATE_LAYERS.join(", ")}`, found: "none" });
    const seers =
      isRecord(caught) && unseen !== undefined ? Object.keys(caught).filter((layer) => layer !== "check") : [];
    if (seers.length > 0)
      found.push({
        place: `${place}.unseen`,
        expected: "none where others than the file tell",
        found: seers.join(", "),
      });
    return found;
  });
}

function mutationsOf(value: unknown): { place: string; value: unknown; isFault: boolean }[] {
  return ["faults", "harmless"].flatMap((key) => {
    const list = valueAt(value, [key]);
    return Array.isArray(list)
      ? list.map((one: unknown, index) => ({ place: `${key}[${index}]`, value: one, isFault: key === "faults" }))
      : [];
  });
}
