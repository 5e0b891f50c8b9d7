import { otherServerOf } from "../model/other-server.ts";
import type { TurnServerSpec } from "../model/topology.ts";
import { LABEL } from "../runtime/container-events.ts";
import type { Engine } from "../runtime/engine.ts";
import { startHeld } from "../runtime/held-container.ts";
import { HOLD_PATH } from "../runtime/hold.ts";
import { ensureImage, type ImageFacts, NoSuchImageError } from "../runtime/image-facts.ts";
import { versionIn } from "./coturn-version.ts";

/** An image that was looked into: it has the server that it is there for. */
export type ServerImage = ImageFacts & {
  /** `4.6.1`, as the image's own `turnserver` says; null where it does not, and of a server that is not coturn. */
  version: string | null;
};

/** There is no such image, or no server in it that could be started: whoever named it has to name another. */
export class BadImageError extends Error {
  override readonly name = "BadImageError";
  /** The image as it was named. */
  readonly reference: string;

  constructor(reference: string, reason: string, options?: { cause?: unknown }) {
    super(`${reference}: ${reason}`, options);
    this.reference = reference;
  }
}

/** A version is told at once; a `turnserver` that takes this long runs instead of telling it. */
const TOLD_WITHIN_MS = 10_000;

/** What was found in an image by its id, for all runs of this process: what has that id never changes. */
const FOUND = new Map<string, string>();

type Means = {
  docker: Engine["docker"];
  /** The lab's coturn, for servers that name no image. */
  coturn: string;
  /** The init for images that know nothing of the lab. */
  hold: Buffer;
  runId: string;
  say: (line: string) => void;
};

/** The images that servers run from; each is fetched where it is not there, and looked into once a run. */
export class ServerImages {
  readonly #means: Means;
  readonly #known = new Map<string, Promise<ServerImage>>();

  constructor(means: Means) {
    this.#means = means;
  }

  /** @throws BadImageError, and MissingError where the image is not there and no registry could be asked */
  of(spec: Pick<TurnServerSpec, "image">): Promise<ServerImage> {
    const other = otherServerOf(spec);
    const reference = other?.reference ?? (spec.image as string | undefined) ?? this.#means.coturn;
    const program = other ? (other.command?.[0] ?? null) : "turnserver";
    const key = JSON.stringify([reference, program, other === null]);
    const looking = this.#known.get(key) ?? this.#lookInto(reference, program, other === null);
    this.#known.set(key, looking);
    return looking;
  }

  async #lookInto(reference: string, program: string | null, isCoturn: boolean): Promise<ServerImage> {
    const { docker, say } = this.#means;
    const facts = await ensureImage(docker, reference, say).catch((error: unknown) => {
      throw error instanceof NoSuchImageError ? new BadImageError(reference, error.message, { cause: error }) : error;
    });
    const [found = program] = program === null ? facts.command : [program];
    if (found === null) throw new BadImageError(reference, "no ENTRYPOINT and no CMD, and the scenario has no command");
    const key = JSON.stringify([facts.id, found, isCoturn]);
    const text = FOUND.get(key) ?? (await this.#ask(facts, isCoturn ? [found, "--version"] : [found], isCoturn));
    FOUND.set(key, text);
    return { ...facts, version: isCoturn ? versionIn(text) : null };
  }

  /** Whether the program is there and can be executed; and, where it may run, what it says. */
  async #ask(facts: ImageFacts, command: string[], mayRun: boolean): Promise<string> {
    const { docker, hold, runId } = this.#means;
    const labels = { [LABEL.run]: `${runId}-images`, [LABEL.node]: "image" };
    const spec = { image: facts.id, name: "image", labels, entrypoint: [HOLD_PATH], command, archives: [hold] };
    await using held = await startHeld(docker, spec).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new BadImageError(facts.reference, `cannot be started: ${reason}`, { cause: error });
    });
    const { line } = held;
    const { promise: answer, resolve, reject } = Promise.withResolvers<void>();
    line.onMessage((message) => {
      const { event, reason } = message as { event?: string; reason?: string };
      if (event === "unusable") reject(new BadImageError(facts.reference, reason ?? "unusable"));
      if (event === "found") resolve();
    });
    const ended = new Promise<void>((done) => line.onEnd(() => done()));
    line.onEnd((reason) => reject(new BadImageError(facts.reference, `${reason}\n${line.lastText}`.trim())));
    line.sendText("look");
    await answer;
    if (!mayRun) return "";
    line.sendText("start");
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((done) => {
      timer = setTimeout(done, TOLD_WITHIN_MS);
    });
    await Promise.race([ended, late]);
    clearTimeout(timer);
    return line.lastText;
  }
}
