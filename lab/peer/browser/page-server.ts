import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type WebSocket, WebSocketServer } from "ws";
import { LINE_PATH } from "../page-protocol.ts";

/** What a page may load of the container's files: modules of the rooms that run in a page. */
const MODULE = /^\/turnlab\/lab\/(model|peer|peer\/course|peer\/page)\/[a-z0-9-]+\.js$/;

/** A module that does not come, as when the network changes under it, is asked for again. */
const HTML = `<!doctype html>
<meta charset="utf-8">
<title>turnlab</title>
<link rel="icon" href="data:,">
<script type="module" src="/turnlab/lab/peer/page/main.js" onerror="setTimeout(() => location.reload(), 100)"></script>
`;

/**
 * Serves the page and its modules on the container's loopback alone, and takes the page's socket. As `localhost` the page
 * is a secure context, which media devices need.
 */
export class PageServer {
  readonly url: string;
  readonly #server: Server;
  #onSocket: (socket: WebSocket) => void = (socket) => socket.terminate();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    new WebSocketServer({ server, path: LINE_PATH }).on("connection", (socket) => this.#onSocket(socket));
  }

  /** `root`: where `/turnlab` lies; tests have another. */
  static async start(root = "/"): Promise<PageServer> {
    const server = createServer((request, response) => void answer(root, request, response));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return new PageServer(server, `http://localhost:${(server.address() as AddressInfo).port}/`);
  }

  /** Whose socket is the next: one page at a time. */
  expect(onSocket: (socket: WebSocket) => void): void {
    this.#onSocket = onSocket;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function answer(root: string, { url = "/" }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (url === "/") {
    response.writeHead(200, { "content-type": "text/html" }).end(HTML);
    return;
  }
  const content = MODULE.test(url) ? await readFile(join(root, url)).catch(() => null) : null;
  if (content === null) {
    process.stderr.write(`the page asked for ${url}, which is not there\n`);
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "content-type": "text/javascript" }).end(content);
}
