import type { StartedLab } from "./lab-up.ts";

/** Resident memory of all that runs in a container, which is a PID namespace of its own. */
export async function residentBytes({ fabric }: Pick<StartedLab, "fabric">, pid: number): Promise<number | null> {
  const listed = await fabric.exec(["ps", "-e", "-o", "pid=,pidns=,rss="]);
  const rows = listed.split("\n").map((line) => line.trim().split(/\s+/));
  const namespace = rows.find(([number]) => Number(number) === pid)?.[1];
  if (namespace === undefined || namespace === "-") return null;
  return rows.filter(([, own]) => own === namespace).reduce((sum, [, , kib]) => sum + Number(kib) * 1024, 0);
}
