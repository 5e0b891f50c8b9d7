import jstat from "jstat";
import { inverse, Matrix, solve } from "ml-matrix";

/** How a quantity is made up of others: `y = sum of coefficient × column`. */
export type Fit = {
  /** By column; never negative. */
  coefficients: Record<string, number>;
  /** 95 %, by Student's t; null where no sample is left over. Of a coefficient at zero it is an upper bound. */
  intervals: Record<string, [number, number] | null>;
  samples: number;
  /** Share of the spread around the mean that is explained; null where there is none. */
  r2: number | null;
  /** Root of the mean square of what is left. */
  rms: number;
  /** Columns that go together with those before them so much that they cannot be told from them; they are not in the fit. */
  notTold: { column: string; with: string[] }[];
};

/** Of a column's length that must stand apart from all before it, for its coefficient to be its own. */
const LEAST_APART = 0.05;

/**
 * Least squares with coefficients of at least zero, over columns in the order of their weight: one that is (nearly) a combination of those
 * before it is left out, and said to be. The best of all sets of columns whose coefficients come out positive, which with a few columns is the
 * exact answer (Lawson and Hanson 1974, chapter 23). Null with fewer samples than columns that could be told.
 */
export function fitNonNegative(columns: Readonly<Record<string, readonly number[]>>, y: readonly number[]): Fit | null {
  const { told, notTold } = tellApart(columns, y.length);
  if (told.length === 0 || y.length < told.length) return null;
  const best = subsets(told)
    .map((names) => solveFor(names, columns, y))
    .filter((one) => one?.values.every((value) => value >= 0))
    .sort((a, b) => (a?.rss ?? 0) - (b?.rss ?? 0))[0];
  if (!best) return null;
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const spread = y.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    coefficients: Object.fromEntries(told.map((name) => [name, best.values[best.names.indexOf(name)] ?? 0])),
    intervals: intervalsOf(told, columns, y.length, best),
    samples: y.length,
    r2: spread > 0 ? 1 - best.rss / spread : null,
    rms: Math.sqrt(best.rss / y.length),
    notTold,
  };
}

type Solved = { names: readonly string[]; values: number[]; rss: number };

function matrixOf(names: readonly string[], columns: Readonly<Record<string, readonly number[]>>): Matrix {
  return new Matrix(names.map((name) => [...(columns[name] ?? [])])).transpose();
}

function solveFor(
  names: readonly string[],
  columns: Readonly<Record<string, readonly number[]>>,
  y: readonly number[],
): Solved | null {
  const right = Matrix.columnVector([...y]);
  if (names.length === 0) return { names, values: [], rss: right.dot(right) };
  const scales = names.map((name) => norm(columns[name] ?? []));
  if (scales.some((scale) => scale === 0)) return null;
  // Columns of one length: packets and megabits differ by orders of magnitude.
  const x = matrixOf(names, columns).divRowVector(scales);
  const solution = solve(x, right, true);
  const left = Matrix.sub(right, x.mmul(solution));
  const values = solution.to1DArray().map((value, index) => value / (scales[index] ?? 1));
  return { names, values, rss: left.dot(left) };
}

/** Greedy, in the order given: what is left of a column after those before it are taken out of it. */
function tellApart(columns: Readonly<Record<string, readonly number[]>>, samples: number) {
  const told: string[] = [];
  const notTold: Fit["notTold"] = [];
  for (const [name, column] of Object.entries(columns)) {
    const length = norm(column);
    if (length === 0) continue;
    const fitted = told.length === 0 ? null : solveFor(told, columns, column);
    const apart = fitted ? Math.sqrt(fitted.rss) / length : 1;
    if (apart >= LEAST_APART && told.length < samples) {
      told.push(name);
      continue;
    }
    const shares = told.map((other, index) => ({
      other,
      share: ((fitted?.values[index] ?? 0) * norm(columns[other] ?? [])) / length,
    }));
    notTold.push({ column: name, with: shares.filter(({ share }) => share > 0.2).map(({ other }) => other) });
  }
  return { told, notTold };
}

function intervalsOf(
  told: readonly string[],
  columns: Readonly<Record<string, readonly number[]>>,
  samples: number,
  { names, values, rss }: Solved,
): Fit["intervals"] {
  const freedom = samples - told.length;
  if (freedom < 1) return Object.fromEntries(told.map((name) => [name, null]));
  const scales = told.map((name) => norm(columns[name] ?? []));
  const x = matrixOf(told, columns).divRowVector(scales);
  const covariance = inverse(x.transpose().mmul(x)).mul(rss / freedom);
  const t = jstat.studentt.inv(0.975, freedom);
  return Object.fromEntries(
    told.map((name, index) => {
      const value = values[names.indexOf(name)] ?? 0;
      const half = (t * Math.sqrt(Math.max(0, covariance.get(index, index)))) / (scales[index] ?? 1);
      return [name, [Math.max(0, value - half), value + half]];
    }),
  );
}

function norm(values: readonly number[]): number {
  return Math.hypot(...values);
}

function subsets(names: readonly string[]): string[][] {
  const [first, ...rest] = names;
  if (first === undefined) return [[]];
  return subsets(rest).flatMap((set) => [set, [first, ...set]]);
}
