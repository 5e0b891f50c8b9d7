import { FORMS, type Form } from "../model/field-failure.ts";
import { type Fault, show } from "./fault.ts";
import { isRecord, valueAt } from "./read.ts";

/** Whether a value is meant as a failure with its two forms: only those have them. */
export function isFailureValue(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && FORMS.some((form) => Object.hasOwn(value, form));
}

/** One form of a failure as the scenario that it is, unchecked but for what makes it a form. */
export function scenarioOf(value: unknown, form: Form, place: string): { value: unknown } | { faults: Fault[] } {
  if (!isFailureValue(value)) {
    const found = isRecord(value) && Object.hasOwn(value, "topology") ? "a scenario" : show(value);
    return {
      faults: [{ place, expected: "export default defineFailure({ field: …, broken: …, repaired: … })", found }],
    };
  }
  const faults = failureFaults(value);
  if (faults.length > 0) return { faults };
  const { field, [form]: scenario } = value;
  if (!isRecord(scenario)) return { value: scenario };
  const own = Array.isArray(scenario.tags) ? scenario.tags : [];
  return { value: { ...scenario, tags: [...own, "failures", ...(field === undefined ? [] : [field])] } };
}

const KEYS = ["field", ...FORMS];

/** What makes two scenarios a failure and its repair; what else may be wrong with either is told of that form. */
function failureFaults(value: Record<string, unknown>): Fault[] {
  const faults: Fault[] = [];
  for (const key of Object.keys(value).filter((key) => !KEYS.includes(key)))
    faults.push({ place: key, expected: `a key of a failure: ${KEYS.join(", ")}`, found: show(key) });
  const { field } = value;
  if (field !== undefined && !isFieldNumber(field))
    faults.push({ place: "field", expected: "F01 to F39, or none", found: show(field) });
  for (const form of FORMS) {
    if (!isRecord(value[form])) faults.push({ place: form, expected: "a scenario", found: show(value[form]) });
  }
  if (faults.length > 0) return faults;
  if (valueAt(value, ["broken", "expectedFailure"]) === undefined) {
    const expected = "the failure that every session must have";
    faults.push({ place: "broken.expectedFailure", expected, found: "nothing" });
  }
  const left = valueAt(value, ["repaired", "expectedFailure"]);
  if (left !== undefined) {
    const hint = "Where the repaired form is spread over the broken one: expectedFailure: undefined.";
    faults.push({ place: "repaired.expectedFailure", expected: "none: it is mended", found: show(left), hint });
  }
  const path = valueAt(value, ["repaired", "expectedPath"]);
  if (path === undefined || path === "none") {
    const expected = "the path over which it connects: local, direct or relayed";
    faults.push({ place: "repaired.expectedPath", expected, found: show(path) });
  }
  return faults;
}

function isFieldNumber(value: unknown): boolean {
  const [, digits] = /^F(\d\d)$/.exec(String(value)) ?? [];
  return digits !== undefined && Number(digits) >= 1 && Number(digits) <= 39;
}
