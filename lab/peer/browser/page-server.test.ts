import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { PageServer } from "./page-server.ts";

let root: string;
let server: PageServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "page-server-"));
  for (const room of ["peer/page", "peer/browser"]) {
    mkdirSync(join(root, "turnlab/lab", room), { recursive: true });
    writeFileSync(join(root, "turnlab/lab", room, "main.js"), "export {};");
  }
  writeFileSync(join(root, "secret.js"), "");
  server = await PageServer.start(root);
});
afterAll(() => {
  server.close();
  rmSync(root, { recursive: true });
});

const get = (path: string) => fetch(new URL(path, server.url));

it("serves the page and the modules of a page's rooms as JavaScript, and nothing else", async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const page = await get("/");
  expect(page.headers.get("content-type")).toBe("text/html");
  const [, main = ""] = /src="([^"]+)"/.exec(await page.text()) ?? [];
  const module = await get(main);
  expect([module.status, module.headers.get("content-type")]).toEqual([200, "text/javascript"]);
  const others = [
    "/turnlab/lab/peer/browser/main.js",
    "/turnlab/lab/peer/page/%2e%2e/main.js",
    "/secret.js",
    "/etc/hosts",
  ];
  for (const path of others) expect([path, (await get(path)).status]).toEqual([path, 404]);
});

it("gives the page's socket to whoever expects it", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  server.expect((socket) => socket.once("message", (data) => resolve(String(data))));
  const socket = new WebSocket(server.url.replace("http:", "ws:").replace(/\/$/, "/line"));
  socket.once("open", () => socket.send("here"));
  expect(await promise).toBe("here");
  socket.terminate();
});
