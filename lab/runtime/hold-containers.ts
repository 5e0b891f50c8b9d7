/** For tests only: a stand-in harness that they kill. It starts containers, says so, and waits to be killed. */
import Dockerode from "dockerode";
import { LABEL } from "./container-events.ts";
import { startHeld } from "./held-container.ts";

const [image = "", run = "", count = "1"] = process.argv.slice(2);
const docker = new Dockerode();
const labels = { [LABEL.run]: run, [LABEL.node]: "held" };
await Promise.all(
  Array.from({ length: Number(count) }, (_, index) => startHeld(docker, { image, name: `held${index}`, labels })),
);
process.stdout.write(`holding ${count}\n`);
