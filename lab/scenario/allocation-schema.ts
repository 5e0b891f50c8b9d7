import * as z from "zod";
import type { AllocationScenario, AllocationSpec } from "../model/allocation-load.ts";
import { PACKET_BYTES, type PacketStream, TRAFFIC_PROFILES } from "../model/traffic-profile.ts";
import { type Keys, keysOf, load, text, thresholds, topology, transport, whole } from "./schema.ts";

const stream = z.strictObject({
  packetBytes: whole(PACKET_BYTES.min, PACKET_BYTES.max),
  packetsPerSecond: z.number().positive().max(10_000),
} satisfies Keys<PacketStream>);

const allocation = z.strictObject({
  server: z.string(),
  over: transport,
  relayTo: z.enum(["peer", "allocation", "none"] satisfies AllocationSpec["relayTo"][]),
  by: z.enum(["channel", "send"] satisfies AllocationSpec["by"][]).optional(),
  traffic: z.union([z.enum(keysOf(TRAFFIC_PROFILES)), z.array(stream).min(1).max(8)]).optional(),
  holdMs: z.number().min(0).max(3_600_000),
  lifetimeSeconds: whole(1, 86_400).optional(),
  timeoutMs: whole(100, 600_000).optional(),
} satisfies Keys<Required<AllocationSpec>>);

export const allocationsSchema = z.strictObject({
  description: text,
  tags: z.array(text).optional(),
  topology,
  clients: z.strictObject({
    behind: z.string(),
    workers: whole(1, 64).optional(),
  } satisfies Keys<Required<AllocationScenario["clients"]>>),
  farPeer: z.strictObject({ behind: z.string() } satisfies Keys<NonNullable<AllocationScenario["farPeer"]>>).optional(),
  allocation,
  load,
  thresholds: thresholds.optional(),
} satisfies Keys<Required<AllocationScenario>>);
