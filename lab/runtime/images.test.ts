import { expect, it } from "vitest";
import type { Engine } from "./engine.ts";
import { removeImages } from "./images.ts";

it("removes the lab's images, children first, and stages that have a label and no name; no foreign name", async () => {
  const removed: string[] = [];
  const images = [
    { Id: "sha256:1", Created: 1, RepoTags: ["turnlab/base:aaa"] },
    { Id: "sha256:3", Created: 3, RepoTags: ["turnlab/fabric:ccc", "mine/fabric:latest"] },
    { Id: "sha256:2", Created: 2, RepoTags: ["<none>:<none>"] },
    { Id: "sha256:0", Created: 0, RepoTags: undefined },
  ];
  const docker = {
    listImages: async () => images,
    getImage: (ref: string) => ({ remove: async () => void removed.push(ref) }),
  } as unknown as Engine["docker"];
  expect(await removeImages({ docker })).toEqual(["turnlab/fabric:ccc", "sha256:2", "turnlab/base:aaa", "sha256:0"]);
  expect(removed).toHaveLength(4);
});
