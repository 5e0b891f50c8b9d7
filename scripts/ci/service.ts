import { readFileSync } from "node:fs";

/** What a CI service says of the job that runs, in one shape. */
export type Service = {
  name: "github" | "gitlab" | "none";
  /** The checkout of what is gated: paths in annotations start there. */
  root: string;
  /** The commit that a change is a change of. `isCertain`: it is the target's; what stood before a push may be gone since. */
  base: { commit: string; isCertain: boolean; what: string } | null;
  /** The pull or merge request, where the job is one's. */
  change: Change | null;
};

export type Change = { api: string; project: string; number: number };

/** The parts of GitHub's event payloads that are read here (docs.github.com, "Webhook events and payloads"). */
type GithubEvent = {
  before?: string;
  pull_request?: { number?: number; base?: { sha?: string } };
  merge_group?: { base_sha?: string };
};

export function serviceOf(env: NodeJS.ProcessEnv): Service {
  if (env.GITHUB_ACTIONS === "true") return github(env);
  if (env.GITLAB_CI === "true") return gitlab(env);
  return { name: "none", root: process.cwd(), base: null, change: null };
}

function github(env: NodeJS.ProcessEnv): Service {
  const { pull_request: pull, merge_group: queue, before } = readEvent(env.GITHUB_EVENT_PATH);
  const { GITHUB_WORKSPACE, GITHUB_API_URL = "https://api.github.com", GITHUB_REPOSITORY } = env;
  return {
    name: "github",
    root: GITHUB_WORKSPACE || process.cwd(),
    base:
      certain(pull?.base?.sha, "the pull request's base") ??
      certain(queue?.base_sha, "the merge queue's base") ??
      former(before),
    change:
      GITHUB_REPOSITORY && pull?.number
        ? { api: GITHUB_API_URL, project: GITHUB_REPOSITORY, number: pull.number }
        : null,
  };
}

/** docs.gitlab.com, "Predefined CI/CD variables". */
function gitlab(env: NodeJS.ProcessEnv): Service {
  const { CI_PROJECT_DIR, CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID } = env;
  return {
    name: "gitlab",
    root: CI_PROJECT_DIR || process.cwd(),
    base:
      // Only where the pipeline runs on the merged result, of which the target is the base.
      certain(env.CI_MERGE_REQUEST_TARGET_BRANCH_SHA, "the merge request's target") ??
      certain(env.CI_MERGE_REQUEST_DIFF_BASE_SHA, "the merge request's base") ??
      former(env.CI_COMMIT_BEFORE_SHA),
    change:
      CI_API_V4_URL && CI_PROJECT_ID && CI_MERGE_REQUEST_IID
        ? { api: CI_API_V4_URL, project: CI_PROJECT_ID, number: Number(CI_MERGE_REQUEST_IID) }
        : null,
  };
}

function certain(commit: string | undefined, what: string): Service["base"] {
  return commit ? { commit, isCertain: true, what } : null;
}

/** Zeros: a branch that was not there before. */
function former(commit: string | undefined): Service["base"] {
  return commit && !/^0+$/.test(commit) ? { commit, isCertain: false, what: "what stood before this push" } : null;
}

function readEvent(file: string | undefined): GithubEvent {
  if (!file) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as GithubEvent;
  } catch {
    return {};
  }
}
