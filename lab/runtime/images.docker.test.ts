import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { release } from "node:os";
import { gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { canInstallPackages } from "./apt.ts";
import { describeDocker } from "./docker-test.ts";
import { type Engine, ensureEngine } from "./engine.ts";
import { findProgram } from "./find-program.ts";
import { ensureImage, NoSuchImageError } from "./image-facts.ts";
import { IMAGE_LABEL, IMAGE_NAMES, type ImageName, imageRef } from "./image-ref.ts";
import { bootstrapRoot, hasImage } from "./image-root.ts";
import { ensureImages } from "./images.ts";

const CAN_BOOTSTRAP = findProgram("mmdebstrap") !== null || canInstallPackages();
const WHY_NOT = CAN_BOOTSTRAP ? "" : " [skipped: mmdebstrap is missing, sudo apt-get install mmdebstrap]";

describeDocker("images", () => {
  let engine: Engine;
  let images: Record<ImageName, string>;

  beforeAll(async () => {
    engine = await ensureEngine(console.error);
    images = await ensureImages(engine, IMAGE_NAMES, console.error);
  }, 900_000);

  /** Runs a container with these lines on its stdin, which then ends or is held open, and returns how it ended. */
  async function run(
    image: string,
    lines: string[],
    { command = [], hold = false }: { command?: string[]; hold?: boolean } = {},
  ): Promise<{ code: number; output: string }> {
    const container = await engine.docker.createContainer({
      Image: image,
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      HostConfig: { NetworkMode: "none" },
      ...(command.length > 0 ? { Entrypoint: command } : {}),
    });
    try {
      const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
      let output = "";
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
      const ended = new Promise((resolve) => stream.once("end", resolve));
      await container.start();
      for (const line of lines) stream.write(`${line}\n`);
      if (!hold) stream.end();
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      await ended;
      return { code: StatusCode, output };
    } finally {
      await container.remove({ force: true });
    }
  }

  it("are labelled with their names", async () => {
    for (const name of IMAGE_NAMES) {
      const { Config } = await engine.docker.getImage(images[name]).inspect();
      expect(Config.Labels?.[IMAGE_LABEL]).toBe(name);
    }
  });

  it("that are there are neither fetched nor built nor mentioned", async () => {
    const say = vi.fn();
    const startedAt = performance.now();
    expect(await ensureImages(engine, IMAGE_NAMES, say)).toEqual(images);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(say).not.toHaveBeenCalled();
  });

  it("router ends with its stdin", async () => {
    expect(await run(images.router, ["hello"])).toEqual({ code: 0, output: "" });
  });

  it("router gives up when nobody says hello within 5 s", async () => {
    const { code, output } = await run(images.router, [], { hold: true });
    expect(code).toBe(1);
    expect(output).toContain("no hello within 5 s");
  });

  it("peer has werift and a Node that runs TypeScript", async () => {
    const program =
      "import { RTCPeerConnection } from 'werift'; const n: number = 1; console.log(typeof RTCPeerConnection, n)";
    const command = ["sh", "-c", `cd /turnlab && echo "${program}" > probe.ts && node probe.ts`];
    const { code, output } = await run(images.peer, [], { command });
    expect(code, output).toBe(0);
    expect(output).toContain("function 1");
  });

  it("fabric has its tools", async () => {
    const tools = "conntrack dnsmasq ip iptables-restore nft node nsenter ping ps tcpdump unshare";
    const command = ["sh", "-c", `for t in ${tools}; do command -v $t || exit 1; done`];
    const { code, output } = await run(images.fabric, [], { command });
    expect(code, output).toBe(0);
  });

  describe("base", () => {
    it("is built on Debian from a registry where one answers", async ({ skip, onTestFinished }) => {
      if (engine.info.kernel !== release())
        skip("the engine is elsewhere and does not reach a registry of this machine");
      const registry = await Registry.serving(engine, images.base, "debian", "bookworm-slim");
      const mirror = `127.0.0.1:${registry.port}/debian:bookworm-slim`;
      vi.stubEnv("TURNLAB_BASE_IMAGE", mirror);
      const built = imageRef("base");
      onTestFinished(async () => {
        vi.unstubAllEnvs();
        registry.close();
        for (const ref of [built, mirror])
          await engine.docker
            .getImage(ref)
            .remove({ force: true })
            .catch(() => {});
      });
      const said: string[] = [];
      expect(await ensureImages(engine, ["base"], (line) => said.push(line))).toEqual({ base: built });
      expect(said).toEqual([`fetching ${mirror}`, expect.stringMatching(/^image base built in \d+\.\d s$/)]);
      expect(built).not.toBe(images.base);
      expect((await run(built, [], { command: ["cat", "/etc/os-release"] })).output).toContain(
        "VERSION_CODENAME=bookworm",
      );
    });

    it("of somebody else comes from a registry, with its digest; one that is not there is told", async ({
      skip,
      onTestFinished,
    }) => {
      if (engine.info.kernel !== release())
        skip("the engine is elsewhere and does not reach a registry of this machine");
      const registry = await Registry.serving(engine, images.hold, "somebody/turn", "4");
      const reference = `127.0.0.1:${registry.port}/somebody/turn:4`;
      onTestFinished(async () => {
        registry.close();
        await engine.docker
          .getImage(reference)
          .remove({ force: true })
          .catch(() => {});
      });
      const said: string[] = [];
      const ensure = (name: string) => ensureImage(engine.docker, name, (line) => said.push(line));
      expect(await ensure(reference)).toEqual({
        reference,
        id: expect.stringMatching(/^[0-9a-f]{64}$/),
        digest: expect.stringMatching(/\/somebody\/turn@sha256:[0-9a-f]{64}$/),
        command: ["/turnlab/hold"],
      });
      await ensure(reference);
      expect(said).toEqual([`fetching ${reference}`]);
      await expect(ensure(reference.replace(/:4$/, ":5"))).rejects.toThrow(NoSuchImageError);
      // Nobody listens on port 1.
      await expect(ensure("127.0.0.1:1/somebody/turn")).rejects.toThrow(/cannot be pulled \(.*refused.*docker pull /s);
    });

    it.skipIf(!CAN_BOOTSTRAP)(
      `is built on Debian from its packages where none does${WHY_NOT}`,
      { timeout: 300_000 },
      async () => {
        const made = { repo: "turnlab/debian", tag: `test-${process.pid}` };
        const ref = `${made.repo}:${made.tag}`;
        try {
          await bootstrapRoot(engine.docker, engine.info.architecture, console.error, made);
          expect(await hasImage(engine.docker, ref)).toBe(true);
          expect((await run(ref, [], { command: ["cat", "/etc/os-release"] })).output).toContain(
            "VERSION_CODENAME=bookworm",
          );
        } finally {
          await engine.docker
            .getImage(ref)
            .remove({ force: true })
            .catch(() => {});
        }
      },
    );
  });
});

/** A registry (OCI distribution, pull only) on loopback that has one image, taken from the engine. */
class Registry {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async serving(engine: Engine, image: string, repository: string, tag: string): Promise<Registry> {
    const files = await untar(await engine.docker.getImage(image).get());
    const manifest = JSON.parse(String(files.get("manifest.json")))[0] as { Config: string; Layers: string[] };
    const blobs = new Map<string, Buffer>();
    const store = (mediaType: string, content: Buffer) => {
      const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
      blobs.set(digest, content);
      return { mediaType, size: content.length, digest };
    };
    const file = (path: string) => files.get(path) ?? Buffer.alloc(0);
    const served = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: store("application/vnd.docker.container.image.v1+json", file(manifest.Config)),
      layers: manifest.Layers.map((path) =>
        store("application/vnd.docker.image.rootfs.diff.tar.gzip", gzipSync(file(path), { level: 1 })),
      ),
    });
    const { digest } = store(MANIFEST, Buffer.from(served));
    const server = createServer((request, response) => {
      const path = (request.url ?? "").replace(`/v2/${repository}/`, "");
      const content = blobs.get(path === `manifests/${tag}` ? digest : path.replace(/^(manifests|blobs)\//, ""));
      if (request.url === "/v2/") return response.end("{}");
      if (!content) return response.writeHead(404, { "content-type": "application/json" }).end(UNKNOWN);
      const type = path.startsWith("manifests/") ? MANIFEST : "application/octet-stream";
      response.writeHead(200, {
        "content-type": type,
        "content-length": content.length,
        "docker-content-digest": digest,
      });
      return response.end(request.method === "HEAD" ? undefined : content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Registry(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** OCI distribution, error codes. */
const UNKNOWN = JSON.stringify({ errors: [{ code: "MANIFEST_UNKNOWN", message: "manifest unknown" }] });
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

async function untar(stream: NodeJS.ReadableStream): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = extract();
  stream.pipe(entries);
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}
