/** The walls between the rooms, as data: who may import whom. `walls.test.ts` holds every file to them. */
import { posix } from "node:path";

/**
 * A room is a folder; the deepest that contains a file is the file's. `may`: rooms, or single files, beside its own.
 * `packages`: the only ones there, `type X` for types alone; where it is not given, any. Tests may import any package.
 */
type Room = { may: readonly string[]; packages?: readonly string[] };

/** A container's end of the line to the harness. */
const AGENT_LINE = ["lab/peer/agent-line.ts", "lab/peer/kernel-clock.ts"];
const STDIO_LINE = ["lab/peer/stdio-line.ts", "lab/peer/kernel-clock.ts"];
const SHARED = ["lab/model", "lab/stun", "lab/runtime"];

export const ROOMS: Readonly<Record<string, Room>> = {
  "lab/model": { may: [], packages: ["type k6"] },
  "lab/stun": { may: ["lab/model"], packages: ["node:*"] },
  "lab/statistics": { may: ["lab/model"], packages: ["simple-statistics", "jstat", "ml-matrix", "hdr-histogram-js"] },
  "lab/runtime": { may: ["lab/model"] },
  "lab/load": { may: ["lab/model"] },
  "lab/scenario": { may: ["lab/model"] },
  "lab/turn-config": { may: ["lab/model"], packages: ["node:*"] },
  // Files around a configuration, of whatever kind, to it.
  "lab/turn-config/sources": {
    may: ["lab/model", "lab/turn-config"],
    packages: ["node:*", "yaml", "unbash", "dockerfile-ast"],
  },
  "lab/net": { may: [...SHARED, "lab/probe", "lab/net/agent"] },
  // Questions to a running server, and what its answers mean; runs in the harness, and in a namespace of the lab.
  "lab/probe": { may: ["lab/model", "lab/stun"], packages: ["node:*"] },
  // What the gate asks for, and what came of it in, a verdict out: pure.
  "lab/gate": {
    may: [
      "lab/model",
      "lab/statistics",
      "lab/turn-config",
      "lab/turn-config/sources",
      "lab/scenario",
      "lab/ice-servers/w3c-list.ts",
    ],
    packages: ["node:*", "zod"],
  },
  "lab/turn": { may: [...SHARED, "lab/turn-config"] },
  // Files in, evidence out, and evidence in, causes out: pure.
  "lab/evidence": { may: ["lab/model", "lab/stun"], packages: ["node:*", "zod", "cheerio", "sdp"] },
  "lab/diagnose": { may: ["lab/model"], packages: [] },
  "lab/reproduce": { may: ["lab/model", "lab/diagnose", "lab/scenario"], packages: ["node:*"] },
  // Raw TURN clients by the thousand: the harness's hold on them, and the process that they are.
  "lab/turn-load": { may: [...SHARED, "lab/turn-load/agent"] },
  "lab/turn-load/agent": {
    may: ["lab/model", "lab/stun", "lab/load", "lab/turn-load/protocol.ts", ...STDIO_LINE],
    packages: ["node:*", "hdr-histogram-js"],
  },
  // What was measured of a server at some loads in, its capacity out: pure.
  "lab/capacity": {
    may: ["lab/model", "lab/statistics", "lab/scenario", "lab/gate/parse-json.ts"],
    packages: ["node:*", "zod"],
  },
  // Labs whose load rises until their server carries no more. Joins rooms, as the files beside them do.
  "lab/capacity-run": { may: ["lab", "lab/*"] },
  // HTTP on loopback, or to a provider; nothing of a lab.
  "lab/ice-servers": { may: ["lab/model", "lab/ice-servers/emulator"], packages: ["node:*"] },
  "lab/ice-servers/emulator": { may: ["lab/model", "lab/ice-servers"], packages: ["node:*"] },
  "lab/peer": { may: [...SHARED, "lab/peer/agent", "lab/peer/course"] },
  // Agents run inside containers: what they import is copied there with them (lab/lab-containers.ts), or in the image.
  "lab/net/agent": { may: ["lab/model", "lab/stun", "lab/probe"], packages: ["node:*"] },
  // What is one for all engines; it runs in Node and in a page.
  "lab/peer/course": { may: ["lab/model", "lab/peer/protocol.ts", "lab/peer/ended-with.ts"], packages: [] },
  "lab/peer/agent": {
    may: ["lab/model", "lab/peer/protocol.ts", "lab/peer/course", ...AGENT_LINE],
    packages: ["node:*", "werift"],
  },
  // The browser's keeper in the container, and what it loads into the page.
  "lab/peer/browser": {
    may: ["lab/model", "lab/peer/protocol.ts", "lab/peer/page-protocol.ts", "lab/peer/ended-with.ts", ...AGENT_LINE],
    packages: ["node:*", "puppeteer-core", "ws"],
  },
  "lab/peer/page": {
    may: ["lab/model", "lab/peer/protocol.ts", "lab/peer/page-protocol.ts", "lab/peer/course"],
    packages: [],
  },
  // What joins the rooms for one purpose: the gate, the probes of a server in a lab.
  "lab/gate-run": { may: ["lab", "lab/*"] },
  "lab/probe-run": { may: ["lab", "lab/*"] },
  // The files beside the rooms join them: run.ts, index.ts.
  lab: { may: ["lab/*"] },
  reports: { may: ["lab/model", "lab/statistics", "reports/render", "reports/html"] },
  "reports/render": { may: ["lab/model", "lab/statistics", "reports"] },
  // One page that is one file; what runs in it is page-script.js.
  "reports/html": {
    may: ["lab/model", "lab/statistics", "reports", "reports/render"],
    packages: ["node:*", "@observablehq/plot", "linkedom", "hono", "d3-hierarchy", "yaml"],
  },
  // A run as it happens: most of it runs in a page as well, which has no packages.
  "reports/live": { may: ["lab/model", "lab/statistics", "reports", "reports/html"], packages: ["node:*"] },
  // What k6's own tooling reads.
  "reports/k6": { may: ["lab/model", "lab/statistics", "reports"], packages: [] },
  // What Prometheus' tools read.
  "reports/openmetrics": { may: ["lab/model", "lab/statistics", "reports"], packages: [] },
  // What Grafana and Prometheus are given: files, and what makes and checks them.
  "reports/grafana": { may: ["reports/prometheus", "reports/openmetrics"], packages: [] },
  "reports/prometheus": { may: ["reports/openmetrics"], packages: [] },
  // What check, probe and gate print.
  "reports/gate": { may: ["lab/model", "lab/statistics", "reports", "reports/render", "reports/html"] },
  // Several runs, one comparison.
  "reports/compare": {
    may: ["lab/model", "lab/statistics", "reports", "reports/render", "reports/html"],
    packages: ["node:*", "zod", "@observablehq/plot", "picocolors"],
  },
  // What `capacity` prints and writes.
  "reports/capacity": { may: ["lab/model", "lab/statistics", "reports", "reports/render", "reports/html"] },
  scenarios: { may: ["lab/index.ts"] },
  // For a k6 binary: it knows nothing of the lab.
  "scenarios/k6": { may: [], packages: ["k6"] },
  scripts: { may: ["lab", "lab/*", "reports", "reports/*", "scenarios", "scenarios/k6"] },
  docker: { may: [] },
};

/**
 * Packages that only these rooms may import. Others speak to Docker through what lab/runtime hands out: `scripts` ask the
 * `Engine` it found for what is not a lab's (doctor, exec, the capture of a test).
 */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  dockerode: ["lab/runtime"],
  testcontainers: ["lab/runtime"],
  werift: ["lab/peer/agent"],
};

export type SourceFile = { path: string; text: string };

/** Every import that goes through a wall, as `FILE:LINE imports "X": RULE`. */
export function findBreaches(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap(({ specifier, line, isType }) => {
      const rule = specifier.startsWith(".")
        ? brokenRule(path, specifier)
        : (brokenOwnership(path, specifier) ?? brokenPackageRule(path, specifier, isType));
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
  const target = posix.join(posix.dirname(path), specifier);
  // Tests on a real engine bring whole labs up: they may look into any room of the lab; one browser opens the pages of all reports.
  const may =
    room === null
      ? []
      : path.endsWith(".docker.test.ts")
        ? [...(ROOMS[room]?.may ?? []), "lab", "lab/*", ...(room.startsWith("reports") ? ["reports/*"] : [])]
        : ROOMS[room]?.may;
  const targetRoom = roomOf(target);
  if (room === null || targetRoom === null || room === targetRoom) return null;
  if (may?.some((allowed) => admits(allowed, target, targetRoom))) return null;
  return `${room} may import ${may?.length ? may.join(", ") : "no other room"}, not ${targetRoom}`;
}

function brokenOwnership(path: string, specifier: string): string | null {
  const room = roomOf(path);
  const name = packageOf(specifier);
  const owners = PACKAGE_OWNERS[name];
  if (!owners || (room !== null && owners.includes(room))) return null;
  return `only ${owners.join(", ")} may import the package ${name}`;
}

function brokenPackageRule(path: string, specifier: string, isType: boolean): string | null {
  const room = roomOf(path);
  const packages = room === null ? undefined : ROOMS[room]?.packages;
  if (!packages || /(^|\/)test-[^/]*$|\.test\.ts$/.test(path)) return null;
  const name = specifier.startsWith("node:") ? "node:*" : packageOf(specifier);
  if (packages.includes(name) || (isType && packages.includes(`type ${name}`))) return null;
  return `of packages ${room} may import ${packages.join(", ")} only`;
}

function packageOf(specifier: string): string {
  return specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : (specifier.split("/")[0] ?? "");
}

function admits(allowed: string, target: string, targetRoom: string): boolean {
  if (allowed.endsWith("/*")) return targetRoom.startsWith(allowed.slice(0, -1));
  return allowed === targetRoom || allowed === target;
}

const IMPORT =
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']|^\s*import\s+["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']\s*\)/gm;

/** Static, side-effect and dynamic imports and re-exports with their line, type imports included. */
export function importsOf(text: string): { specifier: string; line: number; isType: boolean }[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const at = match.index + match[0].indexOf(specifier);
    const isType = /^\s*(?:import|export)\s+type\b/.test(match[0]);
    return { specifier, line: text.slice(0, at).split("\n").length, isType };
  });
}
