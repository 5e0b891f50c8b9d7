import { afterEach, describe, expect, it, vi } from "vitest";
import { FIREWALL_PRESETS } from "../lab/model/firewall.ts";
import { NAT_PRESETS } from "../lab/model/nat-presets.ts";
import { InvalidInput } from "./invalid-input.ts";
import { natCommand } from "./nat.ts";

function printed(preset?: string): string {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  expect(natCommand(preset)).toBe(0);
  return text;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("turnlab nat", () => {
  it("lists every preset with its behaviour and what it means", () => {
    const [table = "", ...blocks] = printed().split("\n\n").slice(0, -1);
    const rows = table.split("\n").slice(1, -1);
    expect(rows.map((row) => row.split(" ")[0])).toEqual(Object.keys(NAT_PRESETS));
    expect(blocks.map((block) => block.split("\n")[0])).toEqual(Object.keys(NAT_PRESETS));
    const words = [
      "mapping",
      "filtering",
      "TCP",
      "ports",
      "addresses",
      "hairpinning",
      "lifetime",
      "firewall",
      "for ICE",
      "seen in",
    ];
    for (const block of blocks) for (const word of words) expect(block).toContain(`\n  ${word} `);
  });

  it("begins with a table that fits 80 columns and says what its short words are", () => {
    const [table = ""] = printed().split("\n\n");
    expect(table.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const rows = table.split("\n").map((row) => row.split(/ {2,}/));
    expect(rows[0]).toEqual(["preset", "mapping", "filtering", "ports", "lifetime", "firewall"]);
    expect(rows).toContainEqual(["symmetric", "APD", "APD", "random", "300 s", "open"]);
    expect(rows).toContainEqual(["cgnat-rfc6888", "EI", "EI", "block 512", "300 s", "open"]);
    expect(rows).toContainEqual(["cloud-1to1", "EI", "EI", "one-to-one", "300 s", "open"]);
    expect(rows).toContainEqual(["udp-blocked", "EI", "APD", "preserving", "300 s", "udp-blocked"]);
    expect(table).toMatch(/\nEI endpoint-independent; AD address-dependent; APD address-and-port-dependent$/);
  });

  it("lists the firewalls too", () => {
    const firewalls = printed().split("\n\n").at(-1) ?? "";
    expect(firewalls).toMatch(/^Firewalls/);
    for (const name of Object.keys(FIREWALL_PRESETS)) expect(firewalls).toContain(`\n${name} `);
  });

  it.each(["corporate", "cgnat-rfc6888"])("leaves out most of %s's ports in print, and says so", (preset) => {
    const text = printed(preset);
    expect(text).toMatch(/elements = \{ 16384 : 16384, 16385 : 16385, … \d+ : \d+, \d+ : \d+ \}/);
    expect(text).toMatch(/# elided in this printout alone: the \d+ of \d+ elements/);
    expect(text.split("\n").filter((line) => line.length > 200)).toEqual([]);
    expect(printed("symmetric")).not.toContain("elided");
  });

  it.each(Object.keys(NAT_PRESETS))("prints behaviour, equipment, consequence and rules of %s", (preset) => {
    const text = printed(preset);
    for (const word of ["what it is", "seen in", "for ICE"]) expect(text).toContain(word);
    expect(text).toContain("# sysctl net.netfilter.nf_conntrack_udp_timeout");
    expect(text).toMatch(/^table ip lab \{\n[\s\S]*\n\}\n$/m);
  });

  it("refuses a name that is no preset's, and names those that are", () => {
    expect(() => natCommand("symetric")).toThrow(InvalidInput);
    expect(() => natCommand("symetric")).toThrow('Did you mean "symmetric"?');
    expect(() => natCommand("nonsense")).toThrow(/found "nonsense"$/);
    expect(() => natCommand("toString")).toThrow(/full-cone, address-restricted/);
  });
});
