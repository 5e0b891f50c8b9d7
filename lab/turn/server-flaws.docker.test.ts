import { afterAll, beforeAll, expect, it } from "vitest";
import { type StartedLab, upLab } from "../lab-up.ts";
import { CREDENTIAL_FLAWS, type CredentialFlaw, type IceServerRef, type TurnServerSpec } from "../model/topology.ts";
import { describeDocker } from "../runtime/docker-test.ts";
import { credentialFlawsOf } from "../scenario/credential-flaw-faults.ts";
import { eventsOf, inNode, testContext, topologyOf } from "../test-lab.ts";

describeDocker("a server that is told something wrong", () => {
  let lab: StartedLab;
  let context: Awaited<ReturnType<typeof testContext>>;

  beforeAll(async () => {
    context = await testContext();
    const turnServers: Record<string, TurnServerSpec> = {
      users: {},
      minted: { secrets: ["open-sesame"] },
      realm: { keyRealm: "elsewhere.test" },
      ttl: { sendsTtl: 1 },
      chain: { certificate: "incomplete-chain" },
    };
    lab = await upLab("flaws", topologyOf({ turnServers }, "internet", "internet"), context);
  });
  afterAll(() => lab?.down());

  /** Allocates and sends as a peer with this entry in its list would. */
  async function relayWith(ref: Exclude<IceServerRef, string> & { server: string }) {
    const lists = lab.iceServers.forSession({
      session: 1,
      vu: 1,
      refs: { offerer: [ref], answerer: [] },
      signal: new AbortController().signal,
      onFetch: () => {},
    });
    const [{ username = "", credential: password = "" } = {}] = await lists.obtain("offerer");
    const address = lab.turnServers[ref.server]?.address ?? "";
    return lab.observer.ask("turn-relay-check", { transport: "udp", address, port: 3478, username, password });
  }

  it.each(["users", "minted"])(
    "answers 401 to every flaw of a credential of %s, and takes the right one",
    async (server) => {
      const urls = ["udp" as const];
      expect(await relayWith({ server, urls })).toMatchObject({ received: true });
      const flaws = credentialFlawsOf(server === "minted");
      expect(CREDENTIAL_FLAWS).toEqual(expect.arrayContaining([...flaws]));
      const answers = await Promise.all(
        flaws.map(async (credential: CredentialFlaw) =>
          relayWith({ server, urls, credential }).then(
            () => [credential, "taken"],
            (error: unknown) => [credential, (error as { code?: string }).code],
          ),
        ),
      );
      expect(answers).toEqual(flaws.map((flaw) => [flaw, "turn_unauthorized"]));
    },
  );

  it("is proved with the intermediate certificate that it does not send, and refused by whoever has only the root", async () => {
    const { address = "", hostname = "" } = lab.turnServers.chain ?? {};
    const ask = (ca: string) => {
      const target = { address, port: 5349, transport: "tls" as const, servername: hostname, ca };
      return lab.observer.ask("stun-ready", { target, timeoutMs: 2_000 });
    };
    await expect(ask(await context.ca.anchorsOf("incomplete-chain"))).resolves.toMatchObject({
      answer: expect.stringMatching(/success|401/),
    });
    await expect(ask(context.ca.certificatePem)).rejects.toMatchObject({ code: "turn_tls_failed" });
  });

  it("with a key of another realm lets nobody in who has the right password", async () => {
    await expect(relayWith({ server: "realm", urls: ["udp"] })).rejects.toMatchObject({ code: "turn_unauthorized" });
  });

  it("sends datagrams that end at the first router, and is known to be there by TCP", async () => {
    const ready = eventsOf(context.events, "turn_server_ready").find(({ server }) => server === "ttl");
    const answers = ready?.listeners.map(({ transport, answer }) => [transport, answer === "blocked"]).toSorted();
    expect(answers).toEqual([
      ["tcp", false],
      ["tls", false],
      ["udp", true],
      ["udp", true],
    ]);
    const { address = "" } = lab.turnServers.ttl ?? {};
    const line = lab.plan.coreLines.find(({ segment }) => segment === lab.plan.nodes.ttl?.interfaces[0]?.segment);
    const ask = { address, port: 3478, ...context.credential };
    const [seen, relayed] = await Promise.all([
      inNode(
        lab,
        "core",
        "timeout",
        "8",
        "tcpdump",
        "-nvc",
        "1",
        "-i",
        line?.interface ?? "",
        "src",
        address,
        "and",
        "udp",
      ),
      lab.observer.ask("turn-relay-check", { ...ask, transport: "udp" }).catch(({ code }: { code: string }) => code),
    ]);
    expect(seen).toMatch(/\bttl 1\b/);
    expect(relayed).toBe("turn_no_answer");
    // TCP is as ever; what the relay itself sends is UDP again.
    await expect(lab.observer.ask("turn-relay-check", { ...ask, transport: "tcp" })).resolves.toMatchObject({
      received: true,
    });
  });
});
