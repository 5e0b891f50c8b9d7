import type { LabContext } from "../lab-context.ts";
import type { StartedLab } from "../lab-up.ts";
import type { GateProfile } from "../model/gate-profile.ts";
import type { TurnTransport } from "../model/ice.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "../probe/target.ts";
import { authorityOf } from "../prove-lab.ts";
import type { Credential } from "../turn/credentials.ts";
import { isOpen, targetOf } from "../turn/listener-proof.ts";
import type { TurnServerPlan } from "../turn/turn-server.ts";
import type { MemoryMeasured } from "./probe-memory.ts";

export type ProbedLab = Pick<
  StartedLab,
  "fabric" | "plan" | "pids" | "wiring" | "observer" | "observerOf" | "turnServers" | "secrets"
>;

export type ServerProbing = {
  profile: Pick<GateProfile, "iceServers" | "concurrentCalls" | "peerAddresses">;
  /** What clients present where an entry of `iceServers` brings nothing. Default: what opens this server. */
  credentialFor?: (userId: string) => Credential;
  context: Pick<LabContext, "ca" | "trustedPem">;
  signal: AbortSignal;
  /** Told what an allocation takes; absent: nobody wants to know, and it is not looked at. */
  onMemory?: (measured: MemoryMeasured) => void;
};

/** A server with all that its questions share. */
export type ProbeSetting = {
  lab: ProbedLab;
  server: TurnServerPlan;
  probing: ServerProbing;
  /** One of its listeners for each transport, that the internet is let in to. */
  targets: Readonly<Record<TurnTransport, ProbeTarget | null>>;
  /** Opens the server, each for a user of its own where users are minted; null: nothing that is known does. */
  open: ((userId: string) => ProbeCredential) | null;
  /** Whether each of those is another user. */
  isMinted: boolean;
  limits: ProbeLimits;
};

/** Answers of the lab come within milliseconds, of a machine that is busy within a second. */
export const LAB_LIMITS: ProbeLimits = { timeoutMs: 2_000, rtoMs: 200, groupMs: 12_000 };

/** `isAsked`: false, and it is not tried which credential opens the server. */
export async function probeSetting(
  lab: ProbedLab,
  name: string,
  probing: ServerProbing,
  { isAsked = true } = {},
): Promise<ProbeSetting> {
  const server = lab.turnServers[name];
  if (!server) throw new Error(`no TURN server ${name} in the lab`);
  const authority = await authorityOf(server, probing.context);
  const at = (transport: TurnTransport): ProbeTarget | null => {
    const listener = server.listeners.find((one) => one.transport === transport && isOpen(one, server));
    return listener ? { ...targetOf(server, listener, server.address, authority), url: null } : null;
  };
  const targets = { udp: at("udp"), tcp: at("tcp"), tls: at("tls") };
  const open = isAsked ? await opener(lab, { server, probing, targets }) : null;
  const isMinted = open !== null && open("one").username !== open("another").username;
  return { lab, server, probing, targets, open, isMinted, limits: LAB_LIMITS };
}

/** Any listener, the fastest to ask first. */
export const anyTarget = ({ udp, tcp, tls }: ProbeSetting["targets"]): ProbeTarget | null => udp ?? tcp ?? tls;

/** For what is not for UDP. */
export const streamTarget = ({ tcp, tls }: ProbeSetting["targets"]): ProbeTarget | null => tcp ?? tls;

/**
 * What clients present, else what the lab knows to open the server: the first of them that does. Over TCP where there is any: a
 * server whose UDP is lost on the way has its credentials all the same.
 */
async function opener(
  lab: ProbedLab,
  { server, probing, targets }: Pick<ProbeSetting, "server" | "probing" | "targets">,
): Promise<ProbeSetting["open"]> {
  const target = streamTarget(targets) ?? anyTarget(targets);
  if (!target) return null;
  const { credentialFor, profile } = probing;
  const own = (userId: string) => lab.secrets.credentialFor(server.name, userId);
  const given = profile.iceServers.flatMap(({ username, credential: password }) =>
    username === undefined || password === undefined ? [] : [() => ({ username, password })],
  );
  for (const open of [...given, ...(credentialFor ? [credentialFor] : []), own]) {
    const { timeoutMs } = LAB_LIMITS;
    const { outcome } = await lab.observer.ask("turn-try", { ...target, ...open("opener"), timeoutMs });
    if (outcome === "success") return open;
  }
  return null;
}
