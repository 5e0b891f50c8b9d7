import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Engine } from "./engine.ts";
import { followProgress } from "./follow-progress.ts";
import { BROWSER_IMAGES, IMAGE_NAMES, imageRef } from "./image-ref.ts";
import { missingImages } from "./images.ts";

/** Images that every run needs, at their present hashes: what is worth keeping between machines that are thrown away. */
export function keptImages(): string[] {
  return IMAGE_NAMES.filter((name) => !BROWSER_IMAGES.includes(name)).map(imageRef);
}

/** Whether the engine has all of them. */
export async function hasKeptImages(docker: Engine["docker"]): Promise<boolean> {
  const names = IMAGE_NAMES.filter((name) => !BROWSER_IMAGES.includes(name));
  return (await missingImages(docker, names)).length === 0;
}

/**
 * Writes the images into one archive, each layer once (`docker save`), and returns its size in bytes. A reader sees the whole file or
 * none. Not compressed: caches of CI services do that themselves.
 */
export async function saveImages(
  docker: Engine["docker"],
  references: readonly string[],
  file: string,
): Promise<number> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await pipeline(await getImages(docker, references), createWriteStream(temporary));
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  return statSync(file).size;
}

/** Its types lack what dockerode has. */
function getImages(docker: Engine["docker"], names: readonly string[]): Promise<NodeJS.ReadableStream> {
  return (docker as unknown as { getImages(options: object): Promise<NodeJS.ReadableStream> }).getImages({ names });
}

/** Gives the engine what `saveImages` wrote. */
export async function loadImages(docker: Engine["docker"], file: string): Promise<void> {
  await followProgress(await docker.loadImage(createReadStream(file), { quiet: true }));
}
