/** PID 1 of a generator's container, and each of its worker threads. */
import { parentPort } from "node:worker_threads";
import { openGenerator } from "./generator.ts";
import { openWorker } from "./worker.ts";

if (parentPort) openWorker(parentPort);
else openGenerator(new URL(import.meta.url));
