import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { beforeAll, expect, it } from "vitest";
import { tarOf } from "./archive.ts";
import { LABEL } from "./container-events.ts";
import { describeDocker } from "./docker-test.ts";
import { type Engine, ensureEngine } from "./engine.ts";
import { ensureImages } from "./images.ts";
import { runInImage } from "./run-in-image.ts";

const say = (line: string) => void process.stderr.write(`${line}\n`);

describeDocker("a program out of an image", () => {
  let engine: Engine;
  let image: string;
  beforeAll(async () => {
    engine = await ensureEngine(say);
    image = (await ensureImages(engine, ["router"], say)).router;
  });

  it("has its files and its environment, is heard, ends by one SIGINT with its own code, and leaves nothing", async () => {
    const [out, err, controller] = [new PassThrough(), new PassThrough(), new AbortController()];
    const script =
      'trap "exit 105" INT; cat /turnlab-k6/a.txt; echo $WORD >&2; ip -brief link show lo; while :; do sleep 0.05; done';
    const running = runInImage(engine.docker, {
      image,
      command: ["sh", "-c", script],
      env: { WORD: "told" },
      archives: [await tarOf([{ path: "/turnlab-k6/a.txt", content: "a file\n" }])],
      signal: controller.signal,
      out,
      err,
    });
    await new Promise((resolve) => out.once("readable", resolve));
    controller.abort();
    expect(await running).toBe(105);
    out.end();
    err.end();
    expect(await text(out)).toMatch(/^a file\nlo /);
    expect(await text(err)).toBe("told\n");
    const filters = JSON.stringify({ label: [`${LABEL.run}=program-${process.pid}`] });
    expect(await engine.docker.listContainers({ all: true, filters })).toEqual([]);
  });
});
