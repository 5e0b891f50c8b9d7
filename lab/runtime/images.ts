import { buildContext } from "./build-context.ts";
import type { Engine } from "./engine.ts";
import { followProgress } from "./follow-progress.ts";
import { IMAGE_LABEL, type ImageName, imageRef, parentOf } from "./image-ref.ts";
import { ensureRoot } from "./image-root.ts";
import { STATE_FOLDER } from "./node-binary.ts";
import { withLock } from "./process-lock.ts";

const BUILD_LOCK_TIMEOUT_MS = 900_000;

/** What the big ones add to what they stand on, in MB: whoever waits for one is told before. */
const BIG_IMAGES: Partial<Record<ImageName, number>> = { chromium: 680, firefox: 440 };

/** What building needs of an engine. */
type BuildEngine = { docker: Engine["docker"]; info: Pick<Engine["info"], "architecture"> };

type ImageRefs<N extends ImageName> = Record<N, string>;

/**
 * Builds the images that the engine does not have, parents first and siblings side by side, and returns every
 * reference. One line per image built; nothing is fetched, built or said when all are there.
 */
export async function ensureImages<const N extends ImageName>(
  engine: BuildEngine,
  names: readonly N[],
  say: (line: string) => void,
): Promise<ImageRefs<N>> {
  const refs = Object.fromEntries(names.map((name) => [name, imageRef(name)])) as ImageRefs<N>;
  if ((await missingImages(engine.docker, names)).length > 0) {
    const onWait = (pid: number) => say(`waiting for process ${pid}, which is building images`);
    const lock = { folder: STATE_FOLDER, name: "images", onWait, timeoutMs: BUILD_LOCK_TIMEOUT_MS };
    await withLock(lock, () => buildMissing(engine, names, say));
  }
  return refs;
}

/** Which of the images the engine lacks at their present hash. */
export async function missingImages<N extends ImageName>(docker: Engine["docker"], names: readonly N[]): Promise<N[]> {
  const images = await docker.listImages({ filters: { label: [IMAGE_LABEL] } });
  const tags = new Set(images.flatMap(({ RepoTags }) => RepoTags ?? []));
  return names.filter((name) => !tags.has(imageRef(name)));
}

/** Removes every image of the lab, those of former hashes and nameless stages too, and returns their references. */
export async function removeImages({ docker }: Pick<Engine, "docker">): Promise<string[]> {
  const images = await docker.listImages({ filters: { label: [IMAGE_LABEL] } });
  // Children first: an image that others stand on would only lose its name.
  const ours = images
    .sort((a, b) => b.Created - a.Created)
    .flatMap(({ Id, RepoTags }) => {
      const tags = (RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
      return tags.length === 0 ? [Id] : tags.filter((tag) => tag.startsWith("turnlab/"));
    });
  for (const ref of ours) await docker.getImage(ref).remove({ force: true });
  return ours;
}

async function buildMissing(
  engine: BuildEngine,
  names: readonly ImageName[],
  say: (line: string) => void,
): Promise<void> {
  const running = new Map<ImageName, Promise<void>>();
  const ensure = (name: ImageName): Promise<void> => {
    const known = running.get(name) ?? ensureOne(name);
    running.set(name, known);
    return known;
  };
  const ensureOne = async (name: ImageName): Promise<void> => {
    if ((await missingImages(engine.docker, [name])).length === 0) return;
    const startedAt = performance.now();
    if (name in BIG_IMAGES) say(`building the image ${name} (about ${BIG_IMAGES[name]} MB, only this once)`);
    const parent = parentOf(name);
    using context = await buildContext(name, engine.info.architecture, say);
    if (parent) await ensure(parent);
    const base = parent ? imageRef(parent) : await ensureRoot(engine.docker, engine.info.architecture, say);
    await build(engine, name, base, context.tar());
    say(`image ${name} built in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  };
  // All are waited for: the lock must not be given up while a sibling of a failed build still runs.
  const results = await Promise.allSettled(names.map(ensure));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function build(engine: BuildEngine, name: ImageName, base: string, tar: NodeJS.ReadableStream): Promise<void> {
  try {
    const stream = await engine.docker.buildImage(tar, {
      t: imageRef(name),
      labels: { [IMAGE_LABEL]: name },
      buildargs: { BASE: base, ...proxySettings() },
      // The engine may have no bridge, and on the lab's own one has none: apt reaches its mirror by the host's network.
      networkmode: "host",
      rm: true,
      forcerm: true,
    });
    await followProgress(stream);
  } catch (error) {
    throw new Error(`image ${name}: not built\n${(error as Error).message}`, { cause: error });
  }
}

/** Predefined build arguments of every Dockerfile; they leave no trace in the image. */
function proxySettings(): Record<string, string> {
  const names = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
