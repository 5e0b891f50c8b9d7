import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { postComment } from "./comment.ts";
import type { Service } from "./service.ts";

const MARKER = "<!-- turnlab gate: turnserver.conf -->";
const BODY = `${MARKER}\n\n## passed\n`;

type Asked = { line: string; headers: IncomingMessage["headers"]; body: unknown };
type Answer = { status?: number; body?: unknown };

/** An API on loopback that answers as it is told, by `METHOD /path`. */
async function api(answers: Record<string, Answer>): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method} ${request.url}`;
    const body = request.method === "GET" ? null : await json(request);
    asked.push({ line, headers: request.headers, body });
    const { status = 200, body: said = {} } = answers[line] ?? { status: 404 };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(said));
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const service = (name: Service["name"], url: string): Service => ({
  name,
  root: "/",
  base: null,
  change: { api: url, project: name === "github" ? "acme/turn" : "42", number: 7 },
});

const COMMENTS = "/repos/acme/turn/issues/7/comments?per_page=100&page=";
const comment = (id: number, body: string, login = "github-actions[bot]", type = "Bot") => ({
  id,
  body,
  user: { login, type },
});
const FORBIDDEN = { status: 403, body: { message: "Resource not accessible by integration" } };

describe("on GitHub", () => {
  it("comments, with the token and the version of the API", async () => {
    const { url, asked } = await api({
      "GET /user": FORBIDDEN,
      [`GET ${COMMENTS}1`]: { body: [comment(1, "hello")] },
      "POST /repos/acme/turn/issues/7/comments": { status: 201 },
    });
    expect(await postComment(service("github", url), "t0ken", BODY)).toEqual({ isPosted: true, what: "commented" });
    const posted = asked.at(-1);
    expect(posted?.body).toEqual({ body: BODY });
    expect(posted?.headers).toMatchObject({ authorization: "Bearer t0ken", "x-github-api-version": "2022-11-28" });
  });

  it("puts the text in the place of its own comment, and leaves what others wrote under its marker", async () => {
    const others = Array.from({ length: 99 }, (_, index) => comment(index + 1, "hello"));
    const { url, asked } = await api({
      "GET /user": FORBIDDEN,
      [`GET ${COMMENTS}1`]: { body: [...others, comment(100, BODY, "mallory", "User")] },
      [`GET ${COMMENTS}2`]: { body: [comment(101, `${MARKER}\r\n\r\nold`)] },
      "PATCH /repos/acme/turn/issues/comments/101": {},
    });
    expect(await postComment(service("github", url), "t", BODY)).toEqual({
      isPosted: true,
      what: "updated the comment",
    });
    expect(asked.at(-1)?.line).toBe("PATCH /repos/acme/turn/issues/comments/101");
  });

  it("says where the token only reads, as in a pull request from a fork", async () => {
    const { url } = await api({
      "GET /user": FORBIDDEN,
      [`GET ${COMMENTS}1`]: { body: [] },
      "POST /repos/acme/turn/issues/7/comments": FORBIDDEN,
    });
    expect(await postComment(service("github", url), "t", BODY)).toEqual({
      isPosted: false,
      what: "not commented: the token may not (POST was answered 403)",
    });
  });

  it("asks nothing where there is no pull request or no token, and survives an API that broke", async () => {
    const { url, asked } = await api({ "GET /user": { status: 502 } });
    const known = service("github", url);
    expect((await postComment({ ...known, change: null }, "t", BODY)).what).toMatch(/no pull or merge request/);
    expect((await postComment(known, null, BODY)).what).toMatch(/no token/);
    expect(asked).toEqual([]);
    expect(await postComment(known, "t", BODY)).toEqual({
      isPosted: false,
      what: "not commented: GET was answered 502",
    });
  });
});

it("updates its own note on GitLab", async () => {
  const notes = "/projects/42/merge_requests/7/notes";
  const { url, asked } = await api({
    "GET /user": { body: { username: "gate-bot" } },
    [`GET ${notes}?per_page=100&page=1&sort=asc`]: {
      body: [
        { id: 4, body: BODY, author: { username: "mallory" } },
        { id: 5, body: `${MARKER}\n\nold`, author: { username: "gate-bot" } },
      ],
    },
    [`PUT ${notes}/5`]: {},
  });
  expect((await postComment(service("gitlab", url), "t0ken", BODY)).what).toBe("updated the comment");
  expect(asked.at(-1)).toMatchObject({ body: { body: BODY }, headers: { "private-token": "t0ken" } });
});
