import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { badInput } from "./invalid-input.ts";

/** Where only this machine's users can ask. */
export const LOOPBACK = "127.0.0.1";
/** As a program on this machine, or at the near end of `ssh -L`, names it: anything else is a name that was bent to loopback. */
const HOSTS: ReadonlySet<string> = new Set([LOOPBACK, "localhost", "[::1]"]);

/**
 * A server on loopback that answers nothing yet, and keeps no process alive. `port` 0: any that is free. `option`: whose port it is.
 * @throws InvalidInput where the port cannot be had
 */
export async function listenOnLoopback(port: number, option: string): Promise<Server> {
  const server = createServer({ requestTimeout: 10_000 });
  server.listen(port, LOOPBACK);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw badInput(
      {
        place: `${option} ${port}`,
        expected: `a port of ${LOOPBACK} that is free`,
        found: whyNot(cause as NodeJS.ErrnoException),
        hint: `Name another: ${option}=0 takes one that is free.`,
      },
      { cause },
    );
  }
  server.unref();
  server.on("connection", (socket) => socket.unref());
  return server;
}

/** Whether who asks came by loopback's own name: a page elsewhere can have its name point here (DNS rebinding). */
export function isForLoopback({ headers }: IncomingMessage): boolean {
  const host = headers.host?.replace(/:\d+$/, "") ?? "";
  return HOSTS.has(host.toLowerCase());
}

function whyNot({ code }: NodeJS.ErrnoException): string {
  if (code === "EADDRINUSE") return "one that is in use";
  return code === "EACCES" ? "one that this user may not take" : String(code);
}
