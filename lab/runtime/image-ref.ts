import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "./archive.ts";

/** One folder of `docker/` each. */
export const IMAGE_NAMES = [
  "base",
  "node",
  "router",
  "coturn",
  "hold",
  "fabric",
  "peer",
  "browser",
  "chromium",
  "firefox",
] as const;
export type ImageName = (typeof IMAGE_NAMES)[number];

/** Those that only runs with a browser as a peer need. */
export const BROWSER_IMAGES: readonly ImageName[] = ["browser", "chromium", "firefox"];

/** Every image of the lab carries this label, with its name. */
export const IMAGE_LABEL = "turnlab.image";

/** What an image is made of beside its folder. */
const EXTRA_INPUTS: Partial<Record<ImageName, readonly string[]>> = { node: ["scripts/node/package-lock.json"] };

/** A file of an image's folder, by its path in the build context. */
export type ContextFile = { path: string; file: string; executable: boolean };

/** The folder's files in a fixed order; its README describes the image and is no part of it. */
export function contextFiles(name: ImageName): ContextFile[] {
  const folder = join(PROJECT_ROOT, "docker", name);
  return readdirSync(folder)
    .filter((entry) => entry !== "README.md")
    .map((entry) => ({ path: entry, file: join(folder, entry) }))
    .filter(({ file }) => statSync(file).isFile())
    .map((found) => ({ ...found, executable: (statSync(found.file).mode & 0o100) !== 0 }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The reference in the Dockerfile's `ARG BASE=`. */
export function declaredBase(name: ImageName): string {
  const text = readFileSync(join(PROJECT_ROOT, "docker", name, "Dockerfile"), "utf8");
  const base = /^ARG BASE=(\S+)$/m.exec(text)?.[1];
  if (base === undefined) throw new Error(`docker/${name}/Dockerfile: expected a line ARG BASE=REFERENCE`);
  return base;
}

/** The image of ours that this one stands on; null for `base`. */
export function parentOf(name: ImageName): ImageName | null {
  const base = declaredBase(name);
  return IMAGE_NAMES.find((candidate) => base === `turnlab/${candidate}`) ?? null;
}

/** The public Debian image under `base`: the Dockerfile's, or a mirror's by TURNLAB_BASE_IMAGE. */
export function rootReference(): string {
  return process.env.TURNLAB_BASE_IMAGE || declaredBase("base");
}

/** `turnlab/NAME:HASH`. The hash covers the image's files, its pins and its parents': same inputs, same name. */
export function imageRef(name: ImageName): string {
  const hash = createHash("sha256");
  const parent = parentOf(name);
  hash.update(`${parent ? imageRef(parent) : rootReference()}\n`);
  for (const { path, file, executable } of contextFiles(name)) {
    hash
      .update(`${path} ${executable ? "x" : "-"} `)
      .update(readFileSync(file))
      .update("\n");
  }
  for (const input of EXTRA_INPUTS[name] ?? [])
    hash.update(`${input} `).update(readFileSync(join(PROJECT_ROOT, input)));
  return `turnlab/${name}:${hash.digest("hex").slice(0, 12)}`;
}
