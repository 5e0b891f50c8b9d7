import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, release, totalmem } from "node:os";
import { canInstallPackages } from "../lab/runtime/apt.ts";
import { describeFindings, type Engine, type EngineAbsent, findEngine, whyNotOurs } from "../lab/runtime/engine.ts";
import { findProgram } from "../lab/runtime/find-program.ts";
import { BROWSER_IMAGES, IMAGE_NAMES, rootReference } from "../lab/runtime/image-ref.ts";
import { BOOTSTRAPPED_ROOT, hasImage } from "../lab/runtime/image-root.ts";
import { missingImages } from "../lab/runtime/images.ts";
import { kernelHas, missingKernelFeatures } from "../lab/runtime/kernel-config.ts";

/** One need of the lab. `ok` also where the first run provides it by itself. */
type Finding = { need: string; ok: boolean; found: string; commands?: readonly string[] };

const IMAGES_BYTES = 1.5e9;
const REGISTRY_TIMEOUT_MS = 8_000;

/**
 * `turnlab doctor`: prints what this machine has, what it lacks and the command for it. Changes nothing. Returns 0 when
 * `turnlab run` can work. Without a Node or the dependencies the front door answers in its place.
 */
export async function doctor({ json }: { json?: boolean } = {}): Promise<number> {
  const engine = await findEngine();
  const findings: Finding[] = [
    { need: "node", ok: true, found: `${process.version} at ${process.execPath}` },
    { need: "dependencies", ok: true, found: "as in package-lock.json" },
    await engineFinding(engine),
    await imagesFinding(engine),
    kernelFinding(engine),
    linksFinding(engine),
    machineFinding(engine),
    await diskFinding(engine),
  ];
  const ok = findings.every((finding) => finding.ok);
  process.stdout.write(json ? `${JSON.stringify({ ok, findings }, null, 2)}\n` : renderFindings(findings));
  return ok ? 0 : 1;
}

/** Aligned lines: a mark, the need, what was found; below what is lacking, the commands. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ need }) => need.length));
  const indent = " ".repeat(width + 4);
  const lines = findings.flatMap(({ need, ok, found, commands }) => [
    `${ok ? "✓" : "✗"} ${need.padEnd(width)}  ${found}`,
    ...(ok ? [] : (commands ?? []).map((command) => `${indent}  ${command}`)),
  ]);
  return `${lines.join("\n")}\n`;
}

async function engineFinding(engine: Engine | EngineAbsent): Promise<Finding> {
  const need = "engine";
  if ("docker" in engine) {
    const { Driver, SecurityOptions } = (await engine.docker.info()) as { Driver: string; SecurityOptions?: string[] };
    const { version, apiVersion, cgroupVersion } = engine.info;
    const modes = ["rootless", "userns"].filter((mode) =>
      SecurityOptions?.some((option) => option.includes(`name=${mode}`)),
    );
    const facts = [`API ${apiVersion}`, `cgroup v${cgroupVersion}`, Driver, ...modes];
    if (engine.startedByUs) facts.push("started for the lab");
    return { need, ok: true, found: `Docker ${version} at ${engine.socket} (${facts.join(", ")})` };
  }
  const hopeless = whyNotOurs(engine);
  if (!hopeless) {
    const installed = findProgram("dockerd") !== null;
    return {
      need,
      ok: true,
      found: `none answers; the first run ${installed ? "" : "installs docker.io and "}starts one`,
    };
  }
  const isChosen = engine.findings.some(({ chosen }) => chosen);
  const places = isChosen ? "" : ` Looked at: ${describeFindings(engine)}`;
  return { need, ok: false, found: `${hopeless.message.split("\n")[0]}${places}`, commands: hopeless.commands };
}

async function imagesFinding(engine: Engine | EngineAbsent): Promise<Finding> {
  const need = "images";
  if (!("docker" in engine)) return { need, ok: true, found: "built by the first run" };
  const lacking = await missingImages(engine.docker, IMAGE_NAMES);
  const browsers = lacking.filter((name) => BROWSER_IMAGES.includes(name));
  const missing = lacking.filter((name) => !BROWSER_IMAGES.includes(name));
  const later = browsers.length === 0 ? "" : `; ${browsers.join(", ")}: built when a peer is one`;
  if (missing.length === 0) return { need, ok: true, found: `built${later}` };
  const what = `${missing.join(", ")}: built by the next run${later}`;
  if (!missing.includes("base")) return { need, ok: true, found: what };
  const root = rootReference();
  if (await hasImage(engine.docker, root)) return { need, ok: true, found: `${what} on ${root}, which is here` };
  const { repo, tag } = BOOTSTRAPPED_ROOT;
  if (await hasImage(engine.docker, `${repo}:${tag}`))
    return { need, ok: true, found: `${what} on ${repo}:${tag}, which is here` };
  if (await registryHas(engine, root)) return { need, ok: true, found: `${what} on ${root} from the registry` };
  if (findProgram("mmdebstrap") !== null || canInstallPackages()) {
    return { need, ok: true, found: `${what} with mmdebstrap from Debian's packages (no registry gives ${root})` };
  }
  return {
    need,
    ok: false,
    found: `no registry gives ${root}, and mmdebstrap is missing. Either of:`,
    commands: ["sudo apt-get install mmdebstrap", "export TURNLAB_BASE_IMAGE=REGISTRY/debian:bookworm-slim"],
  };
}

/** Asks through the engine, which is the one that would pull. */
async function registryHas(engine: Engine, reference: string): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, REGISTRY_TIMEOUT_MS, false).unref());
  const asked = engine.docker.getImage(reference).distribution();
  return Promise.race([
    asked.then(
      () => true,
      () => false,
    ),
    late,
  ]);
}

function kernelFinding(engine: Engine | EngineAbsent): Finding {
  const need = "kernel";
  const kernel = "docker" in engine ? engine.info.kernel : release();
  if (kernel !== release()) return { need, ok: true, found: `${kernel}, the engine's: not readable from here` };
  const missing = missingKernelFeatures();
  if (missing === null) return { need, ok: true, found: `${kernel}, which does not show how it was built` };
  if (missing.length === 0) return { need, ok: true, found: `${kernel} with namespaces, veth, bridges, nftables, NAT` };
  const commands = ["use an engine on another kernel: a distribution's own has all of them (export DOCKER_HOST=...)"];
  return { need, ok: false, found: `${kernel} was built without ${missing.join(", ")}`, commands };
}

/** What makes link conditions: a lab tries netem itself before it takes the delay line. */
function linksFinding(engine: Engine | EngineAbsent): Finding {
  const need = "links";
  const isHere = !("docker" in engine) || engine.info.kernel === release();
  const hasNetem = isHere ? kernelHas("CONFIG_NET_SCH_NETEM") : null;
  if (hasNetem === null)
    return { need, ok: true, found: "by netem where the engine's kernel has it, else by the lab's own delay line" };
  return {
    need,
    ok: true,
    found: hasNetem ? "by the kernel's netem" : "by the lab's own delay line: this kernel has no netem",
  };
}

function machineFinding(engine: Engine | EngineAbsent): Finding {
  const { cpus, memoryBytes } =
    "docker" in engine ? engine.info : { cpus: availableParallelism(), memoryBytes: totalmem() };
  return { need: "machine", ok: true, found: `${cpus} cores, ${gigabytes(memoryBytes)} of memory` };
}

async function diskFinding(engine: Engine | EngineAbsent): Promise<Finding> {
  const need = "disk";
  const folder =
    "docker" in engine ? ((await engine.docker.info()) as { DockerRootDir: string }).DockerRootDir : "/var/lib";
  const isHere = !("docker" in engine) || engine.info.kernel === release();
  if (!isHere || !existsSync(folder))
    return { need, ok: true, found: `${folder}, the engine's: not readable from here` };
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const always = IMAGE_NAMES.filter((name) => !BROWSER_IMAGES.includes(name));
  const images = "docker" in engine ? await missingImages(engine.docker, always) : always;
  const found = `${gigabytes(free)} free in ${folder}`;
  if (images.length === 0 || free > IMAGES_BYTES) return { need, ok: true, found };
  const commands = ["docker system prune", "./turnlab clean --images"];
  return { need, ok: false, found: `${found}; the images need ${gigabytes(IMAGES_BYTES)}`, commands };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
