import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { AgentError } from "./agent-error.ts";
import type { Operations, Reply } from "./probe-protocol.ts";

export type Handlers<O extends Operations> = { [N in keyof O]: (command: O[N]["command"]) => Promise<O[N]["result"]> };

/** Serves commands side by side, each answered when it is done. Resolves when the input ends. */
export async function serveJsonLines<O extends Operations>(
  handlers: Handlers<O>,
  input: Readable,
  output: Writable,
): Promise<void> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    void answer(handlers, line).then((reply) => output.write(`${JSON.stringify(reply)}\n`));
  }
}

async function answer<O extends Operations>(handlers: Handlers<O>, line: string): Promise<Reply<object>> {
  let id: string | number = "";
  try {
    const command = parse(line);
    id = command.id;
    // The harness writes commands from the same types; a field that is missing surfaces as `internal`.
    const handler = Object.hasOwn(handlers, command.op) ? handlers[command.op] : undefined;
    if (!handler) {
      const known = Object.keys(handlers).join(", ");
      throw new AgentError("bad_command", `unknown op "${command.op}"; expected one of ${known}`);
    }
    return { id, ok: true, result: await handler(command) };
  } catch (error) {
    const code = error instanceof AgentError ? error.code : "internal";
    return { id, ok: false, error: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}

function parse(line: string): { id: string | number; op: string } {
  let command: unknown;
  try {
    command = JSON.parse(line);
  } catch (cause) {
    throw new AgentError("bad_command", `expected one JSON object a line, found ${line.slice(0, 80)}`, { cause });
  }
  const { id, op } = (command ?? {}) as { id?: unknown; op?: unknown };
  if ((typeof id !== "string" && typeof id !== "number") || typeof op !== "string") {
    throw new AgentError("bad_command", `expected {"id", "op", …}, found ${line.slice(0, 80)}`);
  }
  return command as { id: string | number; op: string };
}
