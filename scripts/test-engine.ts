/** For tests only: a Docker engine of a few words, on a socket of its own, that starts nothing. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";

type Answers = Record<string, unknown>;

/** What an engine without containers and images says; paths without the API's version. */
const NOTHING_THERE: Answers = {
  "GET /_ping": "OK",
  "GET /info": { ServerVersion: "29.1", Architecture: "x86_64", NCPU: 2, MemTotal: 1e9 },
  "GET /version": { ApiVersion: "1.51" },
  "GET /images/json": [],
  "GET /containers/json": [],
};

export class TestEngine implements AsyncDisposable {
  readonly host: string;
  /** `METHOD /path` of every request, in order. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(server: Server, socket: string) {
    this.#server = server;
    this.host = `unix://${socket}`;
  }

  /** `upgrade` is given the stream of a hijacked request, such as an exec's. */
  static async listen(socket: string, answers: Answers = {}, upgrade?: (stream: Duplex) => void): Promise<TestEngine> {
    const server = createServer({}, (request, response) => {
      const name = nameOf(request);
      engine.requests.push(name);
      const answer = { ...NOTHING_THERE, ...answers }[name];
      response.setHeader("content-type", "application/json");
      response.statusCode = answer === undefined ? 404 : 200;
      response.end(JSON.stringify(answer ?? { message: `${name}: not here` }));
    });
    const engine = new TestEngine(server, socket);
    server.on("upgrade", (request: IncomingMessage, stream: Duplex) => {
      engine.requests.push(nameOf(request));
      stream.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      upgrade?.(stream);
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return engine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function nameOf({ method, url = "" }: IncomingMessage): string {
  const { pathname } = new URL(url, "http://engine");
  return `${method} ${pathname.replace(/^\/v[\d.]+(?=\/)/, "")}`;
}
