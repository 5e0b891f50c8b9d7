import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { badInput } from "./invalid-input.ts";

/** `url`: without a slash at its end. The one who disposes of it ends every connection, those that wait included. */
export type ServedLoopback = AsyncDisposable & { url: string };

const HOST = "127.0.0.1";
/** Whoever is asked by another name was looked up by it: a page elsewhere that had its name point here (DNS rebinding). */
const OWN_HOSTS: readonly string[] = [HOST, "localhost"];

/**
 * Serves `app` on loopback, where only this machine's users can ask. `port` 0: any that is free. The process does not live on for it.
 * `option`: whose port it is, for the message. @throws InvalidInput where the port cannot be had
 */
export async function serveLoopback(port: number, app: Hono, option: string): Promise<ServedLoopback> {
  const guarded = new Hono();
  guarded.use(async (context, next) => {
    const { hostname } = new URL(context.req.url);
    if (!OWN_HOSTS.includes(hostname)) return context.text(`ask ${HOST}\n`, 421);
    await next();
  });
  guarded.route("/", app);
  // Else the library replaces the process's own Request and Response.
  const server = createAdaptorServer({ fetch: guarded.fetch, overrideGlobalObjects: false });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, port, option)));
    server.listen(port, HOST, resolve);
  });
  server.unref();
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${HOST}:${bound}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** @throws InvalidInput */
export function portOf(option: string, written: string): number {
  const port = Number(written);
  if (/^\d+$/.test(written) && port <= 65_535) return port;
  throw badInput({
    place: option,
    expected: "a port from 0 (any that is free) to 65535, or nothing behind it",
    found: `"${written}"`,
    // The word behind an option is taken for its value.
    hint: `What it does not belong to goes before it, or write ${option}=PORT.`,
  });
}

function cannotListen(error: NodeJS.ErrnoException, port: number, option: string): Error {
  if (error.code !== "EADDRINUSE" && error.code !== "EACCES") return error;
  const found = error.code === "EACCES" ? `${port}, which this user may not have` : `${port}, which is in use`;
  const fault = {
    place: option,
    expected: `a port of ${HOST} that is free`,
    found,
    hint: `Name another, or 0 for any: ${option}=0.`,
  };
  return badInput(fault, { cause: error });
}
