import { isIP } from "node:net";
import type { FailureCode } from "../model/failure.ts";
import { FAILURES, turnFailure } from "../model/failure.ts";
import { parseIceUrl, type StunUrl, type TurnUrl } from "../model/ice-url.ts";
import type { ProbeResult } from "../model/probe.ts";
import type { RawIceServer } from "../model/topology.ts";
import { isTransportOff, listensOn } from "../model/turn-listeners.ts";
import { AgentError } from "../net/agent/agent-error.ts";
import { familyOf } from "../net/ipv6-plan.ts";
import { notAsked, type Question, resultOf, type Told } from "../probe/question.ts";
import { authorityOf } from "../prove-lab.ts";
import type { ServerTarget } from "../stun/transport.ts";
import type { TurnServerPlan } from "../turn/turn-server.ts";
import type { ProbeSetting } from "./probe-setting.ts";

/** The line that usually decides about it. */
function optionOf(code: FailureCode, url: StunUrl | TurnUrl, { server }: ProbeSetting): string | null {
  const listener = listenerOption(url, server.options);
  const opener = server.secrets.length > 0 ? "static-auth-secret" : "user";
  const options: Partial<Record<FailureCode, string | null>> = {
    turn_no_answer: listener,
    stun_no_answer: listener,
    turn_connect_failed: listener,
    turn_tls_failed: "cert",
    turn_unauthorized: opener,
    turn_wrong_credentials: "realm",
    turn_allocation_mismatch: "realm",
    turn_quota_reached: "user-quota",
    turn_insufficient_capacity: "max-port",
  };
  return options[code] ?? null;
}

/** Why nobody listens there; null where somebody does, as far as options tell: then another line is at fault. */
export function listenerOption(url: StunUrl | TurnUrl, options: TurnServerPlan["options"]): string | null {
  const transport = url.kind === "turn" ? url.transport : "udp";
  if (isTransportOff(options, transport)) return `no-${transport}`;
  if (listensOn(options, { transport, port: url.port })) return null;
  return transport === "tls" ? "tls-listening-port" : "listening-port";
}

const QUESTION = {
  id: "reach",
  group: "reach",
  severity: "error",
  option: null,
  fix: null,
  affects: "users whose clients need this URL",
} as const;

/** Each URL that clients are given, by each address that it leads to: whether a relay comes of it, and data goes through. */
export async function probeReach(setting: ProbeSetting): Promise<ProbeResult[]> {
  const asked = setting.probing.profile.iceServers.flatMap((entry) =>
    [entry.urls].flat().map((url) => reachOf(url, entry, setting)),
  );
  return (await Promise.all(asked)).flat();
}

async function reachOf(url: string, entry: RawIceServer, setting: ProbeSetting): Promise<ProbeResult[]> {
  const parsed = parseIceUrl(url);
  if ("error" in parsed) return [notAsked(questionOf("reach", "stun"), url, parsed.error)];
  const { server } = setting;
  const addresses = addressesOf(parsed.host, setting);
  if (addresses.length === 0) {
    const why = `${parsed.host} is not ${server.name}: ${[server.hostname, ...server.aliases, ...server.addresses].join(", ")}`;
    return [notAsked(questionOf("reach", parsed.kind), url, why)];
  }
  const ask = (address: string) => reachAt(url, parsed, address, entry, setting);
  return await Promise.all(
    addresses.map(async (address) => {
      const first = await ask(address);
      // A machine that is busy may be late once; and nothing is worse than to blame a server for it.
      return first.verdict === "weak" ? await ask(address) : first;
    }),
  );
}

async function reachAt(
  url: string,
  parsed: StunUrl | TurnUrl,
  address: string,
  entry: RawIceServer,
  setting: ProbeSetting,
): Promise<ProbeResult> {
  const family = familyOf(address);
  const question = questionOf(family === "ipv6" ? "reach-ipv6" : "reach", parsed.kind);
  const { lab, probing, server, limits } = setting;
  const observer = lab.observerOf(family);
  const startedAt = performance.now();
  const tell = (told: Told, changed: Partial<Question> = {}) =>
    resultOf({ ...question, ...changed }, { url, durationMs: performance.now() - startedAt, ...told });
  try {
    if (parsed.kind === "stun") {
      const target = { address, port: parsed.port, transport: "udp" } as const;
      const { answer } = await observer.ask("stun-ready", { target, timeoutMs: limits.timeoutMs, retryMs: 100 });
      if (answer === "success") return tell({ observed: "an address", verdict: "ok" });
      const reason = "No client has a credential for a stun: URL: calls that could be direct take a relay, or fail.";
      const fix = "take the line secure-stun out, or hand out no stun: URL of this server";
      return tell({ observed: answer, verdict: "weak" }, { reason, fix, option: "secure-stun" });
    }
    const { username, credential: password } = entry;
    const own = probing.credentialFor ?? ((userId: string) => lab.secrets.credentialFor(server.name, userId));
    const credential = username === undefined || password === undefined ? own("reach") : { username, password };
    const ca = await authorityOf(server, probing.context);
    const { transport, host, port } = parsed;
    const trust = transport === "tls" ? { ...(isIP(host) ? {} : { servername: host }), ...(ca ? { ca } : {}) } : {};
    const target: ServerTarget = { address, port, transport, ...trust };
    const { timeoutMs } = limits;
    if (family === "ipv6") {
      const { outcome, message } = await observer.ask("turn-try", { ...target, ...credential, timeoutMs });
      if (outcome === "success") return tell({ observed: "a relay", verdict: "ok" });
      const silence = transport === "udp" ? "turn_no_answer" : "turn_connect_failed";
      throw new AgentError(outcome === "none" ? silence : turnFailure(outcome), message);
    }
    const check = await observer.ask("turn-relay-check", { ...target, ...credential, timeoutMs });
    const { relayed, received, allocateMs } = check;
    const where = `a relay at ${relayed.address}`;
    const measured = { allocateMs: Math.round(allocateMs * 10) / 10 };
    if (!server.addresses.includes(relayed.address)) {
      const reason = `Far peers send to ${relayed.address}, which is not the server's address on the internet (${server.address}).`;
      const fix = `external-ip=${server.address}${server.relay.address === server.address ? "" : `/${server.relay.address}`}`;
      return tell({ observed: where, verdict: "weak", measured }, { reason, fix, option: "external-ip" });
    }
    if (!received) {
      const reason =
        "What far peers send there does not arrive: the relay ports are closed on the way, or the address is not the server's.";
      const fix = "let the firewall in front of the server pass UDP from min-port to max-port";
      return tell(
        { observed: `${where}; no data through it`, verdict: "weak", measured },
        { reason, fix, option: "min-port" },
      );
    }
    return tell({ observed: `${where}, data through it`, verdict: "ok", measured });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const code = error.code as FailureCode;
    const failure = FAILURES[code];
    if (!failure) throw error;
    const told = { observed: code, verdict: "weak", why: error.message } as const;
    return tell(told, { reason: failure.means, fix: failure.change, option: optionOf(code, parsed, setting) });
  }
}

function questionOf(id: string, kind: (StunUrl | TurnUrl)["kind"]): Question {
  const isIpv6 = id === "reach-ipv6";
  const relay = isIpv6 ? "a relay" : "a relay at the server's address, data through it";
  const what = kind === "stun" ? "an address" : relay;
  const title = kind === "stun" ? "A Binding, as clients ask for it" : "An Allocate and data, as clients ask for it";
  const overIpv6 = isIpv6 ? ", over IPv6" : "";
  return { ...QUESTION, id, title: `${title}${overIpv6}`, expected: what, reason: "Clients are given this URL." };
}

/** Where a host of a URL leads in the lab, if it is this server's. */
function addressesOf(host: string, { server }: ProbeSetting): readonly string[] {
  if (isIP(host)) return server.addresses.filter((address) => address === host);
  return [server.hostname, ...server.aliases].includes(host) ? server.addresses : [];
}

/** TURN URLs that clients are given for this server. */
export function turnUrlsOf(setting: ProbeSetting): string[] {
  const urls = setting.probing.profile.iceServers.flatMap((entry) => [entry.urls].flat());
  return [...new Set(urls)].filter((url) => {
    const parsed = parseIceUrl(url);
    return "kind" in parsed && parsed.kind === "turn" && addressesOf(parsed.host, setting).length > 0;
  });
}
