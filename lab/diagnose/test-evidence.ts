import type {
  EndEvidence,
  Evidence,
  LabEvidence,
  LabRouter,
  LabServer,
  ServerSession,
  Source,
} from "../model/evidence.ts";
import { firewallOf } from "../model/firewall.ts";
import type { Candidate } from "../model/ice.ts";
import { unknownEnd } from "../model/unknown-end.ts";

/** For tests: evidence in which only what is said is known. */
export const AT: Source = { file: "test" };

export const anEnd = (known: Partial<EndEvidence> = {}): EndEvidence => ({
  ...unknownEnd("offerer"),
  role: "offerer",
  isGatheringComplete: true,
  iceStates: [{ state: "failed", atMs: null, at: AT }],
  wasConnected: false,
  ...known,
});

export const someEvidence = (known: Partial<Evidence> = {}): Evidence => ({
  ends: [],
  servers: [],
  packets: [],
  lab: null,
  ...known,
});

export const aList = (...urls: string[]) => [{ urls, usernameExpiry: null, hasCredential: true, at: AT }];

/** `host 10.0.0.2:1000`, `srflx 81.2.1.1:2000 10.0.0.2:1000`. */
export function candidate(text: string, url?: string): Candidate & { at: Source } {
  const [type = "", own = "", related] = text.split(" ");
  const cut = (one: string) =>
    [one.slice(0, one.lastIndexOf(":")), Number(one.slice(one.lastIndexOf(":") + 1))] as const;
  const [address, port] = cut(own);
  return {
    type: type as Candidate["type"],
    protocol: "udp",
    address,
    port,
    priority: 1,
    ...(related ? { relatedAddress: cut(related)[0], relatedPort: cut(related)[1] } : {}),
    ...(url ? { url } : {}),
    at: AT,
  };
}

export const aRouter = (known: Partial<LabRouter> = {}): LabRouter => ({
  name: "home",
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  hairpinning: false,
  firewall: firewallOf("open"),
  mappingLifetimeS: null,
  dropped: [],
  mtu: 1500,
  tooBig: 0,
  ...known,
});

export const aServer = (known: Partial<LabServer> = {}): LabServer => ({
  name: "turn",
  hostname: "turn.lab.test",
  aliases: [],
  address: "81.2.0.10",
  relayedAddress: "81.2.0.10",
  listeners: ["udp:3478", "tcp:3478", "tls:5349"],
  firewall: null,
  relayRange: { min: 49152, max: 65535 },
  behind: null,
  isUp: true,
  certificateFlaw: null,
  isMinted: false,
  options: {},
  version: "4.6.1",
  sendsTtl: null,
  isHairpinMissing: false,
  mtu: 1500,
  ...known,
});

export const aLab = (known: Partial<LabEvidence> = {}): LabEvidence => ({
  routers: { offerer: [], answerer: [] },
  servers: [aServer()],
  retries: [],
  asked: [],
  signalling: null,
  changes: [],
  silentAtMs: null,
  ...known,
});

export const aSession = (known: Partial<ServerSession> = {}): ServerSession => ({
  id: "1",
  user: "alice",
  client: null,
  realm: null,
  answers: [],
  peers: [],
  deniedPeers: [],
  usage: null,
  closed: null,
  ...known,
});
