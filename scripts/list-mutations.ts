import { columns, wrap } from "../reports/render/columns.ts";
import { screenOf } from "./screen.ts";
import type { SelectedMutations } from "./select-mutations.ts";

/** `turnlab list SET`: every mutation of it by its name, with whom it hits, or why it hits nobody. */
export function listMutations({ name, all }: SelectedMutations, { json }: { json?: boolean }): number {
  const rows = all.map(({ kind, mutation }) => ({ name: mutation.name, kind, why: mutation.why }));
  if (json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const { width } = screenOf(process.stdout);
  const widest = Math.max(0, ...rows.map((row) => row.name.length));
  const sections = [
    { title: `Faults, each of which the gate must catch (./turnlab run ${name}/NAME runs one):`, kind: "fault" },
    { title: "Harmless edits, each of which must pass:", kind: "harmless" },
  ].flatMap(({ title, kind }) => {
    const own = rows.filter((row) => row.kind === kind);
    if (own.length === 0) return [];
    const lines = own.flatMap((row) =>
      wrap(row.why, Math.max(30, width - widest - 4)).map((line, index) => [index === 0 ? `  ${row.name}` : "", line]),
    );
    return [[title, ...columns(lines, ["left", "left"])].join("\n")];
  });
  process.stdout.write(`${sections.join("\n\n")}\n`);
  return 0;
}
