/**
 * Asks one HTTP server of the namespace that it runs in, once, and says on standard output what came of it. Its argument:
 * HttpGet. It ends within `timeoutMs`, whatever the server does.
 */
import http from "node:http";
import https from "node:https";
import { checkServerIdentity } from "node:tls";
import type { HttpGet, HttpGot } from "./http-get-protocol.ts";

/** What no endpoint has to say. */
const MAX_BYTES = 4 << 20;

const { address, port, path, timeoutMs, tls } = JSON.parse(process.argv[2] ?? "") as HttpGet;

function get(): Promise<HttpGot> {
  return new Promise((resolve) => {
    const fail = (reason: string) => resolve({ isOk: false, reason });
    const signal = AbortSignal.timeout(timeoutMs);
    signal.addEventListener("abort", () => fail(`no answer within ${timeoutMs} ms`));
    const where = { host: address, port, path, agent: false as const, signal };
    const request = tls
      ? https.get({ ...where, ca: tls.caPem, checkServerIdentity: (_, peer) => checkServerIdentity(tls.name, peer) })
      : http.get(where);
    request.on("error", (error: NodeJS.ErrnoException) => fail(error.message || (error.code ?? "no connection")));
    request.on("response", (response) => {
      const { statusCode = 0 } = response;
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => {
        text += piece;
        if (text.length > MAX_BYTES) fail(`an answer of more than ${MAX_BYTES} bytes`);
      });
      response.on("error", (error) => fail(error.message));
      response.on("end", () => (statusCode === 200 ? resolve({ isOk: true, text }) : fail(`HTTP ${statusCode}`)));
    });
  });
}

process.stdout.write(JSON.stringify(await get()), () => process.exit(0));
