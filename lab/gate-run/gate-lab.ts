import { applyTurnConfig } from "../apply-turn-config.ts";
import { listOfCell, transportOfCell } from "../gate/cell-list.ts";
import { CONTROL } from "../gate/controls.ts";
import { CONTROL_PEER, clientOf, FAR_PEER, GATE_SERVER, GATE_STUN, gateTopology } from "../gate/gate-topology.ts";
import type { MachinePlace } from "../gate/machine-place.ts";
import { turnUrls } from "../gate/turn-urls.ts";
import type { UrlHosts } from "../gate/url-hosts.ts";
import type { Call } from "../make-call.ts";
import type { GateCell } from "../model/gate.ts";
import type { GateProfile } from "../model/gate-profile.ts";
import type { GridScenario } from "../model/grid.ts";
import type { Traffic } from "../model/load.ts";
import type { CertificateFlaw, RawIceServer } from "../model/topology.ts";
import type { LabSpec } from "../plan-lab.ts";
import type { Fault } from "../scenario/fault.ts";
import { type Credential, restCredential } from "../turn/credentials.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";

/** One side of a gate, as its lab has to know it. */
export type GateLabInput = {
  profile: GateProfile;
  hosts: UrlHosts;
  place: MachinePlace;
  /** What this side's server runs. */
  config: TurnConfig;
  image?: string;
  /** What is to be wrong with the certificate that the lab gives it. */
  certificate?: CertificateFlaw;
  /** Whose secret or user opens what the application hands out without a credential: the baseline, else the candidate. */
  opener: TurnConfig;
  /** The run's own, where the opener says that it asks for one and has none. The same for both sides. */
  fresh: Credential;
};

export type GateLab = {
  /** For the log: the topology and its peers; the calls are the gate's. */
  scenario: GridScenario;
  spec: LabSpec;
  /** Another user each time, where credentials are minted. `traffic`: default a few messages each way. */
  callOf(cell: GateCell, traffic?: Traffic): Call;
  /** What clients present at an entry that brings nothing, whichever server is asked. */
  credentialFor(userId: string): Credential;
};

/** As long as a call may take to connect, and a moment for what it then sends. */
const GRACE_MS = 3_000;
const USUAL_LIFETIME_S = 86_400;

/** The lab of one side: the same networks, clients and names around either file. */
export function gateLab(input: GateLabInput): GateLab | { faults: Fault[] } {
  const { profile, hosts, place, config, image, certificate } = input;
  const { topology, peers } = gateTopology(profile, hosts, image);
  const turn = topology.turnServers?.[GATE_SERVER] ?? {};
  const plain: GridScenario = {
    description: `A gate's lab: every network of the profile, and a server that runs ${config.file}.`,
    topology: {
      ...topology,
      turnServers: {
        ...topology.turnServers,
        [GATE_SERVER]: { ...turn, ...(certificate ? { certificate } : {}), ...presented(input) },
      },
    },
    peers,
    cells: [],
    concurrency: 1,
  };
  const applied = applyTurnConfig(plain, GATE_SERVER, config, place);
  if ("faults" in applied) return applied;
  const { scenario } = applied;
  const stunPorts = hosts.stun.ports.map((port) => `udp:${port}` as const);
  const openers = new Openers(input);
  return {
    scenario,
    spec: {
      topology: scenario.topology,
      peers: scenario.peers,
      configs: { [GATE_SERVER]: config },
      cells: [{ iceServers: { offerer: [{ server: GATE_STUN, urls: stunPorts }] } }],
    },
    callOf: (cell, traffic) => callOf(cell, openers, input, traffic),
    credentialFor: (userId) => openers.credentialFor(userId),
  };
}

function callOf(cell: GateCell, openers: Openers, { profile, hosts }: GateLabInput, traffic?: Traffic): Call {
  const sessionTimeoutMs = profile.limits.connectTimeMs + GRACE_MS;
  const direct = { peer: FAR_PEER, iceServers: [{ server: GATE_STUN, urls: ["stun" as const] }] };
  if (cell.id === CONTROL.id) {
    const offerer = { peer: CONTROL_PEER, iceServers: [] };
    return { offerer, answerer: direct, expectedPath: "direct", sessionTimeoutMs };
  }
  const isRelayed = cell.far === "relayed";
  const transport = transportOfCell(cell);
  const near = openers.open(listOfCell(hosts.iceServers, cell));
  return {
    offerer: { peer: clientOf(cell.network), iceServers: near, transportPolicy: "relay" },
    answerer: isRelayed
      ? { ...direct, iceServers: openers.open(listOfCell(hosts.iceServers, cell)), transportPolicy: "relay" }
      : { ...direct, transportPolicy: "all" },
    expectedPath: "relayed",
    ...(transport === null ? {} : { expectedTransport: { offerer: transport } }),
    sessionTimeoutMs,
    ...(traffic ? { traffic } : {}),
  };
}

/** Credentials of entries that have none: the file's user, or one minted for each who asks, as a backend does. */
class Openers {
  readonly #input: GateLabInput;
  #users = 0;

  constructor(input: GateLabInput) {
    this.#input = input;
  }

  open(entries: readonly RawIceServer[]): RawIceServer[] {
    this.#users += 1;
    const { username, password } = this.credentialFor(`user-${this.#users}`);
    return entries.map((entry) =>
      entry.credential !== undefined || turnUrls([entry.urls].flat()).length === 0
        ? entry
        : { ...entry, username, credential: password },
    );
  }

  credentialFor(userId: string): Credential {
    const { opener, fresh, profile } = this.#input;
    const source = opener.facts.credential;
    const expiresAtS = Math.floor(Date.now() / 1000) + (profile.credentialLifetimeS ?? USUAL_LIFETIME_S);
    if (source.kind === "secret") {
      return restCredential(source.secret, { userId, expiresAtS, separator: source.separator });
    }
    if (source.kind === "user") return { username: source.username, password: source.password };
    if (source.kind === "missing" && source.what === "secret") {
      return restCredential(fresh.password, { userId, expiresAtS, separator: source.separator });
    }
    return fresh;
  }
}

/** Of a server with keys alone nobody can say what opens it but who hands it out. */
function presented({ config, hosts, fresh }: GateLabInput): { credential?: Credential } {
  if (config.facts.credential.kind !== "hashed") return {};
  const known = hosts.iceServers.find(({ username, credential }) => username !== undefined && credential !== undefined);
  if (!known?.username || !known.credential) return { credential: fresh };
  return { credential: { username: known.username, password: known.credential } };
}
