import type { Readable } from "node:stream";
import type Dockerode from "dockerode";

type ContainerDeath = { node: string; scenario: string; exitCode: number | null; oomKilled: boolean };

/**
 * Follows the engine's `die` and `oom` events of one run: AutoRemove erases the exit code and the OOM flag with the
 * container, so they are caught in passing. Subscribe before the first start.
 */
export class ContainerEvents implements Disposable {
  readonly #stream: Readable;
  readonly #oom = new Set<string>();

  private constructor(stream: Readable, onDeath: (death: ContainerDeath) => void) {
    this.#stream = stream;
    let pending = "";
    stream.on("data", (chunk: Buffer) => {
      pending += chunk.toString();
      const lines = pending.split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) if (line.trim()) this.#receive(line, onDeath);
    });
    stream.on("error", () => {}); // The engine went away: every line ends too, and that is reported.
  }

  static async follow(
    docker: Dockerode,
    runId: string,
    onDeath: (death: ContainerDeath) => void,
  ): Promise<ContainerEvents> {
    const filters = { type: ["container"], event: ["die", "oom"], label: [`${LABEL.run}=${runId}`] };
    const stream = await docker.getEvents({ filters: JSON.stringify(filters) });
    return new ContainerEvents(stream as Readable, onDeath);
  }

  #receive(line: string, onDeath: (death: ContainerDeath) => void): void {
    const { Action, Actor } = JSON.parse(line) as EngineEvent;
    if (Action === "oom") {
      this.#oom.add(Actor.ID);
      return;
    }
    const { exitCode } = Actor.Attributes;
    onDeath({
      node: Actor.Attributes[LABEL.node] ?? Actor.ID.slice(0, 12),
      scenario: Actor.Attributes[LABEL.scenario] ?? "",
      exitCode: exitCode === undefined ? null : Number(exitCode),
      oomKilled: this.#oom.has(Actor.ID),
    });
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }
}

type EngineEvent = { Action: string; Actor: { ID: string; Attributes: Record<string, string> } };

/** Every container of a lab carries these. */
export const LABEL = {
  run: "turnlab.run",
  scenario: "turnlab.scenario",
  node: "turnlab.node",
  role: "turnlab.role",
} as const;
