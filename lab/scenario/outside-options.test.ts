import { describe, expect, it, vi } from "vitest";
import { chooseOutside, type OutsideOptions } from "./outside-options.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
const resolve = vi.fn(async (host: string) => {
  if (host === "nowhere.test") throw new Error("getaddrinfo ENOTFOUND nowhere.test");
  return host === "turn.example.org" ? "34.1.2.3" : host;
});
const readPem = (file: string) => {
  if (file === "ca.pem") return PEM;
  throw new Error(`ENOENT: no such file or directory, open '${file}'`);
};
const choose = (options: OutsideOptions) => chooseOutside(options, { resolve, readPem });
const WHOLE = { turnUser: "alice", turnPassword: "open-sesame", allowUplink: true };

async function faultsOf(options: OutsideOptions) {
  const chosen = await choose(options);
  return "faults" in chosen ? chosen.faults : [];
}

describe("the options for a server outside of the lab", () => {
  it("are none where nothing is said", async () => {
    expect(await choose({})).toEqual({ outside: null });
  });

  it("come to an address, listeners and a credential", async () => {
    const turnUrl = ["turn:Turn.example.org", "turn:turn.example.org:80?transport=tcp", "turns:turn.example.org:443"];
    expect(await choose({ ...WHOLE, turnUrl, turnCa: "ca.pem" })).toEqual({
      outside: {
        server: {
          host: "turn.example.org",
          address: "34.1.2.3",
          listeners: [
            { transport: "udp", port: 3478 },
            { transport: "tcp", port: 80 },
            { transport: "tls", port: 443 },
          ],
        },
        credential: { username: "alice", password: "open-sesame" },
        caPem: PEM,
      },
    });
  });

  it("without the flag are refused before the name is looked up, and the refusal says what would have happened", async () => {
    resolve.mockClear();
    const faults = await faultsOf({ ...WHOLE, allowUplink: false, turnUrl: ["turn:turn.example.org?transport=tcp"] });
    expect(faults).toMatchObject([{ place: "--turn-url", expected: "--allow-uplink beside it" }]);
    expect(faults[0]?.hint).toContain("turn.example.org, tcp 3478, through this machine's own network");
    expect(resolve).not.toHaveBeenCalled();
  });

  it("tell all their faults at once, and never the password", async () => {
    const faults = await faultsOf({
      turnUrl: [
        "http://turn.example.org",
        "stun:a.test",
        "turns:a.test?transport=udp",
        "turn:[2001:db8::1]",
        "turn:a.test",
        "turn:b.test",
      ],
      turnUser: "alice",
      turnCa: "missing.pem",
      turnImage: "coturn/coturn",
    });
    expect(faults.map(({ place, found }) => `${place} ${found}`)).toEqual([
      '--turn-url "http://turn.example.org"',
      '--turn-url "stun:a.test"',
      '--turn-url "turns:a.test?transport=udp"',
      '--turn-url "turn:[2001:db8::1]"',
      "--turn-url a.test, b.test",
      '--turn-image "coturn/coturn"',
      "--turn-password nothing",
      "--turn-url nothing",
      "--turn-ca ENOENT: no such file or directory, open 'missing.pem'",
    ]);
    const one = await faultsOf({ ...WHOLE, turnUrl: ["turn:nowhere.test"] });
    expect(one).toMatchObject([{ found: "nowhere.test: getaddrinfo ENOTFOUND nowhere.test" }]);
    expect(JSON.stringify([faults, one])).not.toContain("open-sesame");
  });

  it("say nothing without a URL, and that is a fault", async () => {
    const places = (await faultsOf({ ...WHOLE, turnCa: "ca.pem" })).map(({ place }) => place);
    expect(places).toEqual(["--turn-user", "--turn-password", "--turn-ca", "--allow-uplink"]);
  });
});
