import type { Change, Service } from "./service.ts";

const TIMEOUT_MS = 30_000;
const PER_PAGE = 100;
/** Of more comments nobody has ours read out. */
const MAX_PAGES = 30;

/** A comment of a pull or merge request, as both services have it. */
type Comment = { id: number; body: string; author: string; isBot: boolean };

type Requests = {
  list(page: number): Promise<Comment[]>;
  create(body: string): Promise<void>;
  update(id: number, body: string): Promise<void>;
  /** Null where the token may not ask, as GitHub's own for a job. */
  me(): Promise<string | null>;
};

export type Posted = { isPosted: boolean; what: string };

/**
 * Posts the text, or puts it in the place of the comment that a former gate left, which begins with the same marker line. Where the
 * token may not comment that is said, and no fault: a pull request from a fork has one that only reads.
 */
export async function postComment(service: Service, token: string | null, body: string): Promise<Posted> {
  const { change, name } = service;
  if (name === "none" || change === null) return { isPosted: false, what: "not commented: no pull or merge request" };
  if (token === null) return { isPosted: false, what: "not commented: no token" };
  const requests = name === "github" ? github(change, token) : gitlab(change, token);
  try {
    const own = await findOwn(requests, markerOf(body));
    if (own === null) await requests.create(body);
    else await requests.update(own.id, body);
    return { isPosted: true, what: own === null ? "commented" : "updated the comment" };
  } catch (error) {
    if (error instanceof Refused) {
      return { isPosted: false, what: `not commented: the token may not (${error.message})` };
    }
    return { isPosted: false, what: `not commented: ${(error as Error).message}` };
  }
}

function markerOf(body: string): string {
  return body.split("\n", 1)[0] ?? "";
}

/** Somebody else's comment with our marker is not ours. */
async function findOwn(requests: Requests, marker: string): Promise<Comment | null> {
  const me = await requests.me();
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const comments = await requests.list(page);
    const own = comments.find(
      ({ body, author, isBot }) => markerOf(body).trim() === marker && (me === null ? isBot : author === me),
    );
    if (own) return own;
    if (comments.length < PER_PAGE) return null;
  }
  return null;
}

class Refused extends Error {}

/** docs.github.com, "REST API endpoints for issue comments", version 2022-11-28. */
function github({ api, project, number }: Change, token: string): Requests {
  type Said = { id: number; body?: string; user: { login: string; type: string } | null };
  const ask = asking({
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
  });
  const repository = `${api}/repos/${project}/issues`;
  return {
    list: async (page) =>
      ((await ask("GET", `${repository}/${number}/comments?per_page=${PER_PAGE}&page=${page}`)) as Said[]).map(
        ({ id, body = "", user }) => ({ id, body, author: user?.login ?? "", isBot: user?.type === "Bot" }),
      ),
    create: async (body) => void (await ask("POST", `${repository}/${number}/comments`, { body })),
    update: async (id, body) => void (await ask("PATCH", `${repository}/comments/${id}`, { body })),
    me: async () => await whoAmI(async () => ((await ask("GET", `${api}/user`)) as { login: string }).login),
  };
}

/** docs.gitlab.com, "Notes API". */
function gitlab({ api, project, number }: Change, token: string): Requests {
  type Said = { id: number; body: string; author: { username: string } };
  const ask = asking({ "private-token": token });
  const notes = `${api}/projects/${encodeURIComponent(project)}/merge_requests/${number}/notes`;
  return {
    list: async (page) =>
      ((await ask("GET", `${notes}?per_page=${PER_PAGE}&page=${page}&sort=asc`)) as Said[]).map(
        ({ id, body, author }) => ({ id, body, author: author.username, isBot: false }),
      ),
    create: async (body) => void (await ask("POST", notes, { body })),
    update: async (id, body) => void (await ask("PUT", `${notes}/${id}`, { body })),
    me: async () => await whoAmI(async () => ((await ask("GET", `${api}/user`)) as { username: string }).username),
  };
}

async function whoAmI(ask: () => Promise<string>): Promise<string | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}

function asking(headers: Record<string, string>) {
  return async (method: string, url: string, body?: object): Promise<unknown> => {
    const response = await fetch(url, {
      method,
      headers: { ...headers, "user-agent": "turnlab", ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if ([401, 403, 404].includes(response.status)) throw new Refused(`${method} was answered ${response.status}`);
    if (!response.ok) throw new Error(`${method} was answered ${response.status}`);
    return await response.json();
  };
}
