/** The walls between the rooms, as data: who may import whom. `walls.test.ts` holds every file to them. */
import { posix } from "node:path";

/** A room is a folder; the deepest that contains a file is the file's. `may`: rooms, or single files, beside its own. */
export type Room = { may: readonly string[] };

const SHARED = ["lab/model", "lab/stun", "lab/turn-config", "lab/runtime"];

export const ROOMS: Readonly<Record<string, Room>> = {
  "lab/model": { may: [] },
  "lab/stun": { may: ["lab/model"] },
  "lab/turn-config": { may: ["lab/model"] },
  "lab/runtime": { may: ["lab/model"] },
  "lab/load": { may: ["lab/model"] },
  "lab/scenario": { may: ["lab/model", "lab/turn-config"] },
  "lab/net": { may: [...SHARED, "lab/net/agent"] },
  "lab/turn": { may: SHARED },
  "lab/peer": { may: [...SHARED, "lab/peer/agent"] },
  // Agents run inside containers: what they import is copied there with them.
  "lab/net/agent": { may: ["lab/model", "lab/stun"] },
  "lab/peer/agent": { may: ["lab/model", "lab/stun", "lab/peer/protocol.ts"] },
  // The files beside the rooms join them: run.ts, index.ts.
  lab: { may: ["lab/*"] },
  reports: { may: ["lab/model", "reports/render"] },
  "reports/render": { may: ["lab/model", "reports"] },
  scenarios: { may: ["lab/index.ts"] },
  scripts: { may: ["lab", "lab/*", "reports", "reports/*", "scenarios"] },
  docker: { may: [] },
};

/** Packages that only these rooms may import. */
export const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  dockerode: ["lab/runtime"],
  testcontainers: ["lab/runtime"],
  werift: ["lab/peer/agent"],
};

export type SourceFile = { path: string; text: string };

/** Every import that goes through a wall, as `FILE:LINE imports "X": RULE`. */
export function findBreaches(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ specifier, line }) => {
      const rule = brokenRule(path, specifier);
      return rule === null ? [] : [`${path}:${line} imports "${specifier}": ${rule}`];
    }),
  );
}

/** The room that a file belongs to, or null outside of all of them. */
export function roomOf(path: string): string | null {
  const rooms = Object.keys(ROOMS).filter((room) => path.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? null;
}

function brokenRule(path: string, specifier: string): string | null {
  const room = roomOf(path);
  if (!specifier.startsWith(".")) return brokenPackageRule(room, specifier);
  const target = posix.join(posix.dirname(path), specifier);
  // Tests on a real engine bring whole labs up: they may look into any room of the lab.
  const may =
    room === null
      ? []
      : path.endsWith(".docker.test.ts")
        ? [...(ROOMS[room]?.may ?? []), "lab", "lab/*"]
        : ROOMS[room]?.may;
  const targetRoom = roomOf(target);
  if (room === null || targetRoom === null || room === targetRoom) return null;
  if (may?.some((allowed) => admits(allowed, target, targetRoom))) return null;
  return `${room} may import ${may?.length ? may.join(", ") : "no other room"}, not ${targetRoom}`;
}

function brokenPackageRule(room: string | null, specifier: string): string | null {
  const name = specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : (specifier.split("/")[0] ?? "");
  const owners = PACKAGE_OWNERS[name];
  if (!owners || (room !== null && owners.includes(room))) return null;
  return `only ${owners.join(", ")} may import the package ${name}`;
}

function admits(allowed: string, target: string, targetRoom: string): boolean {
  if (allowed.endsWith("/*")) return targetRoom.startsWith(allowed.slice(0, -1));
  return allowed === targetRoom || allowed === target;
}

const IMPORT =
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']|^\s*import\s+["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']\s*\)/gm;

/** Static, side-effect and dynamic imports and re-exports with their line, type imports included. */
export function importsOf(text: string): { specifier: string; line: number }[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const at = match.index + match[0].indexOf(specifier);
    return { specifier, line: text.slice(0, at).split("\n").length };
  });
}
