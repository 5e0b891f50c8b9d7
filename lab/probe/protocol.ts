import type { ProbeResult } from "../model/probe.ts";
import type { Attribute } from "../stun/attributes.ts";
import { PROTOCOL_UDP } from "../stun/constants.ts";
import { attribute } from "../stun/message.ts";
import { exchange, OLD_BINDING } from "./datagrams.ts";
import { fillSheet, type Question, type Sheet } from "./question.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "./target.ts";
import { type Answer, TurnQuestions } from "./turn-questions.ts";

const GROUP = { group: "protocol", severity: "note", fix: null, affects: null, option: null } as const;

export const PROTOCOL_QUESTIONS = {
  binding: {
    ...GROUP,
    id: "binding",
    title: "A Binding request without credentials",
    expected: "success, or 401 with secure-stun",
    severity: "warning",
    reason: "Neither an address nor a refusal.",
    option: "secure-stun",
  },
  software: {
    ...GROUP,
    id: "software",
    title: "SOFTWARE in the answer to a Binding request",
    expected: "none",
    reason: "It tells strangers which version runs here, and so which holes it has.",
    fix: "no-software-attribute (up to 4.6), no software-attribute (from 4.7)",
    option: "no-software-attribute",
  },
  "rfc3489-binding": {
    ...GROUP,
    id: "rfc3489-binding",
    title: "A Binding request of RFC 3489, without the magic cookie",
    expected: "silence",
    reason: "Answers to the STUN of 2003 serve nobody but those who spoof addresses.",
    fix: "no-stun-backward-compatibility (4.6), no stun-backward-compatibility (from 4.7)",
    option: "stun-backward-compatibility",
  },
  "requested-transport-missing": {
    ...GROUP,
    id: "requested-transport-missing",
    title: "An Allocate without REQUESTED-TRANSPORT",
    expected: "400",
    reason: "RFC 8656 section 7.2.",
  },
  "requested-transport-99": {
    ...GROUP,
    id: "requested-transport-99",
    title: "An Allocate for protocol 99",
    expected: "400 or 442",
    reason: "RFC 8656 section 7.2.",
  },
  "unknown-required-attribute": {
    ...GROUP,
    id: "unknown-required-attribute",
    title: "An Allocate with a comprehension-required attribute that there is not",
    expected: "420",
    reason: "RFC 8489 section 6.3.1.",
  },
  "ipv6-relay": {
    ...GROUP,
    id: "ipv6-relay",
    title: "An Allocate of a relay on IPv6",
    expected: "success, or 440 where there is none",
    reason: "RFC 8656 section 7.2.",
  },
  "ipv6-peer-on-ipv4": {
    ...GROUP,
    id: "ipv6-peer-on-ipv4",
    title: "A CreatePermission for a peer on IPv6 from a relay on IPv4",
    expected: "443",
    severity: "warning",
    reason: "The families are not kept apart (RFC 8656 section 10.2).",
  },
  "second-allocate": {
    ...GROUP,
    id: "second-allocate",
    title: "A second Allocate on the same 5-tuple",
    expected: "437",
    severity: "warning",
    reason: "One 5-tuple takes more than one allocation (RFC 8656 section 7.2).",
  },
  "channel-bind-port-0": {
    ...GROUP,
    id: "channel-bind-port-0",
    title: "A ChannelBind to port 0",
    expected: "400",
    reason: "Nothing can be at port 0.",
  },
  "channel-number-0x5001": {
    ...GROUP,
    id: "channel-number-0x5001",
    title: "A ChannelBind of channel 0x5001",
    expected: "400",
    reason:
      "Channels end at 0x4FFF since RFC 8656 (section 12); coturn takes more before 4.16, harmless to clients that do not.",
    option: "rfc5766-channel-numbers",
  },
} as const satisfies Record<string, Question>;
type Id = keyof typeof PROTOCOL_QUESTIONS;

/** Documentation addresses (RFC 3849), and one that no ACL has a reason to deny. */
const IPV6_PEER = { address: "2001:db8::1", port: 9 };
/** After that long nobody answers. */
const SILENCE_MS = 1_000;
const transport = (value: number): Attribute => ({ name: "REQUESTED-TRANSPORT", value });

export type ProtocolNeeds = {
  target: ProbeTarget;
  /** Null: what needs an allocation is not asked, unless the server asks nobody. */
  credential: ProbeCredential | null;
  /** False: no relay on IPv6 is asked for: over UDP a 440 takes one of a quota of coturn 4.6.1 with it. Default true. */
  hasIpv6?: boolean;
  /** TCP or TLS, where there is one: a 440 costs nothing there, as the server sees its client go. */
  stream?: ProbeTarget | null;
  /** To whom channels are bound: nothing is sent there. */
  peer: string;
  limits: ProbeLimits;
};

export function askProtocol({
  target,
  credential,
  peer,
  hasIpv6 = true,
  stream = null,
  limits,
}: ProtocolNeeds): Promise<ProbeResult[]> {
  return fillSheet<Id>(PROTOCOL_QUESTIONS, target.url, limits, async (sheet) => {
    const open = () => TurnQuestions.open(target, credential, limits, sheet.signal);
    const binding = await bind(await open());
    tell(sheet, "binding", binding, ["success", 401]);
    if (binding.outcome === "none" || !binding.message) throw new Error(binding.why);
    const software = attribute(binding.message, "SOFTWARE");
    sheet.tell("software", { observed: software ?? "none", verdict: software === undefined ? "ok" : "weak" });
    if (target.transport !== "udp") sheet.skip("rfc3489-binding", "asked over UDP alone");
    else await tellOldBinding(sheet, target, limits);
    const alone: [Id, Attribute[], number[]][] = [
      ["requested-transport-missing", [], [400]],
      ["requested-transport-99", [transport(99)], [400, 442]],
      [
        "unknown-required-attribute",
        [transport(PROTOCOL_UDP), { name: "unknown", type: 0x7ffe, value: Buffer.alloc(4) }],
        [420],
      ],
    ];
    for (const [id, attributes, expected] of alone) {
      await using turn = await open();
      const answer = await turn.ask("Allocate", attributes);
      if (answer.outcome === 401) throw new Error(credential ? "the credential is refused" : "no credential was given");
      tell(sheet, id, answer, expected);
    }
    if (hasIpv6) {
      await using turn = await TurnQuestions.open(stream ?? target, credential, limits, sheet.signal);
      tell(sheet, "ipv6-relay", await turn.allocate({ family: "ipv6" }), ["success", 440]);
    } else sheet.skip("ipv6-relay", "the server has no IPv6, and coturn counts what it refuses with 440 as held");
    await using turn = await open();
    const allocated = await turn.allocate();
    if (allocated.outcome !== "success") throw new Error(`no allocation: ${allocated.outcome} ${allocated.why}`.trim());
    tell(sheet, "second-allocate", await turn.ask("Allocate", [transport(PROTOCOL_UDP)]), [437]);
    const at = (address: string, port: number): Attribute => ({ name: "XOR-PEER-ADDRESS", value: { address, port } });
    const channel = (value: number): Attribute => ({ name: "CHANNEL-NUMBER", value });
    const toIpv6 = [at(IPV6_PEER.address, IPV6_PEER.port)];
    tell(sheet, "ipv6-peer-on-ipv4", await turn.ask("CreatePermission", toIpv6), [443, 403]);
    tell(sheet, "channel-bind-port-0", await turn.ask("ChannelBind", [channel(0x4001), at(peer, 0)]), [400]);
    tell(sheet, "channel-number-0x5001", await turn.ask("ChannelBind", [channel(0x5001), at(peer, 9)]), [400]);
  });
}

async function bind(turn: TurnQuestions): Promise<Answer> {
  await using asked = turn;
  return await asked.ask("Binding", [], { credential: null });
}

/** Another error is another way to refuse, and no weakness; it is unclear what it says of the question. */
function tell(sheet: Sheet<Id>, id: Id, { outcome, why, durationMs }: Answer, expected: (number | "success")[]): void {
  const isExpected = outcome !== "none" && expected.includes(outcome);
  const isWeak = outcome === "success" || (id === "binding" && outcome !== "none");
  sheet.tell(id, {
    observed: String(outcome),
    verdict: isExpected ? "ok" : isWeak ? "weak" : "unclear",
    durationMs,
    ...(why === "" ? {} : { why }),
  });
}

async function tellOldBinding(sheet: Sheet<Id>, target: ProbeTarget, limits: ProbeLimits): Promise<void> {
  const { bytesIn, bytesOut, durationMs } = await exchange(
    target,
    OLD_BINDING(),
    Math.min(limits.timeoutMs, SILENCE_MS),
  );
  sheet.tell("rfc3489-binding", {
    observed: bytesOut === 0 ? "silence" : "success",
    verdict: bytesOut === 0 ? "ok" : "weak",
    measured: { bytesIn, bytesOut },
    durationMs,
  });
}
