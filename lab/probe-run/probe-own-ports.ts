import type { ProbeResult } from "../model/probe.ts";
import { AgentError } from "../net/agent/agent-error.ts";
import { ADMIN_QUESTIONS } from "../probe/admin-ports.ts";
import { type Question, resultOf } from "../probe/question.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import { Settings } from "../turn-config/settings.ts";
import { LAB_LIMITS, type ProbeSetting } from "./probe-setting.ts";

/** Whoever listens for the operator alone; its option of turnserver.conf, which may name another port than the usual. */
const ADMIN_OPTIONS = ["cli-port", "web-admin-port", "prometheus-port"] as const;
/** No more are asked. */
const MOST = 16;
const LOOPBACK = /^(127\.|\[::1\]|::1)/;

/**
 * TCP ports that something in the server's namespace listens at, beside those that clients come to and those that every server
 * is asked: whether the internet is let in to them.
 */
export async function probeOwnPorts({ lab, server }: ProbeSetting): Promise<ProbeResult[]> {
  const netns = lab.pids[server.name];
  if (netns === undefined) return [];
  const sockets = await lab.fabric.exec(["ss", "-Hltn"], { netns });
  const clients = server.listeners.map(({ port }) => port);
  // Of a server with two addresses or more: the ports of RFC 5780, each beside one of the usual.
  const known = [...clients, ...clients.map((port) => port + 1), ...USUAL];
  const ports = openPorts(sockets).filter((port) => !known.includes(port));
  return await Promise.all(ports.slice(0, MOST).map((port) => askPort(port, { lab, server })));
}

const USUAL = Object.keys(ADMIN_QUESTIONS).flatMap((id) => Number(/^port-(\d+)$/.exec(id)?.[1] ?? "") || []);

/** Ports in the output of `ss -Hltn` that are open to more than loopback. */
export function openPorts(listed: string): number[] {
  const ports = listed.split("\n").flatMap((line) => {
    const [, address = "", port] = /^(.*):(\d+)$/.exec(line.trim().split(/\s+/)[3] ?? "") ?? [];
    return port === undefined || LOOPBACK.test(address) ? [] : [Number(port)];
  });
  return [...new Set(ports)];
}

async function askPort(port: number, { lab, server }: Pick<ProbeSetting, "lab" | "server">): Promise<ProbeResult> {
  const { configured, options } = server;
  const settings = configured ? new Settings(parseConfig(configured.config.text)) : null;
  const numberOf = (name: string) => settings?.numberOf(name) ?? Number(options[name]);
  const option = ADMIN_OPTIONS.find((name) => numberOf(name) === port) ?? null;
  const question: Question = {
    id: `port-${port}`,
    group: "admin",
    title: `TCP port ${port}: ${option === null ? "no client is given it" : option.replace("-port", "")}`,
    expected: "closed",
    severity: option === "prometheus-port" || option === null ? "warning" : "error",
    reason: "It is open to the internet, and nobody there has any business with it.",
    fix:
      option === null
        ? "a firewall, or the program's own option"
        : `${option === "prometheus-port" ? "prometheus-address" : option.replace("port", "ip")}=127.0.0.1`,
    affects: null,
    option,
  };
  const startedAt = performance.now();
  const { timeoutMs } = LAB_LIMITS;
  const target = { address: server.address, port, transport: "tcp" } as const;
  // Whoever takes the connection and says nothing is there all the same.
  const isOpen = await lab.observer.ask("stun-ready", { target, timeoutMs: timeoutMs / 4 }).then(
    () => true,
    (error: unknown) => error instanceof AgentError && error.code === "turn_no_answer",
  );
  const durationMs = performance.now() - startedAt;
  return resultOf(question, { observed: isOpen ? "open" : "closed", verdict: isOpen ? "weak" : "ok", durationMs });
}
