import { FIRST_SEQUENTIAL_PORT, NAT_PORTS, SEQUENTIAL_PORTS } from "../../model/nat.ts";
import { FLOW_ENDS, keysOf } from "./flow-ends.ts";
import { firstInTurn, forwardedPorts, largestFreeRange, leaveForwarded, matchForwarded } from "./forwards.ts";
import { setsOf } from "./memory-sets.ts";
import type { Chain, RouterFacts } from "./ruleset.ts";
import { memoryOf, type Translation } from "./translation.ts";

/** How many ports a packet may draw before it is given up: so many times so many. Whoever sends it again draws again. */
const DRAWS = 8;
const ROUNDS = 8;
const PORTS = "ports";

/** Under which outside address and port packets leave: decided once a flow, and kept by connection tracking. */
export function toOutside(translations: readonly Translation[], facts: RouterFacts): Chain[] {
  const [{ hairpinning = false, addressing = "shared" } = {}] = translations;
  const { inside, wanAddress } = facts;
  const isOneToOne = addressing === "one-to-one";
  const pairs = Object.entries(facts.outsideOf).map((pair) => pair.join(" : "));
  const translate: Chain = {
    name: "translate",
    rules: isOneToOne
      ? [`snat ip to ip saddr map { ${pairs.join(", ")} }`, "drop"]
      : [
          ...translations.flatMap(({ protocol }) => leaveForwarded(facts, protocol)),
          ...translations.map(({ protocol }) => `meta l4proto ${protocol} goto ${protocol}_map`),
          `snat ip to ${wanAddress}`,
        ],
  };
  const chains: Chain[] = [
    {
      name: "to_outside",
      hook: "nat hook postrouting priority srcnat; policy accept",
      rules: [
        `ip saddr != { ${inside.join(", ")} } accept`,
        'oifname "wan" goto translate',
        // The far end of a hairpinned flow sees an outside address, not the sender's own (RFC 4787 REQ-9).
        ...(hairpinning ? ["ct status dnat goto translate"] : []),
      ],
    },
    translate,
  ];
  return isOneToOne ? chains : [...chains, ...translations.flatMap((translation) => portChains(translation, facts))];
}

/**
 * Which port a new flow gets. It is tried out by writing it into the packet, where it can be looked up before it is
 * taken: the kernel's own choice is known only when it is too late.
 */
function portChains(translation: Translation, facts: RouterFacts): Chain[] {
  const { protocol, portAllocation } = translation;
  const { wanAddress } = facts;
  if (memoryOf(translation) === "nothing") {
    const { min, max } = largestFreeRange(facts, protocol);
    const rules =
      portAllocation === "random"
        ? [`meta l4proto ${protocol} snat ip to ${wanAddress}:${min}-${max} fully-random`]
        : [nextInTurn(facts), `meta l4proto ${protocol} snat ip to ${wanAddress}:meta mark map @${PORTS}`];
    return [{ name: `${protocol}_map`, rules }];
  }
  const { mappings, owners, claims } = setsOf(translation);
  const keys = keysOf(translation, FLOW_ENDS.initiator);
  const asMapped = `meta l4proto ${protocol} ${protocol} sport set ${keys.mapping} map @${mappings}`;
  const isPreserving = portAllocation === "preserving";
  const take = `${protocol}_take`;
  // An element lets one packet pass: of two hosts that draw a port at the same moment only one goes on with it.
  const claim = `add @${claims} { ${protocol} sport limit rate 1/minute burst 1 packets }`;
  const unforwarded = matchForwarded(facts, protocol, `${protocol} sport !=`);
  const takeIfFree = `${unforwarded}${protocol} sport != @${owners} ${claim} goto ${take}`;
  const draw = drawing(translation, facts);
  return [
    {
      name: `${protocol}_map`,
      rules: [
        `${asMapped} goto ${take}`,
        ...(isPreserving ? [takeIfFree] : draw.only),
        ...Array.from({ length: draw.rounds }, () => `jump ${protocol}_try`),
        "drop",
      ],
    },
    {
      name: `${protocol}_try`,
      rules: Array.from({ length: DRAWS }, () => [`jump ${protocol}_draw`, `${draw.usable}${takeIfFree}`]).flat(),
    },
    { name: `${protocol}_draw`, rules: draw.rules },
    {
      name: take,
      rules: [
        // Who is there keeps what is there, so two flows of one socket that begin at the same moment get one port.
        `meta l4proto ${protocol} update @${mappings} { ${keys.mapping} : ${protocol} sport }`,
        asMapped,
        `meta l4proto ${protocol} update @${owners} { ${protocol} sport : ${keys.inside} }`,
        `meta l4proto ${protocol} snat ip to ${wanAddress}:${protocol} sport`,
      ],
    },
  ];
}

const nextInTurn = (facts: RouterFacts) =>
  `meta mark set numgen inc mod ${SEQUENTIAL_PORTS} offset ${firstInTurn(facts)}`;

type Drawing = {
  /** Who may draw at all. */
  only: string[];
  /** Puts another port into the packet. */
  rules: string[];
  /** What a drawn port must be besides free. */
  usable: string;
  rounds: number;
};

function drawing({ protocol, portAllocation }: Translation, facts: RouterFacts): Drawing {
  const { hosts } = facts;
  const fromMark = `meta l4proto ${protocol} ${protocol} sport set meta mark map @${PORTS}`;
  if (portAllocation === "sequential")
    return { only: [], rules: [nextInTurn(facts), fromMark], usable: "", rounds: ROUNDS };
  if (typeof portAllocation === "string") {
    return {
      only: [],
      // 32 random bits, as nft takes the port from the upper 16 of them.
      rules: [`meta l4proto ${protocol} ${protocol} sport set numgen random mod ${2 ** 32 - 1}`],
      usable: `${protocol} sport >= ${NAT_PORTS.min} `,
      // Of what is drawn as many may be forwarded.
      rounds: forwardedPorts(facts, protocol).length === 0 ? 1 : ROUNDS,
    };
  }
  const { portsPerSubscriber: size } = portAllocation;
  const next = hosts.map((host, index) => {
    return `ip saddr ${host} meta mark set numgen inc mod ${size} offset ${FIRST_SEQUENTIAL_PORT + index * size}`;
  });
  return {
    only: [`ip saddr != { ${hosts.join(", ")} } drop`],
    rules: [...next, fromMark],
    usable: "",
    rounds: Math.min(ROUNDS, Math.ceil(size / DRAWS)),
  };
}

/** nftables cannot make a port of a number: a map from each to itself does. */
export function declarePorts(translations: readonly Translation[], facts: RouterFacts): string[] {
  const { hosts } = facts;
  const [{ portAllocation, addressing } = {}] = translations;
  const isNumbered = portAllocation === "sequential" || typeof portAllocation === "object";
  if (!isNumbered || addressing === "one-to-one") return [];
  const count = portAllocation === "sequential" ? SEQUENTIAL_PORTS : hosts.length * portAllocation.portsPerSubscriber;
  const first = portAllocation === "sequential" ? firstInTurn(facts) : FIRST_SEQUENTIAL_PORT;
  const last = first + count - 1;
  if (last > NAT_PORTS.max) {
    const space = NAT_PORTS.max - FIRST_SEQUENTIAL_PORT + 1;
    throw new RangeError(`expected at most ${space} ports for all ${hosts.length} hosts inside, found ${count}`);
  }
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  return [`map ${PORTS} { type mark : inet_service; elements = { ${numbers.map((n) => `${n} : ${n}`).join(", ")} } }`];
}
