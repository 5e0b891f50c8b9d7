import type { MachineRoom } from "../model/machine-room.ts";
import { LABEL } from "./container-events.ts";
import type { Engine } from "./engine.ts";
import { startHeld } from "./held-container.ts";

const SCRIPT = `
files=$(ulimit -Hn)
connections=$(cat /proc/sys/net/netfilter/nf_conntrack_max || echo null)
printf '{"files":"%s","connections":%s}\\n' "$files" "$connections"
cat > /dev/null
`;
const TOLD_WITHIN_MS = 30_000;
/** What `ulimit` calls a limit that is none; the kernel has one all the same (fs.nr_open). */
const UNLIMITED = 1_048_576;

/** Asks inside of a container: an engine gives it other limits than the harness has. */
export async function askMachineRoom({ docker, info }: Engine, image: string, runId: string): Promise<MachineRoom> {
  const labels = { [LABEL.run]: `${runId}-room`, [LABEL.node]: "room" };
  await using held = await startHeld(docker, { image, name: "room", labels, entrypoint: ["sh", "-c", SCRIPT] });
  const { promise, resolve, reject } = Promise.withResolvers<{ files: string; connections: number | null }>();
  held.line.onMessage((message) => resolve(message as { files: string; connections: number | null }));
  held.line.onEnd((reason) => reject(new Error(`what a container may use could not be asked: ${reason}`)));
  const late = setTimeout(
    () => reject(new Error(`a container did not tell what it may use: ${held.line.lastText}`)),
    TOLD_WITHIN_MS,
  );
  const { files, connections } = await promise.finally(() => clearTimeout(late));
  return {
    memoryBytes: info.memoryBytes,
    fileDescriptors: files === "unlimited" ? UNLIMITED : Number(files),
    connections,
  };
}
