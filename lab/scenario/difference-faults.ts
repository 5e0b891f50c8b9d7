import { type CellPattern, matchesCell } from "../model/engine-difference.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, valueAt } from "./read.ts";
import { listed } from "./topology-faults.ts";

/** The lists of a pattern, and what of a cell each names. */
const AXES = { tables: "table", rows: "row", columns: "column" } as const;

type Place = { table: string; row: string; column: string };
type Pattern = {
  difference: number;
  place: string;
  engine: unknown;
  value: CellPattern;
};

/** Faults of a grid's known differences: patterns that fit no cell, and cells that two of one engine's fit. */
export function differenceFaults(grid: unknown): Fault[] {
  const cells = listAt(grid, "cells").filter(isPlace);
  const patterns = listAt(grid, "differences").flatMap((difference, index): Pattern[] =>
    listAt(difference, "where").flatMap((value, at) => {
      const place = `differences[${index}].where[${at}]`;
      return isPattern(value) ? [{ difference: index, place, engine: valueAt(difference, ["engine"]), value }] : [];
    }),
  );
  return [
    ...patterns.flatMap((pattern) => {
      const unknown = unknownNames(pattern, cells);
      return unknown.length > 0 ? unknown : emptyFaults(pattern, cells);
    }),
    ...sharedFaults(patterns, cells),
  ];
}

function unknownNames({ place, value }: Pattern, cells: readonly Place[]): Fault[] {
  return (Object.keys(AXES) as (keyof typeof AXES)[]).flatMap((axis) => {
    const names = [...new Set(cells.map((cell) => cell[AXES[axis]]))];
    return (value[axis] ?? []).flatMap((name, index): Fault[] => {
      if (names.includes(name)) return [];
      const expected = `a ${AXES[axis]} of the cells${listed(names)}`;
      return [{ place: `${place}.${axis}[${index}]`, expected, found: show(name), ...didYouMean(name, names) }];
    });
  });
}

function emptyFaults({ place, value }: Pattern, cells: readonly Place[]): Fault[] {
  if (cells.some((cell) => matchesCell({ where: [value] }, cell))) return [];
  return [{ place, expected: "a pattern of at least one cell", found: show(value) }];
}

/** What a cell is known to come to is one thing. */
function sharedFaults(patterns: readonly Pattern[], cells: readonly Place[]): Fault[] {
  return patterns.flatMap((pattern, index): Fault[] => {
    const before = patterns
      .slice(0, index)
      .filter(({ difference, engine }) => difference !== pattern.difference && engine === pattern.engine)
      .filter(({ value }) => mayMeet(value.computed, pattern.value.computed));
    const of = ({ value }: Pattern, cell: Place) => matchesCell({ where: [value] }, cell);
    const shared = cells.find((cell) => of(pattern, cell) && before.some((other) => of(other, cell)));
    const other = shared && before.find((one) => of(one, shared));
    if (!shared || !other) return [];
    const found = `${show(shared.table)}, ${show(shared.row)}, ${show(shared.column)}, which ${other.place} has`;
    return [{ place: pattern.place, expected: "cells that no other difference of the engine has", found }];
  });
}

/** What is computed for a cell is one thing too. */
function mayMeet(one: CellPattern["computed"], other: CellPattern["computed"]): boolean {
  return one === undefined || other === undefined || one.some((outcome) => other.includes(outcome));
}

function listAt(value: unknown, key: string): unknown[] {
  const at = valueAt(value, [key]);
  return Array.isArray(at) ? at : [];
}

function isPlace(cell: unknown): cell is Place {
  return isRecord(cell) && Object.values(AXES).every((key) => typeof cell[key] === "string");
}

/** Anything else is told as a fault of the structure. */
function isPattern(value: unknown): value is CellPattern {
  return (
    isRecord(value) &&
    [...Object.keys(AXES), "computed"].every((axis) => {
      const names = value[axis];
      return names === undefined || (Array.isArray(names) && names.every((name) => typeof name === "string"));
    })
  );
}
