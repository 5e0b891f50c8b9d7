import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pack } from "tar-stream";

type ArchiveFile = { path: string; content: string | Buffer; mode?: number };
type ArchiveLink = { path: string; linkTo: string };

/** The project's own folder: agents are copied from here into containers. */
export const PROJECT_ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A tar of files and symbolic links with absolute paths, to be unpacked at `/` of a container. */
export async function tarOf(files: readonly (ArchiveFile | ArchiveLink)[]): Promise<Buffer> {
  const tar = pack();
  for (const file of files) {
    const name = file.path.replace(/^\//, "");
    if ("linkTo" in file) tar.entry({ name, type: "symlink", linkname: file.linkTo });
    else tar.entry({ name, mode: file.mode ?? 0o644 }, file.content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * The sources in each folder, without tests and their fixtures, at `/turnlab/...`, as JavaScript: a lab starts many
 * agents, and Node needs 0.2 s of CPU in each to take the types out itself. Lines and columns stay where they are.
 */
export function sourceFiles(folders: readonly string[]): ArchiveFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(PROJECT_ROOT, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^(?!test-)[^.]+\.ts$/.test(entry.name))
      .map(({ name }) => ({
        path: `/turnlab/${folder}/${name.replace(/\.ts$/, ".js")}`,
        content: javaScriptOf(join(PROJECT_ROOT, folder, name)),
      })),
  );
}

const stripped = new Map<string, string>();

/** Once for each file of a process: every lab of a run gets the same. */
function javaScriptOf(file: string): string {
  const known = stripped.get(file);
  if (known !== undefined) return known;
  const text = stripTypeScriptTypes(readFileSync(file, "utf8"));
  const javaScript = text.replace(/\b(from|import)(\s*\(?\s*)"(\.{1,2}\/[^"]+)\.ts"/g, '$1$2"$3.js"');
  stripped.set(file, javaScript);
  return javaScript;
}
