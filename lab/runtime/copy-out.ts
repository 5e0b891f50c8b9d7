import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { extract } from "tar-stream";

/** The files of a folder in a container, one after the other, by their names in it; read whole. Throws where it has none. */
export async function* copyOut(
  docker: Dockerode,
  containerId: string,
  folder: string,
): AsyncGenerator<{ name: string; content: Buffer }> {
  const archive = (await docker.getContainer(containerId).getArchive({ path: folder })) as Readable;
  const entries = archive.pipe(extract());
  archive.on("error", (error) => entries.destroy(error));
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const name = entry.header.name.slice(entry.header.name.indexOf("/") + 1);
    if (entry.header.type === "file") yield { name, content: Buffer.concat(chunks) };
  }
}
