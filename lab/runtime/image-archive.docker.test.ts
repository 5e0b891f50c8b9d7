import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { describeDocker } from "./docker-test.ts";
import { ensureEngine } from "./engine.ts";
import { loadImages, saveImages } from "./image-archive.ts";
import { ensureImages } from "./images.ts";

describeDocker("images kept in a file", () => {
  it("come back under their names", async () => {
    const { docker, ...engine } = await ensureEngine(console.error);
    const { hold } = await ensureImages({ docker, ...engine }, ["hold"], console.error);
    const folder = mkdtempSync(join(tmpdir(), "turnlab-images-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const name = { repo: "turnlab/test-kept", tag: String(process.pid) };
    const reference = `${name.repo}:${name.tag}`;
    const isThere = async () => (await docker.listImages({ filters: { reference: [reference] } })).length === 1;
    await docker.getImage(hold).tag(name);
    const file = join(folder, "images.tar");
    expect(await saveImages(docker, [hold, reference], file)).toBeGreaterThan(10_000);
    expect(readdirSync(folder)).toEqual(["images.tar"]);

    await docker.getImage(reference).remove();
    expect(await isThere()).toBe(false);
    await loadImages(docker, file);
    expect(await isThere()).toBe(true);
    await docker.getImage(reference).remove();
  });

  it("are no file where one of them is missing", async () => {
    const { docker } = await ensureEngine(console.error);
    const folder = mkdtempSync(join(tmpdir(), "turnlab-images-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await expect(saveImages(docker, ["turnlab/never-built:0"], join(folder, "images.tar"))).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });
});
