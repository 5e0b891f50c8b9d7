import { isIPv4 } from "node:net";
import * as z from "zod";
import { CHECK_SEVERITIES } from "../model/check.ts";
import { parsePortRule } from "../model/firewall.ts";
import { CLIENT_NETWORKS, type ClientNetwork, type GateLimits, type GateProfile } from "../model/gate-profile.ts";

/** A profile as somebody writes it: all of it optional. */
export type GivenProfile = Partial<Omit<GateProfile, "limits">> & { limits?: GivenLimits };
export type GivenLimits = {
  successRate?: Partial<GateLimits["successRate"]>;
  errorRate?: Partial<GateLimits["errorRate"]>;
} & Partial<Omit<GateLimits, "successRate" | "errorRate">>;

type Keys<T> = Record<keyof T, z.ZodType>;

/** Two labs come up in a few seconds, and the fewest calls that decide anything take some more. */
export const LEAST_BUDGET_MS = 30_000;

const text = z.string().min(1);
const rate = z.number().min(0).max(1);
const whole = (min: number, max: number) => z.int().min(min).max(max);
const networks = Object.keys(CLIENT_NETWORKS) as [ClientNetwork, ...ClientNetwork[]];

const iceServer = z.strictObject({
  urls: z.union([text, z.array(text).min(1)]).describe("STUN and TURN URLs (RFC 7064, RFC 7065)"),
  username: text.optional(),
  credential: text
    .optional()
    .describe("Without one, the gate mints a time-limited credential with the file's secret, or takes its first user"),
} satisfies Keys<GateProfile["iceServers"][number]>);

const limits = z
  .strictObject({
    successRate: z
      .strictObject({
        bad: rate
          .gt(0, "above 0")
          .optional()
          .describe("A kind of call that connects this rarely, or more rarely, fails. Default 0.95"),
        good: rate.optional().describe("One that connects this often passes. Default 0.99"),
      } satisfies Keys<GateLimits["successRate"]>)
      .optional(),
    connectTimeMs: whole(100, 60_000)
      .optional()
      .describe("A call counts only when it connected within this. Default 5000"),
    errorRate: z
      .strictObject({
        pass: z.number().min(0.001).max(0.5).optional().describe("Share of bad changes that pass. Default 0.05"),
        fail: z.number().min(0.001).max(0.5).optional().describe("Share of good changes that fail. Default 0.05"),
      } satisfies Keys<GateLimits["errorRate"]>)
      .optional(),
    margin: z.number().min(0.01).max(10).optional().describe("How much worse a metric may be. Default 0.25"),
    budgetMs: whole(LEAST_BUDGET_MS, 86_400_000).optional().describe("Without a verdict until then: undecided"),
  } satisfies Keys<GateLimits>)
  .optional();

/** The structure of a profile; `satisfies` breaks the type check when lab/model gains or loses a key. */
export const profileSchema = z.strictObject({
  $schema: z.string().optional(),
  networks: z.array(z.enum(networks)).min(1).optional().describe("Networks of clients that must work"),
  iceServers: z
    .array(iceServer)
    .min(1)
    .optional()
    .describe("What the application hands out. Default: all that the baseline listens on, with each of its users"),
  concurrentCalls: whole(1, 10_000).optional().describe("Calls at once, each with both ends relayed. Default 20"),
  bitsPerSecond: whole(1_000, 1_000_000_000).optional().describe("Of one call, each way. Default 500000"),
  credentialLifetimeS: z
    .union([z.null(), whole(1, 315_360_000)])
    .optional()
    .describe("Of minted credentials; null: users are fixed. Default: a day where the file has a secret"),
  callSeconds: whole(1, 604_800).optional().describe("How long a call lasts. Default 3600"),
  peerAddresses: z
    .array(z.string().refine((address) => isIPv4(address), "an IPv4 address"))
    .optional()
    .describe("Peers that relays must reach beside other relays, such as an SFU"),
  firewall: z
    .array(z.string().refine((rule) => parsePortRule(rule) !== null, "a rule: udp, tcp:443 or udp:49152-65535"))
    .min(1)
    .optional()
    .describe(
      "What the firewall in front of the server lets in, as udp:3478, tcp:443, udp:49152-65535. Default: everything",
    ),
  limits,
  rules: z
    .record(text, z.enum([...CHECK_SEVERITIES, "off"]))
    .optional()
    .describe("Rules of check and probe that count otherwise here, by their id"),
} satisfies Keys<GateProfile> & { $schema: z.ZodType });

/** For editors: gate-profile.schema.json. */
export const profileJsonSchema = (): unknown => ({
  title: "A profile of turnlab gate: what an application and its users need of a TURN server",
  ...z.toJSONSchema(profileSchema, { io: "input" }),
});
