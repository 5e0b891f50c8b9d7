import type * as z from "zod";
import { REFUSED_LOAD_KEYS } from "../model/load.ts";
import { didYouMean } from "../model/nearest.ts";
import { allocationsSchema } from "./allocation-schema.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isAllocationsValue, isGridValue, valueAt } from "./read.ts";
import { gridSchema, scenarioSchema } from "./schema.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
type Root = { value: unknown; schema: unknown } & Required<Words>;

/** `whole`: what all of it is called. `show`: a value at a place as a message may show it. */
type Words = { whole?: string; show?: (value: unknown, path: readonly PropertyKey[]) => string };

/** Every fault in the structure: unknown and missing keys, wrong types, wrong words, numbers out of range. */
export function structureFaults(value: unknown): Fault[] {
  const schema = isAllocationsValue(value) ? allocationsSchema : isGridValue(value) ? gridSchema : scenarioSchema;
  return schemaFaults(value, schema).map(withReason);
}

/** Where k6 has it, and this lab has a reason not to. */
function withReason(fault: Fault): Fault {
  const key = fault.place.slice("load.".length);
  if (fault.place.startsWith("load.") && Object.hasOwn(REFUSED_LOAD_KEYS, key))
    return {
      ...fault,
      hint: `k6's ${key} has no sense here: ${REFUSED_LOAD_KEYS[key as keyof typeof REFUSED_LOAD_KEYS]}.`,
    };
  if (fault.place === "load.executor" && fault.found === '"externally-controlled"')
    return { ...fault, hint: "k6's externally-controlled takes orders while it runs, and nothing here gives any." };
  return fault;
}

/** Everything in a value that a schema does not allow, in the words of the one who wrote it. */
export function schemaFaults(
  value: unknown,
  schema: z.ZodType,
  { whole = "(scenario)", show: showAt = show }: Words = {},
): Fault[] {
  const result = schema.safeParse(value);
  const root = { value, schema, whole, show: showAt };
  return result.success ? [] : result.error.issues.flatMap((issue) => faultsOf(issue, [], root));
}

function faultsOf(issue: Issue, base: Path, root: Root): Fault[] {
  const path = [...base, ...issue.path];
  const found = valueAt(root.value, path);
  if (issue.code === "unrecognized_keys") {
    const legal = legalKeys(path, root);
    return issue.keys.map((key) => ({
      place: placeOf([...path, key], root),
      expected: legal.length === 0 ? "no such key" : `one of ${legal.join(", ")}`,
      found: `the key "${key}"`,
      ...didYouMean(key, legal),
    }));
  }
  if (issue.code === "invalid_union") {
    // The branch of the value's own type knows best what is wrong with it.
    const branch = issue.errors.find(
      (issues) => !issues.some((inner) => inner.path.length === 0 && isOtherType(inner, found)),
    );
    if (branch) return branch.flatMap((inner) => faultsOf(inner, path, root)).map((fault) => withList(fault, issue));
  }
  // In each union of the schema the object, where it has one, stands last.
  const keys = issue.code === "invalid_union" ? legalKeys(path, root) : [];
  const words = issue.code === "invalid_value" ? issue.values.map(String) : [];
  return [
    {
      place: placeOf(path, root),
      expected: `${rangeAt(path, issue, root) ?? expectation(issue)}${keys.length === 0 ? "" : ` of ${keys.join(", ")}`}`,
      found: root.show(found, path),
      ...(typeof found === "string" ? didYouMean(found, words) : {}),
    },
  ];
}

/** A wrong word where a list may stand as well, such as the `"none"` that is `[]`. */
function withList(fault: Fault, { errors }: Extract<Issue, { code: "invalid_union" }>): Fault {
  const roots = errors.flat().filter(({ path }) => path.length === 0);
  const isWord = roots.some(({ code }) => code === "invalid_value");
  const isList = roots.some((issue) => issue.code === "invalid_type" && issue.expected === "array");
  return isWord && isList ? { ...fault, expected: `${fault.expected} or a list` } : fault;
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected] ?? `a ${issue.expected}`;
    case "invalid_value":
      return issue.values.map((word) => `"${String(word)}"`).join(", ");
    case "invalid_union": {
      return [...new Set(issue.errors.flat().map(expectation))].join(" or ");
    }
    case "too_small":
      if (issue.origin === "string") return "some text";
      if (issue.origin === "array") return `at least ${issue.minimum} of them`;
      return issue.inclusive ? `a number from ${issue.minimum} on` : `a number above ${issue.minimum}`;
    case "too_big":
      return `a number up to ${issue.maximum}`;
    default:
      return issue.message;
  }
}

type Bound = { check: string; value: number; inclusive: boolean };

/** `a number from 0 to 1`: both ends of what a number may be, where it is out of range and the schema has both. */
function rangeAt(path: Path, issue: Issue, { schema }: Root): string | null {
  if ((issue.code !== "too_small" && issue.code !== "too_big") || !["number", "int"].includes(issue.origin))
    return null;
  for (const { checks = [] } of schemasAt(path, schema).map(definitionOf)) {
    const bounds = checks.map(({ _zod }) => _zod.def);
    const least = bounds.find(({ check }) => check === "greater_than");
    const most = bounds.find(({ check }) => check === "less_than");
    if (!least || !most) continue;
    return `a number ${least.inclusive ? "from" : "above"} ${least.value}${least.inclusive ? "" : ", up"} to ${most.value}`;
  }
  return null;
}

const TYPE_NAMES: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object of names and values",
  array: "a list",
};

/** Whether a branch of a union is about values of another type than this one. */
function isOtherType(issue: Issue, found: unknown): boolean {
  return issue.code === "invalid_type" || (issue.code === "invalid_value" && typeof found !== "string");
}

/** The keys that the schema allows at a place, whichever branch of a union stands there. */
function legalKeys(path: Path, { schema }: Root): string[] {
  return [...new Set(schemasAt(path, schema).flatMap((schema) => Object.keys(shapeOf(schema) ?? {})))];
}

/** What may stand at a place, each branch of a union by itself. */
function schemasAt(path: Path, schema: unknown): unknown[] {
  let schemas: unknown[] = [schema];
  for (const key of path) schemas = schemas.flatMap(alternatives).flatMap((schema) => childOf(schema, key));
  return schemas.flatMap(alternatives);
}

type Definition = {
  type?: string;
  shape?: Record<string, unknown>;
  innerType?: unknown;
  options?: readonly unknown[];
  element?: unknown;
  valueType?: unknown;
  checks?: readonly { _zod: { def: Bound } }[];
};

function definitionOf(schema: unknown): Definition {
  return (schema as { def?: Definition } | undefined)?.def ?? {};
}

function alternatives(schema: unknown): unknown[] {
  const { innerType, options } = definitionOf(schema);
  if (innerType !== undefined) return alternatives(innerType);
  return options ? options.flatMap(alternatives) : [schema];
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  return definitionOf(schema).shape;
}

function childOf(schema: unknown, key: PropertyKey): unknown[] {
  const { shape, element, valueType } = definitionOf(schema);
  const child = shape?.[String(key)] ?? element ?? valueType;
  return child === undefined ? [] : [child];
}

/** `peers.offerer.iceServers[0].urls`. */
function placeOf(path: Path, { whole }: Root): string {
  const place = path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );
  return place === "" ? whole : place;
}
