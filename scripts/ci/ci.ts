import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { ensureEngine } from "../../lab/runtime/engine.ts";
import { hasKeptImages, keptImages, loadImages, saveImages } from "../../lab/runtime/image-archive.ts";
import { formatBytes } from "../../reports/render/format.ts";
import type { Interrupt } from "../interruptible.ts";
import { badInput } from "../invalid-input.ts";
import { postComment } from "./comment.ts";
import { gateStep } from "./gate-step.ts";
import { readInputs } from "./inputs.ts";
import { addToSummary, jobFiles, writeOutputs } from "./job-files.ts";
import { serviceOf } from "./service.ts";

export const CI_STEPS = ["keys", "load", "gate", "save", "comment", "all"] as const;
export type CiStep = (typeof CI_STEPS)[number];

const say = (line: string) => void process.stderr.write(`turnlab: ${line}\n`);

/**
 * The steps of a CI job around a gate, each by itself, or `all` in one. Those of a service's own (caches, artifacts) stand between
 * them: in action.yml, in ci/gitlab.yml. Only `gate` and `all` may fail a job, by the exit code.
 */
export async function ciCommand(step: string, interrupt: Interrupt, env = process.env): Promise<number> {
  const folder = env.TURNLAB_GATE_FOLDER || "turnlab-gate";
  const files = jobFiles(folder);
  switch (step as CiStep) {
    case "keys":
      writeOutputs({ "images-key": imagesKey(), "images-file": files.images }, env);
      return 0;
    case "load":
      await load(files.images);
      return 0;
    case "save":
      writeOutputs({ saved: String(await save(files.images)) }, env);
      return 0;
    case "gate":
      interrupt.begin();
      return await gateStep({ env, folder, signal: interrupt.signal });
    case "comment":
      await comment(files.summary, env);
      return 0;
    case "all": {
      const isLoaded = await load(files.images);
      interrupt.begin();
      const exitCode = await gateStep({ env, folder, signal: interrupt.signal });
      if (!isLoaded) await save(files.images);
      await comment(files.summary, env);
      return exitCode;
    }
    default:
      throw badInput({
        place: "STEP",
        expected: `one of ${CI_STEPS.join(", ")}`,
        found: `"${step}"`,
        hint: "action.yml and ci/gitlab.yml call them; ./turnlab ci all is all of them in one.",
      });
  }
}

/** Changes with what is in any of the images: their references hold hashes of it. */
function imagesKey(): string {
  const hash = createHash("sha256").update(keptImages().join("\n")).digest("hex").slice(0, 16);
  return `turnlab-images-${process.arch}-${hash}`;
}

/** Whether the engine had all images, or has them now. */
async function load(file: string): Promise<boolean> {
  const { docker } = await ensureEngine(say);
  if (await hasKeptImages(docker)) return true;
  if (!existsSync(file)) return false;
  const startedAt = performance.now();
  await loadImages(docker, file);
  say(`images loaded in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return await hasKeptImages(docker);
}

/** Whether there is a file now: not where a gate ended before it built them. */
async function save(file: string): Promise<boolean> {
  const { docker } = await ensureEngine(say);
  if (!(await hasKeptImages(docker))) {
    say("the images are not all there: none kept");
    return false;
  }
  mkdirSync(dirname(file), { recursive: true });
  say(`images kept: ${formatBytes(await saveImages(docker, keptImages(), file))}`);
  return true;
}

async function comment(summary: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { token, isCommenting } = readInputs(env);
  if (!isCommenting || !existsSync(summary)) return;
  const { isPosted, what } = await postComment(serviceOf(env), token, readFileSync(summary, "utf8"));
  say(what);
  if (!isPosted) addToSummary(`turnlab: ${what}. All of it stands here.`, env);
}
