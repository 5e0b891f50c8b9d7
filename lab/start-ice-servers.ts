import { randomBytes } from "node:crypto";
import type { AllocationCutter } from "./cut-allocations.ts";
import { type StartedEmulator, startEmulator } from "./ice-servers/emulator/start-emulator.ts";
import { environmentKeys } from "./ice-servers/environment-keys.ts";
import { IceServerLists, type IceServerSources } from "./ice-servers/ice-server-lists.ts";
import { IceServersError, type ListRequest } from "./ice-servers/provider.ts";
import { PROVIDERS } from "./ice-servers/providers.ts";
import type { LabContext } from "./lab-context.ts";
import { LabError } from "./lab-error.ts";
import { type ApiOffer, apiOffers, type IceServerApiSpec, providerFacts } from "./model/ice-server-api.ts";
import { DEFAULT_API_TIMEOUT_MS, type IceServerPolicy } from "./model/ice-server-policy.ts";
import { isRawIceServer, type Topology } from "./model/topology.ts";
import type { ServerSecrets } from "./server-secrets.ts";
import { iceServersOf } from "./turn/ice-servers.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";

type Parts = {
  turnServers: Record<string, TurnServerPlan>;
  secrets: ServerSecrets;
  cutter: AllocationCutter;
};

export type StartedIceServers = AsyncDisposable & { lists: IceServerLists };

/**
 * Starts an emulator for every API of a topology, and asks every real one whether it takes the user's keys.
 * @throws LabError quoting a provider that does not; nothing is left running then
 */
export async function startIceServers(
  { iceServerApis = {} }: Topology,
  policy: IceServerPolicy = {},
  parts: Parts,
  context: Pick<LabContext, "environment" | "signal">,
): Promise<StartedIceServers> {
  const emulators: StartedEmulator[] = [];
  const dispose = async () => void (await Promise.all(emulators.map((one) => one[Symbol.asyncDispose]())));
  const timeoutMs = policy.timeoutMs ?? DEFAULT_API_TIMEOUT_MS;
  const apis: Record<string, IceServerSources["apis"][string]> = {};
  try {
    for (const [name, spec] of Object.entries(iceServerApis)) {
      const { variants, defaultTtlSeconds } = providerFacts(spec.provider);
      let place: Pick<ListRequest, "baseUrl" | "keys">;
      if (spec.endpoint === "real") place = realPlace(name, spec, context.environment);
      else {
        const emulator = await startEmulator(emulatorSpec(name, spec, parts));
        emulators.push(emulator);
        place = { baseUrl: emulator.baseUrl, keys: { ...emulator.keys, ...spec.keys } };
      }
      const ask = (signal: AbortSignal) =>
        PROVIDERS[spec.provider].fetch({
          ...place,
          variant: spec.variant ?? variants[0] ?? "",
          ttlSeconds: spec.ttlSeconds ?? defaultTtlSeconds,
          timeoutMs,
          signal,
        });
      if (spec.endpoint === "real") await proveKeys(name, ask, context.signal);
      apis[name] = ask;
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const lists = new IceServerLists({ apis, own: ownEntries(parts) }, policy);
  return { lists, [Symbol.asyncDispose]: dispose };
}

function emulatorSpec(name: string, spec: IceServerApiSpec, { turnServers, secrets, cutter }: Parts) {
  const provided = apiOffers(spec, (server) => turnServers[server]?.hostname ?? server);
  // A backend of the application's own hands its servers out where they listen.
  const { isOwnBackend } = providerFacts(spec.provider);
  const offers = isOwnBackend ? provided.map((offer) => ({ ...offer, urls: ownUrls(offer, turnServers) })) : provided;
  if (spec.provider === "coturn-rest" && spec.handsOut !== "round-robin") proveOneOpensAll(name, offers, turnServers);
  const mint = (server: string, ttlSeconds: number | null) => {
    const credential = secrets.credentialFor(server, `${name}-${randomBytes(4).toString("hex")}`, ttlSeconds);
    if (spec.cutsAtExpiry && ttlSeconds !== null) cutter.cutAt(server, credential.username);
    return credential;
  };
  return { ...spec, offers, mint };
}

/** All URLs of a server, STUN where the provider hands it out at all. */
function ownUrls({ server, urls }: ApiOffer, turnServers: Parts["turnServers"]): string[] {
  const own = iceServersOf([server], turnServers).flatMap((entry) => entry.urls);
  const isStun = (url: string) => url.startsWith("stun:");
  return urls.some(isStun) ? own : own.filter((url) => !isStun(url));
}

/** Of secrets that stand in turnserver.conf files, no check of the scenario knows. */
function proveOneOpensAll(name: string, offers: readonly { server: string }[], turnServers: Parts["turnServers"]) {
  const [first, ...others] = offers.map(({ server }) => server);
  const secret = turnServers[first ?? ""]?.secrets[0];
  const closed = others.filter((server) => secret === undefined || !turnServers[server]?.secrets.includes(secret));
  if (closed.length === 0) return;
  const servers = closed.join(", ");
  throw new LabError(
    `API ${name} mints with the secret of ${first}, which does not open ${servers}: give them the same`,
  );
}

/**
 * Entries that no API gives: a server's URLs with what opens it for this peer, or what the scenario says is presented instead;
 * or an application's own.
 */
function ownEntries({ turnServers, secrets }: Parts): IceServerSources["own"] {
  return (ref, { role, session }) => {
    const own = typeof ref === "object" && !isRawIceServer(ref) ? ref : undefined;
    const userId = `${role}-${session}`;
    const facts = Object.values(turnServers).map((plan) => {
      const credential =
        own?.server === plan.name && own.credential !== undefined
          ? secrets.flawedCredentialFor(plan.name, userId, own.credential)
          : secrets.credentialFor(plan.name, userId);
      return [plan.name, { ...plan, credential }] as const;
    });
    return iceServersOf([ref], Object.fromEntries(facts));
  };
}

function realPlace(
  name: string,
  { provider }: IceServerApiSpec,
  environment: LabContext["environment"],
): Pick<ListRequest, "baseUrl" | "keys"> {
  if (!environment) throw new LabError(`API ${name} asks a real endpoint, and this run does not allow it`);
  const found = environmentKeys(provider, environment);
  if ("missing" in found) throw new LabError(`API ${name} needs ${found.missing.join(", ")} in the environment`);
  return { baseUrl: PROVIDERS[provider].realBaseUrl(found.keys), keys: found.keys };
}

/** Before anything is built: keys that are refused would fail every session. */
async function proveKeys(name: string, ask: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal) {
  try {
    await ask(signal);
  } catch (error) {
    if (!(error instanceof IceServersError)) throw error;
    throw new LabError(`API ${name}: ${error.message}`, { cause: error });
  }
}
