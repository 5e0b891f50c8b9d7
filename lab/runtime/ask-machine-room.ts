import type { MachineRoom } from "../model/machine-room.ts";
import { LABEL } from "./container-events.ts";
import type { Engine } from "./engine.ts";
import { startHeld } from "./held-container.ts";

const SCRIPT = 'echo "$(ulimit -Hn) $(cat /proc/sys/net/netfilter/nf_conntrack_max || echo -)"; cat > /dev/null';
/** What `ulimit` calls a limit that is none; the kernel has one all the same (fs.nr_open). */
const UNLIMITED = 1_048_576;

/** Asks inside of a container: an engine gives it other limits than the harness has. */
export async function askMachineRoom({ docker, info }: Engine, image: string, runId: string): Promise<MachineRoom> {
  const labels = { [LABEL.run]: `${runId}-room`, [LABEL.node]: "room" };
  await using held = await startHeld(docker, { image, name: "room", labels, entrypoint: ["sh", "-c", SCRIPT] });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  held.line.onText((text) => {
    if (/^(\d+|unlimited) (\d+|-)$/.test(text.trim())) resolve(text.trim());
  });
  held.line.onEnd((reason) => reject(new Error(`what a container may use could not be asked: ${reason}`)));
  const [files = "", connections = ""] = (await promise).split(" ");
  return {
    memoryBytes: info.memoryBytes,
    fileDescriptors: files === "unlimited" ? UNLIMITED : Number(files),
    connections: connections === "-" ? null : Number(connections),
  };
}
