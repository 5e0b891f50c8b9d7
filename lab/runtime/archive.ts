import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "tar-stream";

type ArchiveFile = { path: string; content: string | Buffer; mode?: number };

/** The project's own folder: agents are copied from here into containers, unbuilt. */
export const PROJECT_ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A tar of files with absolute paths, to be unpacked at `/` of a container. */
export async function tarOf(files: readonly ArchiveFile[]): Promise<Buffer> {
  const tar = pack();
  for (const { path, content, mode } of files)
    tar.entry({ name: path.replace(/^\//, ""), mode: mode ?? 0o644 }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The sources in each folder, without tests and their fixtures, at `/turnlab/...`, as the agents import them. */
export function sourceFiles(folders: readonly string[]): ArchiveFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(PROJECT_ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^(?!test-)[^.]+\.ts$/.test(entry.name))
      .map(({ name }) => ({
        path: `/turnlab/${folder}/${name}`,
        content: readFileSync(join(PROJECT_ROOT, folder, name)),
      })),
  );
}
