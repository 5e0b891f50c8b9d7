import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTlsSocket } from "node:tls";
import type { ProbeResult } from "../model/probe.ts";
import { connectStream } from "../stun/stream-transport.ts";
import { openTcp } from "./look-at-tls.ts";
import { fillSheet, type Question } from "./question.ts";
import type { ProbeLimits, ProbeTarget } from "./target.ts";

const GROUP = { group: "admin", expected: "closed", affects: null } as const;

export const ADMIN_QUESTIONS = {
  "port-5766": {
    ...GROUP,
    id: "port-5766",
    title: "TCP port 5766: coturn's command line",
    severity: "error",
    reason: "It lists and ends sessions and changes settings, behind one password, in the clear.",
    fix: "no-cli (up to 4.9), no cli (from 4.10), or cli-ip=127.0.0.1",
    option: "no-cli",
  },
  "port-8080": {
    ...GROUP,
    id: "port-8080",
    title: "TCP port 8080: coturn's web admin, where it has one",
    severity: "error",
    reason:
      "Up to 4.11 a login form with an SQL injection (CVE-2026-53448); whatever it is, it is open to the internet.",
    fix: "no web-admin, or web-admin-ip=127.0.0.1",
    option: "web-admin",
  },
  "port-9641": {
    ...GROUP,
    id: "port-9641",
    title: "TCP port 9641: Prometheus",
    severity: "warning",
    reason: "Counters, and with prometheus-username-labels the names of users, for everybody.",
    fix: "prometheus-address=127.0.0.1 (from 4.6.3), or a firewall",
    option: "prometheus",
  },
} as const satisfies Record<string, Question>;

export const WEB_ADMIN_QUESTIONS = {
  "web-admin-on-tls": {
    ...GROUP,
    id: "web-admin-on-tls",
    title: "A GET to the TLS listener: web admin on the workers",
    expected: "no form, and the server goes on",
    severity: "error",
    reason: "The admin's login is where clients connect; in coturn 4.6.1 one GET ends the server.",
    fix: "no web-admin-listen-on-workers",
    option: "web-admin-listen-on-workers",
  },
} as const satisfies Record<string, Question>;

const PORTS = { "port-5766": 5766, "port-8080": 8080, "port-9641": 9641 } as const;
const SETTLE_MS = 500;
const MAX_PAGE_BYTES = 65_536;

/** One connection to each port, over which nothing is sent. */
export function askAdminPorts(address: string, limits: ProbeLimits): Promise<ProbeResult[]> {
  return fillSheet(ADMIN_QUESTIONS, null, limits, async (sheet) => {
    await Promise.all(
      (Object.keys(PORTS) as (keyof typeof PORTS)[]).map(async (id) => {
        const startedAt = performance.now();
        const state = await portState(address, PORTS[id], limits.timeoutMs);
        sheet.tell(id, {
          observed: state,
          verdict: state === "open" ? "weak" : "ok",
          durationMs: performance.now() - startedAt,
        });
      }),
    );
  });
}

/** One GET, where the certificate can be verified, and whether anybody listens after it. `tls`: null where no URL is over TLS. */
export function askWebAdmin(tls: ProbeTarget | null, limits: ProbeLimits): Promise<ProbeResult[]> {
  return fillSheet(WEB_ADMIN_QUESTIONS, tls?.url ?? null, limits, async (sheet) => {
    if (!tls) throw new Error("no URL over TLS was given");
    const startedAt = performance.now();
    const page = await getPage(tls, limits);
    const hasForm = /<form|type=["']?password/i.test(page);
    // It ends a moment after it has closed the connection.
    await sleep(SETTLE_MS);
    const hasEnded = (await portState(tls.address, tls.port, limits.timeoutMs)) !== "open";
    sheet.tell("web-admin-on-tls", {
      observed: hasEnded ? "the server has ended" : hasForm ? "a form" : page === "" ? "no answer" : "no form",
      verdict: hasEnded || hasForm ? "weak" : "ok",
      durationMs: performance.now() - startedAt,
    });
  });
}

async function portState(address: string, port: number, timeoutMs: number): Promise<"open" | "closed" | "no answer"> {
  try {
    (await openTcp({ address, port }, timeoutMs)).destroy();
    return "open";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ECONNREFUSED" ? "closed" : "no answer";
  }
}

/** What comes for `GET /` until the server ends it or the time is over. */
async function getPage(target: ProbeTarget, { timeoutMs }: ProbeLimits): Promise<string> {
  // Throws where the certificate is not trusted: nobody is asked who could be anybody.
  await (await connectStream(target, { timeoutMs })).close();
  const { address: host, port, servername, ca } = target;
  const socket = connectTlsSocket({
    host,
    port,
    ...(servername && !isIP(servername) ? { servername } : {}),
    ...(ca ? { ca } : {}),
  });
  return await new Promise((resolve) => {
    let page = "";
    const limit = setTimeout(() => socket.destroy(), timeoutMs);
    socket.on("secureConnect", () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${servername ?? host}\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (chunk) => {
      page += chunk.toString("latin1");
      if (page.length > MAX_PAGE_BYTES || /<\/html>/i.test(page)) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(limit);
      resolve(page);
    });
  });
}
