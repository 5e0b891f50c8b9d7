import { describe, expect, it } from "vitest";
import { farSetup, hasUfrag, iceParametersOf, sectionOf, withIceParameters, withSetup } from "./ice-parameters.ts";

const section = (media: string, ufrag: string, setup: string) =>
  [
    `m=${media} 9 UDP/DTLS/SCTP webrtc-datachannel`,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${ufrag}-password`,
    "a=candidate:1 1 udp 1 10.0.0.1 5 typ host",
    "a=end-of-candidates",
    `a=setup:${setup}`,
  ].join("\r\n");
const sdp = (...sections: string[]) => `v=0\r\n${sections.join("\r\n")}\r\n`;

describe("what an ICE restart changes in a description", () => {
  it("is user name and password of every section, and the candidates go", () => {
    const before = sdp(section("audio", "aaaa", "actpass"), section("application", "bbbb", "actpass"));
    expect(iceParametersOf(before)).toEqual({ ufrag: "aaaa", password: "aaaa-password" });
    const after = withIceParameters(before, { ufrag: "cccc", password: "secret" });
    expect(after.match(/a=ice-ufrag:cccc\r\na=ice-pwd:secret\r\n/g)).toHaveLength(2);
    expect(after).not.toMatch(/candidate|aaaa|bbbb/);
    expect(after.match(/a=setup:actpass\r\n/g)).toHaveLength(2);
    expect(() => iceParametersOf("v=0\r\n")).toThrow("a=ice-ufrag");
  });

  it("is said in the far end's name with its own role in DTLS, whichever of the two had answered", () => {
    const offer = sdp(section("application", "aaaa", "actpass"));
    expect(farSetup(sdp(section("application", "bbbb", "active")), offer)).toBe("passive");
    expect(farSetup(sdp(section("application", "bbbb", "passive")), offer)).toBe("active");
    expect(farSetup(offer, sdp(section("application", "bbbb", "active")))).toBe("active");
    expect(farSetup(offer, sdp(section("application", "bbbb", "passive")))).toBe("passive");
    expect(withSetup(offer, "passive")).toContain("a=setup:passive\r\n");
  });

  it("finds a candidate's section by its user name, for where sections are not bundled each has its own", () => {
    const both = sdp(section("audio", "aaaa", "actpass"), section("application", "bbbb", "actpass"));
    expect([sectionOf(both, "aaaa"), sectionOf(both, "bbbb"), sectionOf(both, "else")]).toEqual([0, 1, 0]);
    expect([hasUfrag(both, "bbbb"), hasUfrag(both, "bbb"), hasUfrag(undefined, "bbbb")]).toEqual([true, false, false]);
  });
});
