import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { PROJECT_ROOT } from "./archive.ts";
import { contextFiles, declaredBase, IMAGE_NAMES, imageRef, parentOf, rootReference } from "./image-ref.ts";

afterEach(() => vi.unstubAllEnvs());

describe.each(IMAGE_NAMES)("image %s", (name) => {
  it("has a stable reference", () => {
    expect(imageRef(name)).toMatch(new RegExp(`^turnlab/${name}:[0-9a-f]{12}$`));
    expect(imageRef(name)).toBe(imageRef(name));
  });

  it("has a Dockerfile that stands on another image of ours or, the base, on Debian", () => {
    if (name === "base") expect(declaredBase(name)).toBe("debian:bookworm-slim");
    else expect(parentOf(name)).not.toBeNull();
  });

  it("describes its contract in a README, which is no part of the image", () => {
    expect(existsSync(join(PROJECT_ROOT, "docker", name, "README.md"))).toBe(true);
    expect(contextFiles(name).map(({ path }) => path)).not.toContain("README.md");
  });
});

it("another base makes other images, all the way up", () => {
  vi.stubEnv("TURNLAB_BASE_IMAGE", "");
  const usual = IMAGE_NAMES.map(imageRef);
  vi.stubEnv("TURNLAB_BASE_IMAGE", "mirror.test/debian:bookworm-slim");
  expect(rootReference()).toBe("mirror.test/debian:bookworm-slim");
  for (const [i, name] of IMAGE_NAMES.entries()) expect(imageRef(name)).not.toBe(usual[i]);
});
