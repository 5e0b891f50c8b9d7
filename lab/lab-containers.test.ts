import { describe, expect, it } from "vitest";
import { whyNotStarted } from "./lab-containers.ts";
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
