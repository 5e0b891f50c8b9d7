import { describe, expect, it } from "vitest";
import { type GateTexts, readGate } from "./read-gate.ts";
import { GOOD } from "./test-config.ts";

const good = GOOD.join("\n");
const texts = (given: Partial<GateTexts> = {}): GateTexts => ({
  candidate: { file: "new.conf", text: good },
  baseline: { file: "old.conf", text: good },
  profile: null,
  iceServers: null,
  files: [],
  values: new Map(),
  versions: { candidate: "4.6.1", baseline: "4.6.1" },
  machine: { cpus: 2, memoryBytes: 8 * 1024 ** 3 },
  nowMs: Date.now(),
  makeSecret: () => "made-0123456789",
  ...given,
});
const places = (given: Partial<GateTexts>) => {
  const read = readGate(texts(given));
  return "faults" in read
    ? read.faults.map(({ heading, faults }) => [heading, ...faults.map(({ place }) => place)])
    : [];
};

describe("readGate", () => {
  it("comes to a plan, and to a failure of the candidate that needs no lab", () => {
    const read = readGate(texts({ candidate: { file: "new.conf", text: `${good}\nexternal-ip=34.9.9.9/10.0.0.5\n` } }));
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    expect(read.plan.findings.candidate).toMatchObject([
      { rule: "addresses-of-no-machine", file: "new.conf", line: 9 },
    ]);
    expect(read.plan.findings.baseline).toEqual([]);
    expect(read.plan.cells.length).toBeGreaterThan(5);
    expect(read.baseline?.file).toBe("old.conf");
  });

  it("tells every fault of every file at once, the baseline's first", () => {
    expect(
      places({
        candidate: { file: "new.conf", text: `${good}\ntotal-quota=<QUOTA>\n` },
        baseline: { file: "old.conf", text: good.replace("34.1.2.3", "203.0.113.1") },
        profile: { file: "profile.json", text: '{"networks": ["hom"], "rules": {"unknwon-option": "off"}}' },
        iceServers: { file: "ice.json", text: '[{"urls": "turn:"}]' },
      }),
    ).toEqual([
      ["old.conf (the baseline)", "old.conf:3"],
      ["new.conf", "new.conf:9"],
      ["profile.json", "networks[0]", "rules.unknwon-option"],
      ["ice.json", "[0].urls[0]"],
    ]);
  });

  it("tells what the files are asked for and have not", () => {
    const list = { file: "ice.json", text: '{"iceServers": [{"urls": "turn:34.7.7.7"}]}' };
    expect(places({ iceServers: list })).toEqual([["ice.json", "iceServers[0].urls"]]);
    const profile = { file: "profile.json", text: '{"iceServers": [{"urls": "turn:turn.example.org"}]}' };
    expect(places({ profile, iceServers: { ...list, text: profile.text } })).toEqual([
      ["command line", "--ice-servers"],
    ]);
    expect(places({ files: [{ path: "/x.pem", content: Buffer.from(""), file: "x.pem" }] })).toEqual([
      ["command line", "--file /x.pem=x.pem"],
    ]);
  });

  it("fails a candidate that parts the pair of files that the baseline has", () => {
    const files = ["fullchain", "privkey"].map((name) => ({
      path: `/etc/ssl/${name}.pem`,
      content: Buffer.from("x"),
      file: name,
    }));
    const text = good.replace("cert=/etc/ssl/fullchain.pem", "cert=/etc/ssl/fulchain.pem");
    const read = readGate(texts({ candidate: { file: "new.conf", text }, files }));
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    expect(read.plan.findings.candidate).toMatchObject([
      { rule: "file-not-there", fix: "cert=/etc/ssl/fullchain.pem" },
    ]);
    expect(places({ files: files.slice(1) })).toEqual([
      ["old.conf (the baseline)", "--file /etc/ssl/fullchain.pem=FILE"],
    ]);
  });

  it("takes the lifetime that a provider's answer says, and makes one secret for both files", () => {
    const text = good.replace("north-by-north-west", "<TURN_SECRET>");
    const iceServers = {
      file: "ice.json",
      text: '{"uris": ["turn:turn.example.org"], "username": "u", "password": "p", "ttl": 600}',
    };
    const read = readGate(
      texts({ candidate: { file: "new.conf", text }, baseline: { file: "old.conf", text }, iceServers }),
    );
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    expect(read.plan.profile.credentialLifetimeS).toBe(600);
    expect(read.candidate.facts.credential).toEqual(read.baseline?.facts.credential);
    expect(read.placeholders).toEqual(["TURN_SECRET"]);
  });
});
