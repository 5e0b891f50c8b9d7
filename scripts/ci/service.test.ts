import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { serviceOf } from "./service.ts";

function github(event: object) {
  const folder = mkdtempSync(join(tmpdir(), "turnlab-event-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "event.json"), JSON.stringify(event));
  return serviceOf({
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: "/repo",
    GITHUB_REPOSITORY: "acme/turn",
    GITHUB_API_URL: "https://github.example.org/api/v3",
    GITHUB_EVENT_PATH: join(folder, "event.json"),
  });
}

describe("on GitHub", () => {
  it("knows the pull request and its base", () => {
    expect(github({ before: "b".repeat(40), pull_request: { number: 7, base: { sha: "a".repeat(40) } } })).toEqual({
      name: "github",
      root: "/repo",
      base: { commit: "a".repeat(40), isCertain: true, what: "the pull request's base" },
      change: { api: "https://github.example.org/api/v3", project: "acme/turn", number: 7 },
    });
  });

  it("takes a merge queue's base, and what stood before a push", () => {
    expect(github({ merge_group: { base_sha: "c" } }).base).toMatchObject({ commit: "c", isCertain: true });
    expect(github({ before: "d" })).toMatchObject({ base: { commit: "d", isCertain: false }, change: null });
    expect(github({ before: "0".repeat(40) }).base).toBeNull();
    expect(github({}).base).toBeNull();
  });
});

it("knows GitLab's merge request, and its target where the pipeline runs on the result", () => {
  const env = {
    GITLAB_CI: "true",
    CI_PROJECT_DIR: "/builds/acme/turn",
    CI_API_V4_URL: "https://gitlab.example.org/api/v4",
    CI_PROJECT_ID: "42",
    CI_MERGE_REQUEST_IID: "7",
    CI_MERGE_REQUEST_DIFF_BASE_SHA: "a",
    CI_MERGE_REQUEST_TARGET_BRANCH_SHA: "",
    CI_COMMIT_BEFORE_SHA: "0".repeat(40),
  };
  expect(serviceOf(env)).toMatchObject({
    base: { commit: "a", isCertain: true },
    change: { api: "https://gitlab.example.org/api/v4", project: "42", number: 7 },
  });
  expect(serviceOf({ ...env, CI_MERGE_REQUEST_TARGET_BRANCH_SHA: "t" }).base?.commit).toBe("t");
});

it("is none elsewhere", () => {
  expect(serviceOf({})).toMatchObject({ name: "none", base: null, change: null });
});
