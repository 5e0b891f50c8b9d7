import { beforeAll, describe, expect, it } from "vitest";
import type { LabContext } from "../lab-context.ts";
import type { RunEvent } from "../model/events.ts";
import type { IceServerRef, TurnServerSpec } from "../model/topology.ts";
import { runScenario } from "../run-scenario.ts";
import { LABEL } from "../runtime/container-events.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { ensureImages } from "../runtime/images.ts";
import { eventsOf, testContext, topologyOf } from "../test-lab.ts";
import { BadImageError } from "./server-images.ts";
import { erlangServer, likeTheOfficial, testImage, withErlangServer } from "./test-images.ts";

describeDocker("servers from images of other people", () => {
  let context: LabContext & { events: RunEvent[]; texts: string[] };
  let official: string;
  let erlang: string;
  const left = async (run: string) => {
    const filters = JSON.stringify({ label: [`${LABEL.run}=${run}`] });
    return (await context.engine.docker.listContainers({ all: true, filters })).map(({ Labels }) => Labels[LABEL.node]);
  };
  /** Of no container: what an image's VOLUME leaves where nobody removes it. */
  const volumes = async () => {
    const { Volumes } = await context.engine.docker.listVolumes({ filters: JSON.stringify({ dangling: ["true"] }) });
    return (Volumes ?? []).map(({ Name }) => Name);
  };

  beforeAll(async () => {
    const texts: string[] = [];
    context = { ...(await testContext()), texts, log: (_, node, text) => texts.push(`${node}: ${text}`) };
    const { engine, images } = context;
    official = await testImage(engine, "official", likeTheOfficial(images.coturn ?? ""));
    const { base } = await ensureImages(engine, ["base"], console.error);
    erlang = await testImage(engine, "erlang", withErlangServer(base));
  }, 300_000);

  /** One call between two symmetric NATs, so that it takes the server, one end over TLS. */
  async function callThrough(name: string, turn: TurnServerSpec) {
    const routers = { near: { nat: "symmetric" }, far: { nat: "symmetric" } } as const;
    const base = topologyOf({ routers, turnServers: { turn } }, "near", "far");
    const over = (...urls: ("stun" | "udp" | "tls:443")[]): IceServerRef[] => [{ server: "turn", urls }];
    const peers = {
      offerer: { behind: "near", iceServers: over("stun", "udp") },
      answerer: { behind: "far", iceServers: over("stun", "tls:443") },
    };
    const before = await volumes();
    await runScenario(name, { ...base, peers, expectedPath: "relayed" }, context);
    const of = <T extends { scenario: string }>(events: T[]) => events.filter(({ scenario }) => scenario === name);
    const [finished] = of(eventsOf(context.events, "scenario_finished"));
    expect(finished?.reason).toBeNull();
    expect(await left(context.runId)).toEqual([]);
    expect(await volumes()).toEqual(before);
    return {
      image: of(eventsOf(context.events, "turn_server_image"))[0],
      ready: of(eventsOf(context.events, "turn_server_ready"))[0],
      sessions: of(eventsOf(context.events, "session_finished")),
    };
  }

  const LISTENERS = ["tcp 3478", "tls 443", "udp 3478"];
  const told = ({ transport, port }: { transport: string; port: number }) => `${transport} ${port}`;

  it("carry calls: a coturn with an entrypoint and a user of its own", { timeout: 60_000 }, async () => {
    const { image, ready, sessions } = await callThrough("official", { image: official });
    expect(image).toMatchObject({ reference: official, version: expect.stringMatching(/^\d+\.\d+/), digest: null });
    expect(ready?.listeners.map(told)).toEqual(expect.arrayContaining([...LISTENERS, "tls 5349", "udp 5349"]));
    expect(sessions).toMatchObject([{ outcome: "connected", path: "relayed", violations: [] }]);
    // Its key was readable, no key of the configuration unknown, and the image's own entrypoint not asked.
    expect(context.texts.join("\n")).toMatch(/turn: .*Private key file found/);
    expect(context.texts.join("\n")).not.toMatch(/Bad configuration|cannot find|own entrypoint/);
  });

  it("carry calls: a server that is not coturn, over UDP and TLS", { timeout: 60_000 }, async () => {
    const { image, ready, sessions } = await callThrough("erlang", { image: erlangServer(erlang) });
    expect(image).toMatchObject({ reference: erlang, version: null });
    expect(ready?.listeners.map(told).toSorted()).toEqual(LISTENERS);
    expect(sessions).toMatchObject([{ outcome: "connected", path: "relayed", violations: [] }]);
    const { offerer, answerer } = sessions[0]?.peers ?? {};
    const relays = [offerer, answerer].flatMap((peer) => peer?.candidates.filter(({ type }) => type === "relay") ?? []);
    expect(relays).toHaveLength(2);
    for (const { port } of relays) expect(port).toBeGreaterThanOrEqual(50_000);
    for (const { port } of relays) expect(port).toBeLessThan(51_000);
    const samples = eventsOf(context.events, "turn_server_sampled").filter(({ scenario }) => scenario === "erlang");
    expect(Math.max(...samples.map(({ allocations }) => allocations))).toBe(2);
    const definition = JSON.stringify(eventsOf(context.events, "scenario_started"));
    expect(definition).toContain("/srv/turn.escript");
    expect(definition).not.toContain("auth_fun");
  });

  describe("that have none", () => {
    const looking = (image: TurnServerSpec["image"]) =>
      context.serverImages.of(image === undefined ? {} : { image }).catch((error: unknown) => error as Error);

    it("are told by what was looked for, and nothing is left", async () => {
      const { router = "", hold = "" } = context.images;
      const [none, scratch, other] = await Promise.all([
        looking(router),
        looking(hold),
        looking({ ...erlangServer(erlang), command: ["/srv/not-there"] }),
      ]);
      for (const error of [none, scratch, other]) expect(error).toBeInstanceOf(BadImageError);
      expect(none).toHaveProperty(
        "message",
        expect.stringMatching(/^turnlab\/router:.*: no turnserver on the PATH \(/),
      );
      expect(scratch).toHaveProperty("message", expect.stringMatching(/: no turnserver on the PATH \(/));
      expect(other).toHaveProperty("message", expect.stringMatching(/: no \/srv\/not-there$/));
      expect(await left(`${context.runId}-images`)).toEqual([]);
    });
  });
});
