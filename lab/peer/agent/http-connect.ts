import net from "node:net";
import type { FailureCode } from "../../model/failure.ts";

/** A proxy's answer is a few hundred bytes; whatever sends more before the empty line is no proxy. */
const MAX_HEAD_BYTES = 16_384;

/** What a proxy answered instead of a tunnel. */
export class ProxyError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, message: string) {
    super(message);
    this.name = "ProxyError";
    this.code = code;
  }
}

/**
 * Asks a proxy for a tunnel (RFC 9110 section 9.3.6), by name where the target has one: as in browsers, the proxy
 * resolves it. Afterwards the connected socket, paused, is the server's. Rejects with a ProxyError, Node's error or the
 * signal's reason.
 */
export async function connectThrough(
  socket: net.Socket,
  target: { host: string; port: number },
  signal: AbortSignal,
): Promise<void> {
  const authority = `${net.isIPv6(target.host) ? `[${target.host}]` : target.host}:${target.port}`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  const status = await readStatus(socket, signal);
  const said = `the proxy answered ${status.number} ${status.reason}`.trimEnd();
  if (status.number === 407) throw new ProxyError("proxy_unauthorized", said);
  if (status.number >= 400 && status.number < 500) throw new ProxyError("proxy_refused", said);
  if (status.number < 200 || status.number >= 300) throw new ProxyError("proxy_failed", said);
}

type Status = { number: number; reason: string };

/** Reads to the end of the header section; what follows it is left for the tunnel's user. */
function readStatus(socket: net.Socket, signal: AbortSignal): Promise<Status> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const finish = (end: () => void) => {
      socket.off("data", onData);
      socket.off("error", onError);
      socket.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
      end();
    };
    const refuse = (message: string) => finish(() => reject(new ProxyError("proxy_failed", message)));
    const onData = (data: Buffer) => {
      head = Buffer.concat([head, data]);
      const end = head.indexOf("\r\n\r\n");
      const isHttp = "HTTP/1.".startsWith(head.toString("latin1", 0, 7));
      if (!isHttp || (end < 0 && head.length > MAX_HEAD_BYTES)) return refuse("the proxy did not answer in HTTP");
      if (end < 0) return;
      const match = /^HTTP\/1\.[01] ([1-5]\d\d)(?: ([^\r\n]*))?\r\n/.exec(head.toString("latin1", 0, end + 4));
      if (!match) return refuse("the proxy did not answer in HTTP");
      // 1xx answers are interim (RFC 9110 section 15.2): the one that counts follows.
      if (match[1]?.startsWith("1")) {
        const rest = head.subarray(end + 4);
        head = Buffer.alloc(0);
        if (rest.length > 0) onData(rest);
        return;
      }
      finish(() => {
        socket.pause();
        if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
        resolve({ number: Number(match[1]), reason: (match[2] ?? "").trim() });
      });
    };
    const onError = (error: Error) => finish(() => reject(error));
    const onClose = () => refuse("the proxy closed the connection without a complete answer");
    const onAbort = () => finish(() => reject(signal.reason));
    if (signal.aborted) return onAbort();
    socket.on("data", onData);
    socket.once("error", onError);
    socket.once("close", onClose);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
