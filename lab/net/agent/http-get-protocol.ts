/** What `http-get.ts` is asked, and what it says. */
export type HttpGet = {
  address: string;
  port: number;
  path: string;
  timeoutMs: number;
  /** Of a server that speaks TLS: who must have signed its certificate, and the name that must stand there. */
  tls?: { caPem: string; name: string };
};

export type HttpGot = { isOk: true; text: string } | { isOk: false; reason: string };
