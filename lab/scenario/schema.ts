import * as z from "zod";
import { type MachineSize, SIZE_LIMITS } from "../model/capacity.ts";
import { PEER_ENGINES } from "../model/engine.ts";
import type { CellPattern, EngineDifference } from "../model/engine-difference.ts";
import { FAILURES } from "../model/failure.ts";
import type { Firewall, FirewallPresetName } from "../model/firewall.ts";
import { FIREWALL_PRESETS } from "../model/firewall.ts";
import type { CellOutcome, GridCellSpec, GridScenario } from "../model/grid.ts";
import type { TurnTransport } from "../model/ice.ts";
import {
  API_FAULT_ANSWERS,
  ICE_SERVER_PROVIDERS,
  type IceServerApiFault,
  type IceServerApiSpec,
} from "../model/ice-server-api.ts";
import type { IceServerPolicy } from "../model/ice-server-policy.ts";
import type { LinkConditions, LinkSpec } from "../model/link.ts";
import { DEFAULT_MTU, RATE_KBPS } from "../model/link.ts";
import {
  EXECUTOR_KEYS,
  type LoadKey,
  type LoadStage,
  MAX_VUS,
  MEDIA_KINDS,
  PACKET_CARRIERS,
  type Traffic,
} from "../model/load.ts";
import type { NatBehaviour } from "../model/nat.ts";
import { NAT_BEHAVIOURS, PORT_ALLOCATIONS } from "../model/nat.ts";
import type { NatPresetName } from "../model/nat-presets.ts";
import { NAT_PRESETS } from "../model/nat-presets.ts";
import type { OtherServer } from "../model/other-server.ts";
import type { Change, RecoverySpec, Role, Scenario, SignallingSpec } from "../model/scenario.ts";
import { SERVER_CHANGES } from "../model/scenario.ts";
import type {
  IpFamily,
  OwnIceServer,
  PeerSpec,
  RawIceServer,
  RegionSpec,
  RouterSpec,
  Topology,
  TurnServerSpec,
} from "../model/topology.ts";
import { CERTIFICATE_FLAWS, CLIENT_FLAWS } from "../model/topology.ts";
import { CALL_PACKET_BYTES, type MediaStreamSpec, TRAFFIC_PROFILES } from "../model/traffic-profile.ts";

/**
 * The structure of a scenario: keys, types and ranges that need no second look elsewhere.
 * Each `satisfies` breaks the type check when lab/model gains or loses a key.
 */
export type Keys<T> = Record<keyof T, z.ZodType>;

export const text = z.string().min(1);
export const whole = (min: number, max: number) => z.int().min(min).max(max);
export const keysOf = <K extends string>(object: Record<K, unknown>) => Object.keys(object) as [K, ...K[]];

const port = whole(1, 65_535);
const dependence = z.enum(NAT_BEHAVIOURS);

// Not a union of preset and data: which of the two is meant decides what is missing (nat-faults.ts).
const nat = z.strictObject({
  preset: z.enum(keysOf<NatPresetName>(NAT_PRESETS)).optional(),
  mapping: dependence.optional(),
  filtering: dependence.optional(),
  tcp: z.strictObject({ mapping: dependence, filtering: dependence } satisfies Keys<NatBehaviour["tcp"]>).optional(),
  hairpinning: z.boolean().optional(),
  portAllocation: z.union([z.enum(PORT_ALLOCATIONS), z.strictObject({ portsPerSubscriber: z.int() })]).optional(),
  addressing: z.enum(["shared", "one-to-one"] satisfies NatBehaviour["addressing"][]).optional(),
  mappingLifetimeMs: z.number().optional(),
  refreshedBy: z.enum(["outbound", "both"] satisfies NatBehaviour["refreshedBy"][]).optional(),
} satisfies Keys<NatBehaviour & { preset: NatPresetName }>);

const portRules = z.array(z.string());
const firewall = z.strictObject({
  deny: portRules.optional(),
  allow: z.union([z.literal("all"), portRules]).optional(),
  refuse: z.enum(["drop", "reject"] satisfies Firewall["refuse"][]).optional(),
  tlsOnly: z.array(port).optional(),
  proxy: z
    .union([
      z.null(),
      z.strictObject({ port, connectPorts: z.array(port) } satisfies Keys<NonNullable<Firewall["proxy"]>>),
    ])
    .optional(),
} satisfies Keys<Firewall>);

const LINK_CONDITIONS = {
  latencyMs: z.number().min(0).max(10_000).optional(),
  jitterMs: z.number().min(0).max(10_000).optional(),
  loss: z.number().min(0).max(1).optional(),
  rateKbps: z.number().min(RATE_KBPS.min).max(RATE_KBPS.max).optional(),
  queueMs: z.number().positive().max(10_000).optional(),
} satisfies Keys<LinkConditions>;
const link = z.strictObject({
  ...LINK_CONDITIONS,
  up: z.strictObject(LINK_CONDITIONS).optional(),
  down: z.strictObject(LINK_CONDITIONS).optional(),
  /** RFC 791: every host takes 576 bytes. IPv6 asks for more (link-faults.ts). */
  mtu: whole(576, DEFAULT_MTU).optional(),
  fragmentationNeeded: z.boolean().optional(),
} satisfies Keys<LinkSpec>);

const router = z.strictObject({
  nat: z.union([z.enum(keysOf<NatPresetName>(NAT_PRESETS)), nat]),
  upstream: z.string().optional(),
  firewall: z.union([z.enum(keysOf<FirewallPresetName>(FIREWALL_PRESETS)), firewall]).optional(),
  link: link.optional(),
  publicAddress: z.string().optional(),
  lan: z.string().optional(),
  forwards: z.array(z.strictObject({ to: z.string(), ports: portRules.min(1) })).optional(),
  region: z.string().optional(),
  ip: z.enum(["ipv4", "dual", "ipv6", "nat64"] satisfies IpFamily[]).optional(),
  proveLifetime: z.boolean().optional(),
} satisfies Keys<RouterSpec>);

const between = ({ min, max }: { min: number; max: number }) => z.number().min(min).max(max).optional();
const wholeBetween = ({ min, max }: { min: number; max: number }) => whole(min, max).optional();
const size = z.strictObject({
  cpus: between(SIZE_LIMITS.cpus),
  memoryBytes: wholeBetween(SIZE_LIMITS.memoryBytes),
  nicBitsPerSecond: between(SIZE_LIMITS.nicBitsPerSecond),
  fileDescriptors: wholeBetween(SIZE_LIMITS.fileDescriptors),
} satisfies Keys<Required<MachineSize>>);

const otherServer = z.strictObject({
  reference: text,
  command: z.array(z.string()).min(1).optional(),
  env: z.record(text, z.string()).optional(),
  files: z.record(text, z.string()).optional(),
  listeners: z.array(z.string()).min(1),
  relayPorts: z
    .strictObject({ min: port, max: port } satisfies Keys<NonNullable<OtherServer["relayPorts"]>>)
    .optional(),
} satisfies Keys<OtherServer>);

const turnServer = z.strictObject({
  publicAddress: z.string().optional(),
  behind: z.string().optional(),
  privateAddress: z.string().optional(),
  region: z.string().optional(),
  aliases: z.array(text).optional(),
  config: text.optional(),
  configValues: z.record(text, z.string()).optional(),
  image: z.union([text, otherServer]).optional(),
  secrets: z.array(text).min(1).optional(),
  ip: z.enum(["ipv4", "dual"] satisfies IpFamily[]).optional(),
  firewall: portRules.min(1).optional(),
  link: link.optional(),
  size: size.optional(),
  hostname: z.string().optional(),
  certificate: z.enum(CERTIFICATE_FLAWS).optional(),
  realm: text.optional(),
  keyRealm: text.optional(),
  sendsTtl: whole(1, 255).optional(),
  credential: z.strictObject({ username: text, password: text }).optional(),
  options: z.record(text, z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional(),
} satisfies Keys<Omit<TurnServerSpec, "outside">>);

const iceServer = z.union([
  z.string(),
  z.strictObject({
    server: z.string(),
    urls: z.array(z.string()).min(1),
    // Not an enum: zod would take a misspelt flaw for the credential of an entry of the other kind (credential-flaw-faults.ts).
    credential: z.string().optional(),
  } satisfies Keys<Required<OwnIceServer>>),
  z.strictObject({
    urls: z.union([text, z.array(text).min(1)]),
    username: text.optional(),
    credential: text.optional(),
  } satisfies Keys<RawIceServer>),
]);

const sessionRange = z.tuple([whole(1, 1_000_000), whole(1, 1_000_000)]);
const iceServerApi = z.strictObject({
  provider: z.enum(keysOf(ICE_SERVER_PROVIDERS)),
  servers: z.array(z.string()).optional(),
  endpoint: z.enum(["emulator", "real"] satisfies IceServerApiSpec["endpoint"][]).optional(),
  variant: z.string().optional(),
  hosts: z.array(text).min(1).optional(),
  handsOut: z.enum(["all", "round-robin"] satisfies IceServerApiSpec["handsOut"][]).optional(),
  ttlSeconds: whole(1, 315_360_000).optional(),
  latencyMs: z.number().min(0).max(600_000).optional(),
  keys: z.record(z.string(), z.string()).optional(),
  faults: z
    .array(
      z.strictObject({
        answer: z.literal([...API_FAULT_ANSWERS]),
        requests: sessionRange.optional(),
      } satisfies Keys<IceServerApiFault>),
    )
    .optional(),
  cutsAtExpiry: z.boolean().optional(),
} satisfies Keys<IceServerApiSpec>);

const iceServerPolicy = z.strictObject({
  fetchedBy: z.enum(["each", "offerer"] satisfies IceServerPolicy["fetchedBy"][]).optional(),
  sharing: z
    .strictObject({
      delayMs: z.number().min(0).max(600_000).optional(),
      waitMs: z.number().min(0).max(600_000).optional(),
      failsIn: sessionRange.optional(),
      restartsOnLateList: z.boolean().optional(),
    } satisfies Keys<NonNullable<IceServerPolicy["sharing"]>>)
    .optional(),
  cache: z
    .strictObject({
      heldBy: z.enum(["backend", "peer"] satisfies NonNullable<IceServerPolicy["cache"]>["heldBy"][]),
      lifetimeSeconds: z.number().positive().optional(),
      refreshBeforeSeconds: z.number().min(0).optional(),
    } satisfies Keys<NonNullable<IceServerPolicy["cache"]>>)
    .optional(),
  timeoutMs: whole(1, 600_000).optional(),
  fallback: z.array(iceServer).optional(),
} satisfies Keys<IceServerPolicy>);

const transportPolicy = z.enum(["all", "relay"]);
const peer = z.strictObject({
  behind: z.string(),
  iceServers: z.array(iceServer),
  transportPolicy: transportPolicy.optional(),
  link: link.optional(),
  region: z.string().optional(),
  engine: z.enum(PEER_ENGINES).optional(),
  mdns: z.boolean().optional(),
  flaws: z.array(z.enum(CLIENT_FLAWS)).min(1).optional(),
} satisfies Keys<PeerSpec>);

// Not a union by executor: a misspelt one would hide the faults beside it. Which keys go with which: load-faults.ts.
type AnyLoad = Record<LoadKey, unknown>;
const stage = z.strictObject({ duration: text, target: whole(0, MAX_VUS) } satisfies Keys<LoadStage>);
export const load = z.strictObject({
  executor: z.enum(keysOf(EXECUTOR_KEYS)),
  vus: whole(1, MAX_VUS).optional(),
  iterations: whole(1, MAX_VUS).optional(),
  maxDuration: text.optional(),
  duration: text.optional(),
  startVUs: whole(0, MAX_VUS).optional(),
  stages: z.array(stage).min(1).optional(),
  gracefulRampDown: text.optional(),
  rate: whole(1, 100_000).optional(),
  startRate: whole(0, 100_000).optional(),
  timeUnit: text.optional(),
  preAllocatedVUs: whole(0, MAX_VUS).optional(),
  maxVUs: whole(1, MAX_VUS).optional(),
  gracefulStop: text.optional(),
  tags: z.record(z.string(), text).optional(),
} satisfies Keys<AnyLoad>);

const mediaStream = z.strictObject({
  kind: z.enum(MEDIA_KINDS),
  packetBytes: whole(CALL_PACKET_BYTES.min, CALL_PACKET_BYTES.max),
  packetsPerSecond: z.number().positive().max(10_000),
} satisfies Keys<MediaStreamSpec>);

const traffic = z.strictObject({
  messageBytes: whole(16, 60_000),
  messagesPerSecond: z.number().positive().max(10_000),
  durationMs: z.number().positive().max(3_600_000),
  media: z.array(z.enum(MEDIA_KINDS)).min(1).optional(),
  packets: z.union([z.enum(keysOf(TRAFFIC_PROFILES)), z.array(mediaStream).min(1)]).optional(),
  packetsOver: z.enum(PACKET_CARRIERS).optional(),
} satisfies Keys<Traffic>);

const threshold = z.union([
  z.string(),
  z.strictObject({ threshold: z.string(), abortOnFail: z.boolean(), delayAbortEval: text.optional() }),
]);
// Keys are metrics, and sub-metrics with their tags: threshold-faults.ts.
export const thresholds = z.record(z.string(), z.array(threshold).min(1).optional());

export const transport = z.enum(["udp", "tcp", "tls"] satisfies TurnTransport[]);
const expectedTransport = z.union([
  transport,
  z.strictObject({
    offerer: transport.optional(),
    answerer: transport.optional(),
  } satisfies Keys<Record<Role, TurnTransport>>),
]);

type KeyOfAny<T> = T extends unknown ? keyof T : never;

// Not a union either; change-faults.ts says what goes together.
const change = z.strictObject({
  atMs: z.number().min(0),
  router: z.string().optional(),
  forgets: z.literal(true).optional(),
  downMs: z.number().min(0).optional(),
  node: z.string().optional(),
  link: link.optional(),
  server: z.string().optional(),
  secrets: z.array(text).min(1).optional(),
  mintsWith: text.optional(),
  becomes: z.enum(SERVER_CHANGES).optional(),
} satisfies Record<KeyOfAny<Change>, z.ZodType>);

const recovery = z.strictObject({
  by: z.enum(["ice-restart", "new-call"] satisfies RecoverySpec["by"][]),
  // Two messages a second are not silence; half of this is the time in which a quiet peer is asked.
  afterSilenceMs: whole(500, 60_000).optional(),
  withinMs: whole(500, 600_000).optional(),
} satisfies Keys<Required<RecoverySpec>>);

const signalling = z.strictObject({
  delayMs: z.number().min(0).max(60_000).optional(),
  loss: z.number().min(0).max(1).optional(),
  drops: z
    .array(z.enum(["offer", "answer", "candidate"]))
    .min(1)
    .optional(),
  losesEarlyCandidates: z.boolean().optional(),
} satisfies Keys<Required<SignallingSpec>>);

export const topology = z.strictObject({
  regions: z
    .record(z.string(), z.strictObject({ latencyMs: z.number().min(0).max(1000) } satisfies Keys<RegionSpec>))
    .optional(),
  routers: z.record(z.string(), router).optional(),
  turnServers: z.record(z.string(), turnServer).optional(),
  iceServerApis: z.record(z.string(), iceServerApi).optional(),
  deadHosts: z.array(text).optional(),
} satisfies Keys<Topology>);

const sessionTimeoutMs = whole(1000, 600_000).optional();

export const scenarioSchema = z.strictObject({
  description: text,
  tags: z.array(text).optional(),
  topology,
  peers: z.strictObject({ offerer: peer, answerer: peer } satisfies Keys<Record<Role, PeerSpec>>),
  load,
  iceServerPolicy: iceServerPolicy.optional(),
  traffic: traffic.optional(),
  expectedPath: z.enum(["local", "direct", "relayed", "none"]).optional(),
  expectedFailure: z.enum(keysOf(FAILURES)).optional(),
  expectedTransport: expectedTransport.optional(),
  thresholds: thresholds.optional(),
  sessionTimeoutMs,
  changes: z.array(change).optional(),
  signalling: signalling.optional(),
  recovery: recovery.optional(),
  exclusive: z.boolean().optional(),
} satisfies Keys<Required<Scenario>>);

const perRole = <T extends z.ZodType>(value: T) =>
  z.strictObject({ offerer: value.optional(), answerer: value.optional() } satisfies Keys<Record<Role, unknown>>);

const cell = z.strictObject({
  table: text,
  row: text,
  column: text,
  offerer: z.string(),
  answerer: z.string(),
  iceServers: perRole(z.array(iceServer)).optional(),
  transportPolicy: perRole(transportPolicy).optional(),
} satisfies Keys<GridCellSpec>);

const names = z.array(text).min(1).optional();
const outcome = z.enum(["local", "direct", "relayed", "none"] satisfies CellOutcome[]);
const difference = z.strictObject({
  engine: z.enum(PEER_ENGINES),
  where: z
    .array(
      z.strictObject({
        tables: names,
        rows: names,
        columns: names,
        computed: z.array(outcome).min(1).optional(),
      } satisfies Keys<Required<CellPattern>>),
    )
    .min(1),
  comesTo: outcome,
  atMost: z.number().positive().max(1).optional(),
  why: text,
  source: text,
} satisfies Keys<Required<EngineDifference>>);

export const gridSchema = z.strictObject({
  description: text,
  tags: z.array(text).optional(),
  topology,
  peers: z.record(z.string(), peer),
  cells: z.array(cell).min(1),
  concurrency: whole(1, 100),
  traffic: traffic.optional(),
  sessionTimeoutMs,
  comparedAs: text.optional(),
  differences: z.array(difference).optional(),
} satisfies Keys<Required<GridScenario>>);
