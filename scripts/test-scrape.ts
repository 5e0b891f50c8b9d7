import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 500;

/** Scrapes a `turnlab run --metrics=0` until it ends, as a Prometheus does. Resolves to how often it answered, and its last answer. */
export async function scrapeWhile(run: ChildProcess): Promise<{ times: number; last: string }> {
  let told = "";
  run.stderr?.on("data", (data: Buffer) => (told += data.toString()));
  let times = 0;
  let last = "";
  while (run.exitCode === null && run.signalCode === null) {
    await sleep(EVERY_MS);
    const [url] = /http:\S+\/metrics/.exec(told) ?? [];
    if (url === undefined) continue;
    const text = await fetch(url, { headers: { accept: "application/openmetrics-text" } }).then(
      (answer) => answer.text(),
      // It has ended, or the answer was cut by that.
      () => null,
    );
    if (!text?.endsWith("# EOF\n")) continue;
    times += 1;
    last = text;
  }
  return { times, last };
}
