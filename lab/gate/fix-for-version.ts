import { compareVersions } from "../turn-config/version.ts";

/** `X (up to 4.6)`, `Y (from 4.7)`, `Z (4.6)`: what mends it in some versions alone. */
const ALTERNATIVE = /^(.*) \((up to |from |)(\d+(?:\.\d+)+)\)$/;

/** Of a change that is another in other versions, those parts that hold for this one. Where nobody knows it, all. Pure. */
export function fixForVersion(fix: string | null, version: string | null): string | null {
  const own = version === null ? null : (/\d+(\.\d+)+/.exec(version)?.[0] ?? null);
  if (fix === null || own === null) return fix;
  const parts = fix.split(", ").map((part) => {
    const [, text = "", word, bound = ""] = ALTERNATIVE.exec(part) ?? [];
    return word === undefined ? { text: part, holds: true } : { text, holds: holds(word, bound, own) };
  });
  const left = parts.filter((part) => part.holds).map(({ text }) => text);
  return left.length === 0 ? fix : left.join(", ").replace(/^or /, "");
}

/** A bound of two numbers has all of its patch versions. */
function holds(word: string, bound: string, own: string): boolean {
  const cut = own.split(".").slice(0, bound.split(".").length).join(".");
  const order = compareVersions(cut, bound);
  return word === "from " ? order >= 0 : word === "up to " ? order <= 0 : order === 0;
}
