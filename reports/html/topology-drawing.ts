import { type HierarchyPointNode, hierarchy, tree } from "d3-hierarchy";
import { type AllocationScenario, CLIENTS, FAR_PEER } from "../../lab/model/allocation-load.ts";
import type { EventOf, NodeInfo } from "../../lab/model/events.ts";
import { type AnyScenario, isAllocations, peersOf } from "../../lab/model/grid.ts";
import type { NatSpec } from "../../lab/model/nat-presets.ts";
import { INTERNET } from "../../lab/model/topology.ts";
import { html, type Markup, NOTHING_AT_ALL } from "./markup.ts";

type Place = {
  name: string;
  kind: "internet" | "router" | "turn" | "peer";
  what: string;
  addresses: string[];
  inside: Place[];
};

const BOX = { width: 190, height: 46, gap: 12, between: 60 };
/** Larger labs are lists, not drawings. */
const MOST_LEAVES = 40;

/** Who stands behind whom, from the internet on the left to the peers on the right, with addresses and behaviours. */
export function topologyDrawing(definition: AnyScenario, up: EventOf<"lab_up"> | undefined): Markup {
  const root = hierarchy(placesOf(definition, up?.nodes ?? []), ({ inside }) => inside);
  if (root.children === undefined || root.leaves().length > MOST_LEAVES) return NOTHING_AT_ALL;
  const laid = tree<Place>()
    .nodeSize([BOX.height + BOX.gap, BOX.width + BOX.between])
    .separation(() => 1)(root);
  const nodes = laid.descendants();
  const top = Math.min(...nodes.map(({ x }) => x)) - BOX.height / 2 - 4;
  const height = Math.max(...nodes.map(({ x }) => x)) - top + BOX.height / 2 + 4;
  const width = (laid.height + 1) * (BOX.width + BOX.between) - BOX.between + 4;
  const says = nodes
    .slice(1)
    .map(({ data, parent }) => `${data.name} (${data.what}) behind ${parent?.data.name ?? INTERNET}`);
  return html`<figure><figcaption>Topology</figcaption><div class="chart" tabindex="0" role="group" aria-label="Topology"><svg role="img" aria-label="${says.join("; ")}" viewBox="-2 ${round(top)} ${width} ${round(height)}" width="${width}" class="topology">
${laid.links().map(({ source, target }) => html`<path d="M${round(source.y + BOX.width)},${round(source.x)}C${round(source.y + BOX.width + 30)},${round(source.x)} ${round(target.y - 30)},${round(target.x)} ${round(target.y)},${round(target.x)}" class="wire"/>`)}
${nodes.map(box)}</svg></div></figure>`;
}

function box({ x, y, data }: HierarchyPointNode<Place>): Markup {
  const lines = [data.name, data.what, data.addresses.join(" ")].filter((line) => line !== "");
  return html`<g transform="translate(${round(y)},${round(x - BOX.height / 2)})" class="node ${data.kind}"><rect width="${BOX.width}" height="${BOX.height}" rx="6"/>${lines.map(
    (line, index) =>
      html`<text x="8" y="${15 + index * 13}" class="${index === 0 ? "name" : ""}">${shorten(line)}</text>`,
  )}</g>`;
}

function placesOf(definition: AnyScenario, nodes: readonly NodeInfo[]): Place {
  const { topology } = definition;
  const addressesOf = (name: string) =>
    (nodes.find((node) => node.name === name)?.interfaces ?? []).flatMap(({ addresses }) =>
      addresses.map((address) => address.replace(/\/(32|128)$/, "")),
    );
  const all: (Place & { behind: string })[] = [
    ...Object.entries(topology.routers ?? {}).map(([name, router]) => ({
      ...place(name, "router", describeNat(router.nat)),
      behind: router.upstream ?? INTERNET,
    })),
    ...Object.entries(topology.turnServers ?? {}).map(([name, server]) => ({
      ...place(name, "turn", server.outside ? "TURN server, outside of the lab" : "TURN server"),
      behind: server.behind ?? INTERNET,
    })),
    ...Object.entries(peersOf(definition)).map(([name, peer]) => ({
      ...place(name, "peer", `peer, ${peer.engine ?? "werift"}`),
      behind: peer.behind,
    })),
    ...(isAllocations(definition) ? rawPlaces(definition) : []).map(({ name, what, behind }) => ({
      ...place(name, "peer", what),
      behind,
    })),
  ];
  function place(name: string, kind: Place["kind"], what: string): Place {
    return { name, kind, what, addresses: addressesOf(name), inside: [] };
  }
  const root = { ...place(INTERNET, "internet", "the lab's own"), addresses: [] };
  for (const one of all) (all.find(({ name }) => name === one.behind) ?? root).inside.push(one);
  return root;
}

function rawPlaces({ clients, farPeer, allocation }: AllocationScenario) {
  const far = farPeer ? [{ name: FAR_PEER, what: "sends packets back", behind: farPeer.behind }] : [];
  return [{ name: CLIENTS, what: `raw TURN clients, ${allocation.over}`, behind: clients.behind }, ...far];
}

function describeNat(nat: NatSpec): string {
  return typeof nat === "string" ? `${nat} NAT` : `NAT, mapping ${nat.mapping}`;
}

const round = (value: number) => Math.round(value * 10) / 10;
const shorten = (text: string) => (text.length > 32 ? `${text.slice(0, 31)}…` : text);
