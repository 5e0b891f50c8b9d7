import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { selectScenarios } from "./select.ts";
import type { ConfigOptions } from "./turn-configs.ts";

const folder = mkdtempSync(join(tmpdir(), "turnlab-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const GOOD = "external-ip=<IP>\nlt-cred-mech\nuser=alice:pa55word-1\nrealm=turn.example.org\ncert=/c\npkey=/k\n";
const good = write("good.conf", GOOD);
const scenario = (name: string, topology: string) =>
  write(
    `${name}.ts`,
    `export default { description: "d", topology: ${topology},
      peers: { offerer: { behind: "internet", iceServers: [] }, answerer: { behind: "internet", iceServers: [] } },
      load: { executor: "per-vu-iterations", vus: 1, iterations: 1 } };`,
  );
const one = scenario("one", "{ turnServers: { turn: {} } }");
const two = scenario("two", "{ turnServers: { a: {}, b: {} } }");
const none = scenario("none", "{}");
const own = scenario("own", '{ turnServers: { turn: { config: "good.conf", configValues: { IP: "34.1.2.4" } } } }');

const messageOf = (words: string[], options: ConfigOptions) =>
  selectScenarios(words, options).then(
    () => "",
    (error: Error) => error.message,
  );

describe("turnserver.conf files of a command", () => {
  it("run in the place of the lab's own, with the command line's values", async () => {
    const env = write("turn.env", "IP=34.9.9.9\n");
    const [named] = await selectScenarios([one], { turnConfig: [good], envFile: [env], set: ["IP=34.1.2.3"] });
    expect(named?.configs?.turn?.text).toBe(GOOD.replace("<IP>", "34.1.2.3"));
    expect(named?.scenario.topology.turnServers?.turn).toMatchObject({ publicAddress: "34.1.2.3", config: good });
  });

  it("are found beside the scenario that names them, and the command line's values win", async () => {
    const addressOf = async (options: ConfigOptions) =>
      (await selectScenarios([own], options))[0]?.scenario.topology.turnServers?.turn?.publicAddress;
    expect(await addressOf({})).toBe("34.1.2.4");
    expect(await addressOf({ set: ["IP=34.1.2.5"] })).toBe("34.1.2.5");
  });

  it("go to the server that is named, and ask where several could be meant", async () => {
    const [named] = await selectScenarios([two], { turnConfig: [`b=${good}`], set: ["IP=34.1.2.3"] });
    expect(Object.keys(named?.configs ?? {})).toEqual(["b"]);
    expect(await messageOf([two, none], { turnConfig: [good], set: ["IP=34.1.2.3"] })).toMatch(
      /scenarios with one TURN server each[\s\S]*two, which has a, b[\s\S]*--turn-config a=[\s\S]*none, which has none/,
    );
    expect(await messageOf([two], { turnConfig: [`c=${good}`] })).toContain("a TURN server of that name");
  });

  it("tell every fault of all files in one message, once each, and no secret", async () => {
    const bad = write("bad.conf", "relm=x\nstatic-auth-secrt=pa55word-2\nuser=pa55word-3\nexternal-ip=<IP>\n");
    const message = await messageOf([one, own], {
      turnConfig: [bad],
      set: ["IPP=1", "pa55word-4"],
      envFile: [join(folder, "no.env")],
    });
    for (const part of [
      "bad.conf:1",
      'Did you mean "realm"?',
      "bad.conf:2",
      "bad.conf:3",
      "bad.conf:4",
      "the placeholder <IP>",
      "--set IPP",
      'Did you mean "IP"?',
      "expected  NAME=VALUE",
      "no.env: no such file (ENOENT)",
    ])
      expect(message).toContain(part);
    expect(message.match(/bad\.conf:1\n/g)).toHaveLength(1);
    expect(message).not.toContain("pa55word");
  });

  it("say what cannot be read, and that a value is for nothing", async () => {
    expect(await messageOf([one], { turnConfig: [folder] })).toContain("EISDIR");
    expect(await messageOf([one], { set: ["IP=1"] })).toContain("Name one with --turn-config FILE.");
  });

  it("are checked together with the scenario around them", async () => {
    const walled = scenario("walled", '{ turnServers: { turn: { firewall: ["udp:9999"] } } }');
    expect(await messageOf([walled], { turnConfig: [good], set: ["IP=34.1.2.3"] })).toContain(
      "a rule for at least one port",
    );
  });
});
