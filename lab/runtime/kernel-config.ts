import { readFileSync } from "node:fs";
import { release } from "node:os";
import { gunzipSync } from "node:zlib";

/** What the lab asks of the engine's kernel, and the build options that provide it. */
export const KERNEL_FEATURES = {
  "network namespaces": ["CONFIG_NET_NS"],
  "veth pairs": ["CONFIG_VETH"],
  bridges: ["CONFIG_BRIDGE"],
  nftables: ["CONFIG_NF_TABLES"],
  "iptables on nftables": ["CONFIG_NFT_COMPAT"],
  "connection tracking": ["CONFIG_NF_CONNTRACK"],
  NAT: ["CONFIG_NF_NAT", "CONFIG_NFT_NAT"],
} as const satisfies Record<string, readonly string[]>;

type KernelFeature = keyof typeof KERNEL_FEATURES;

/** The features that the running kernel was built without; null when it does not show how it was built. */
export function missingKernelFeatures(config = readKernelConfig()): KernelFeature[] | null {
  if (config === null) return null;
  const enabled = new Set([...config.matchAll(/^(CONFIG_\w+)=[ym]$/gm)].map(([, option]) => option));
  const features = Object.entries(KERNEL_FEATURES) as [KernelFeature, readonly string[]][];
  return features.filter(([, options]) => !options.every((option) => enabled.has(option))).map(([feature]) => feature);
}

/** Whether the running kernel was built with an option, or has it as a module; null when it does not show. */
export function kernelHas(option: `CONFIG_${string}`, config = readKernelConfig()): boolean | null {
  return config === null ? null : new RegExp(`^${option}=[ym]$`, "m").test(config);
}

function readKernelConfig(): string | null {
  const places = ["/proc/config.gz", `/boot/config-${release()}`, `/lib/modules/${release()}/config`];
  for (const place of places) {
    try {
      const content = readFileSync(place);
      return (place.endsWith(".gz") ? gunzipSync(content) : content).toString();
    } catch {
      // Not shown there, or not to us.
    }
  }
  return null;
}
