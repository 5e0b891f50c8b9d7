import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
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
 * Serves the page and its modules on the container's loopback alone, and takes the page's socket. From there the
 * page is a secure context, which media devices need.
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
    const host = loopback();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, host, resolve);
    });
    const name = host === IPV4_LOOPBACK ? "localhost" : `[${host}]`;
    return new PageServer(server, `http://${name}:${(server.address() as AddressInfo).port}/`);
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

const IPV4_LOOPBACK = "127.0.0.1";

/**
 * A page that may not use microphone or camera gathers, in Firefox, from the address by which the system would reach the
 * page's own server, and from the other family's on the same interface (nICEr, nr_ice_set_local_addresses). Over IPv4 that is
 * nothing at all where the network has IPv6 alone; an application's page would come over IPv6 there.
 */
function loopback(): string {
  const all = Object.values(networkInterfaces()).flatMap((own = []) => own);
  return all.some(({ address }) => address === "::1") ? "::1" : IPV4_LOOPBACK;
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
