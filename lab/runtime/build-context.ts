import { createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Pack, pack } from "tar-stream";
import { PROJECT_ROOT } from "./archive.ts";
import { atExit } from "./at-exit.ts";
import { type ContextFile, contextFiles, type ImageName } from "./image-ref.ts";
import { nodeBinary, STATE_FOLDER } from "./node-binary.ts";
import { npmCi } from "./npm.ts";

type BuildContext = Disposable & { tar(): Readable };

/** Images with packages from npm, by a lockfile in their folder. */
const WITH_PACKAGES: readonly ImageName[] = ["peer", "browser"];

/** The image's folder as a tar, with what is made for it outside: the Node binary, packages from npm. */
export async function buildContext(
  name: ImageName,
  architecture: string,
  say: (line: string) => void,
): Promise<BuildContext> {
  const files = contextFiles(name);
  let made: (Disposable & { folder: string }) | undefined;
  if (name === "node") files.push({ path: "node", file: await nodeBinary(architecture, say), executable: true });
  if (WITH_PACKAGES.includes(name)) {
    made = await installPackagesOf(name);
    files.push(...filesBelow(made.folder, "node_modules"));
  }
  return {
    tar: () => {
      const tar = pack();
      fill(tar, files).catch((error: Error) => tar.destroy(error));
      return tar as unknown as Readable;
    },
    [Symbol.dispose]: () => made?.[Symbol.dispose](),
  };
}

async function fill(tar: Pack, files: readonly ContextFile[]): Promise<void> {
  for (const { path, file, executable } of files) {
    const header = { name: path, size: statSync(file).size, mode: executable ? 0o755 : 0o644, mtime: new Date(0) };
    await pipeline(createReadStream(file), tar.entry(header));
  }
  tar.finalize();
}

/** npm runs here and not in the image: the image then needs no npm, and no way to the registry while it is built. */
async function installPackagesOf(name: ImageName): Promise<Disposable & { folder: string }> {
  const made = temporaryFolder(`${name}-`);
  try {
    await npmCi(join(PROJECT_ROOT, "docker", name), made.folder);
    return made;
  } catch (error) {
    made[Symbol.dispose]();
    throw error;
  }
}

/** A folder that is gone when it is disposed of, or when the process leaves before. */
function temporaryFolder(prefix: string): Disposable & { folder: string } {
  mkdirSync(STATE_FOLDER, { recursive: true });
  const folder = mkdtempSync(join(STATE_FOLDER, prefix));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  const left = atExit(remove);
  return {
    folder,
    [Symbol.dispose]: () => {
      left[Symbol.dispose]();
      remove();
    },
  };
}

function filesBelow(root: string, folder: string): ContextFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return { path: file.slice(root.length + 1), file, executable: false };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
