import { expect, it } from "vitest";
import { KERNEL_FEATURES, kernelHas, missingKernelFeatures } from "./kernel-config.ts";

const options = Object.values(KERNEL_FEATURES).flat();

it("built in and as a module are both there", () => {
  const config = options.map((option, i) => `${option}=${i % 2 ? "m" : "y"}`).join("\n");
  expect(missingKernelFeatures(config)).toEqual([]);
});

it("names what is not set", () => {
  const config = options.map((option) => (option === "CONFIG_VETH" ? "# CONFIG_VETH is not set" : `${option}=y`));
  expect(missingKernelFeatures(config.filter((line) => !line.includes("NFT_NAT")).join("\n"))).toEqual([
    "veth pairs",
    "NAT",
  ]);
});

it("does not guess where the kernel shows nothing", () => {
  expect(missingKernelFeatures(null)).toBeNull();
});

it("tells one option from others that begin like it", () => {
  const config =
    "CONFIG_NET_SCH_TBF=y\nCONFIG_NET_SCH_NETEM=m\n# CONFIG_NET_SCH_FQ is not set\nCONFIG_NET_SCH_FQ_PIE=y";
  expect(kernelHas("CONFIG_NET_SCH_NETEM", config)).toBe(true);
  expect(kernelHas("CONFIG_NET_SCH_FQ", config)).toBe(false);
  expect(kernelHas("CONFIG_NET_SCH_NETEM", null)).toBeNull();
});
