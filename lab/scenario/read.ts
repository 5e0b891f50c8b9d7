import { ROLES } from "../model/scenario.ts";

/** Reads a value of unknown structure without throwing, so that one fault does not hide the others. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path, undefined where the path ends early. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined),
    value,
  );
}

/** The named members of the object at a path, none where there is no object. */
export function membersAt(value: unknown, ...path: string[]): [string, unknown][] {
  const at = valueAt(value, path);
  return isRecord(at) ? Object.entries(at) : [];
}

/** Whether a value is meant as a load of raw allocations: only those have one. */
export function isAllocationsValue(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, "allocation");
}

/** The names of its WebRTC peers. */
export function peerNamesOf(value: unknown): readonly string[] {
  if (isAllocationsValue(value)) return [];
  return isGridValue(value) ? membersAt(value, "peers").map(([name]) => name) : ROLES;
}

/** Whether a value is meant as a grid: only those have cells. */
export function isGridValue(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, "cells");
}
