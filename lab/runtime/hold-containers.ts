/** For tests only: a stand-in harness that they kill. It starts containers, says so, and waits to be killed. */
import Dockerode from "dockerode";
import { LABEL } from "./container-events.ts";
import { startHeld } from "./held-container.ts";
import { HOLD_PATH, holdArchive } from "./hold.ts";

/** `command`: of an image that knows nothing of the lab; then `holdImage` gives it its init, and it is started. */
const [image = "", run = "", count = "1", holdImage = "", ...command] = process.argv.slice(2);
const docker = new Dockerode();
const isForeign = command.length > 0;
const foreign = isForeign
  ? { entrypoint: [HOLD_PATH], command, archives: [await holdArchive(docker, holdImage, run)] }
  : {};
const labels = { [LABEL.run]: run, [LABEL.node]: "held" };
const held = await Promise.all(
  Array.from({ length: Number(count) }, (_, index) =>
    startHeld(docker, { image, name: `held${index}`, labels, ...foreign }),
  ),
);
if (isForeign) {
  const started = held.map(({ line }) => new Promise((resolve) => line.onMessage(resolve)));
  for (const { line } of held) line.sendText("start");
  await Promise.all(started);
}
process.stdout.write(`holding ${count}\n`);
