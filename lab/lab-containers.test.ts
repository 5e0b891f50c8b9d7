import { describe, expect, it } from "vitest";
import { imagesFor, whyNotStarted } from "./lab-containers.ts";
import { UnavailableError } from "./lab-error.ts";

describe("whyNotStarted", () => {
  it("tells a missing tun device, as the engine says it, from every other fault", () => {
    const said =
      '(HTTP code 500) server error - error gathering device information while adding custom device "/dev/net/tun": no such file or directory ';
    const missing = whyNotStarted(new Error(said));
    expect(missing).toBeInstanceOf(UnavailableError);
    expect((missing as Error).message).toMatch(
      /^NAT64 needs \/dev\/net\/tun, which the engine's machine has not got: /,
    );
    const other = new Error("no such image: turnlab/fabric");
    expect(whyNotStarted(other)).toBe(other);
  });
});

describe("imagesFor", () => {
  const common = ["fabric", "router", "coturn", "hold"];

  it("has a browser's image where a peer is one, once, and werift's where one is that", () => {
    expect(imagesFor([{ peers: { offerer: {}, answerer: { engine: "werift" } } }])).toEqual([...common, "peer"]);
    const mixed = { peers: { offerer: { engine: "chromium" }, answerer: {} } } as const;
    const browsers = { peers: { offerer: { engine: "firefox" }, answerer: { engine: "chromium" } } } as const;
    expect(imagesFor([mixed, browsers])).toEqual([...common, "chromium", "peer", "firefox"]);
    expect(imagesFor([browsers])).toEqual([...common, "firefox", "chromium"]);
  });
});
