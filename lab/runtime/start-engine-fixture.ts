/** For tests only: engine-start.docker.test.ts runs and kills it. Provides an engine at places of its own, then waits. */
import { type Engine, ensureEngine } from "./engine.ts";
import type { DaemonPlaces } from "./engine-start.ts";

const places = JSON.parse(process.argv[2] ?? "{}") as DaemonPlaces;
const endpoint = { source: "test", host: `unix://${places.socket}`, chosen: false };
const said: string[] = [];
const { startedByUs }: Engine = await ensureEngine((line) => said.push(line), [endpoint], places);
process.stdout.write(`${JSON.stringify({ startedByUs, said })}\n`);
setInterval(() => {}, 60_000);
