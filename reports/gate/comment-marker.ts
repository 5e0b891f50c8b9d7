import type { GateReport } from "../../lab/model/gate.ts";

/**
 * Begins every comment of the gate on one config, so that a bot finds its own again: `<!-- turnlab gate: turnserver.conf -->`.
 * An image that somebody chose is part of it, so that one config may be gated on several.
 */
export function commentMarker({ candidate: { file, image } }: Pick<GateReport, "candidate">): string {
  const own = image !== null && !image.reference.startsWith("turnlab/") ? ` ${encode(image.reference)}` : "";
  return `<!-- turnlab gate: ${encode(file)}${own} -->`;
}

/** Nothing that could end a comment, or look like another. */
function encode(name: string): string {
  return encodeURIComponent(name.toWellFormed())
    .replaceAll("%2F", "/")
    .replaceAll("%3A", ":")
    .replaceAll("--", "%2D%2D");
}
