import { afterEach, describe, expect, it, vi } from "vitest";
import { chosenLinkTool, findLinkTool, NoNetemError } from "./link-tool.ts";

const fabric = (hasNetem: boolean) => ({
  exec: vi.fn(async () => {
    if (!hasNetem) throw new Error("Error: Specified qdisc kind is unknown.");
    return "";
  }),
});

afterEach(() => void vi.unstubAllEnvs());

describe("the tool that makes a wire's conditions", () => {
  it("is netem where the kernel has it, else the delay line", async () => {
    vi.stubEnv("TURNLAB_LINK_TOOL", "");
    expect(await findLinkTool(fabric(true))).toBe("netem");
    expect(await findLinkTool(fabric(false))).toBe("delay-line");
  });

  it("is the one that was asked for, and nothing is tried for the delay line", async () => {
    vi.stubEnv("TURNLAB_LINK_TOOL", "delay-line");
    const withNetem = fabric(true);
    expect(await findLinkTool(withNetem)).toBe("delay-line");
    expect(withNetem.exec).not.toHaveBeenCalled();
    vi.stubEnv("TURNLAB_LINK_TOOL", "netem");
    expect(await findLinkTool(fabric(true))).toBe("netem");
  });

  it("is never another than asked for: netem on a kernel without it is an error that says so", async () => {
    vi.stubEnv("TURNLAB_LINK_TOOL", "netem");
    const finding = findLinkTool(fabric(false));
    await expect(finding).rejects.toThrow(NoNetemError);
    await expect(finding).rejects.toThrow(/no netem: .*qdisc kind is unknown/);
  });

  it("is refused when it is none", () => {
    expect(() => chosenLinkTool({ TURNLAB_LINK_TOOL: "bogus" })).toThrow(
      'TURNLAB_LINK_TOOL: expected netem or delay-line, found "bogus"',
    );
    expect(chosenLinkTool({})).toBeNull();
  });
});
