import type Dockerode from "dockerode";
import { getContainerRuntimeClient, ImageName } from "testcontainers";
import { MissingError } from "./missing.ts";
import { prepareTestcontainers } from "./testcontainers.ts";

/** An image that the engine has. */
export type ImageFacts = {
  reference: string;
  /** 64 hexadecimal digits: what runs is what was looked at, also when somebody builds the name anew meanwhile. */
  id: string;
  /** `NAME@sha256:…`, where it came from a registry. */
  digest: string | null;
  /** ENTRYPOINT and CMD. */
  command: string[];
};

/** Nobody has such an image: the reference is wrong. */
export class NoSuchImageError extends Error {
  override readonly name = "NoSuchImageError";
}

/**
 * The image as the engine has it, pulled where it has none, with the credentials of the user's `docker login`.
 * @throws NoSuchImageError, and MissingError where no registry could be asked
 */
export async function ensureImage(
  docker: Dockerode,
  reference: string,
  say: (line: string) => void,
): Promise<ImageFacts> {
  const found = (await factsOf(docker, reference)) ?? (await pull(docker, reference, say));
  if (found) return found;
  throw new MissingError(`image ${reference} was pulled, and is not there. See what the engine says:`, [
    `docker pull ${reference}`,
  ]);
}

async function pull(docker: Dockerode, reference: string, say: (line: string) => void): Promise<ImageFacts | null> {
  say(`fetching ${reference}`);
  try {
    await prepareTestcontainers();
    // Not by dockerode alone: this one knows the user's credentials, and asks for one tag where none is named.
    const { image } = await getContainerRuntimeClient();
    await image.pull(ImageName.fromString(reference), { force: true, platform: undefined });
  } catch (error) {
    const reason = reasonOf(error);
    // The engine's words for a registry's 401 and 404; on some engines either comes as a server error.
    if (
      statusOf(error) === 404 ||
      statusOf(error) === 400 ||
      /access denied|manifest unknown|not found|HTTP 404/i.test(reason)
    )
      throw new NoSuchImageError(reason, { cause: error });
    throw new MissingError(`image ${reference} is not here and cannot be pulled (${reason}). Once it can:`, [
      `docker pull ${reference}`,
    ]);
  }
  return factsOf(docker, reference);
}

async function factsOf(docker: Dockerode, reference: string): Promise<ImageFacts | null> {
  try {
    const { Id, RepoDigests, Config } = await docker.getImage(reference).inspect();
    const command = [Config?.Entrypoint ?? [], Config?.Cmd ?? []].flat();
    return { reference, id: Id.replace(/^sha256:/, ""), digest: RepoDigests?.[0] ?? null, command };
  } catch (error) {
    if (statusOf(error) === 400) throw new NoSuchImageError(reasonOf(error), { cause: error });
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** The engine's own words, in one line: dockerode puts `(HTTP code 500) server error - ` before them. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .trim()
    .replace(/^\(HTTP code \d+\) [^-]*- /, "")
    .replaceAll(/\s*\n\s*/g, " ");
}
