import type { CapacityReport } from "../../lab/model/capacity-report.ts";
import { TRAFFIC_PROFILES } from "../../lab/model/traffic-profile.ts";
import { oneLine } from "../render/format.ts";

/** The command that asks the same again, as far as the log has it; values of placeholders and files have to be given as they were. */
export function describeRepeat({ server, size, call, others, plan }: CapacityReport): string {
  const image = server.image?.reference;
  // The lab's own configuration has no file of its own.
  const isFile = !server.file.includes("'s own ");
  const first = others.find(({ call: own }) => own.over === call.over && own.relayed === call.relayed);
  const words = [
    "./turnlab capacity",
    ...(isFile ? [`--config ${quote(server.file)}`] : []),
    ...(image === undefined || image.startsWith("turnlab/") ? [] : [`--image ${quote(image)}`]),
    ...(call.over === "udp" ? [] : [`--transport ${call.over}`]),
    ...(call.relayed === "one" ? [] : ["--relayed both"]),
    ...trafficWords(call),
    ...(size.cpus === undefined ? [] : [`--cpus ${size.cpus}`]),
    ...(size.memoryBytes === undefined ? [] : [`--memory ${size.memoryBytes / 2 ** 20}M`]),
    ...(size.nicBitsPerSecond === undefined ? [] : [`--nic ${size.nicBitsPerSecond / 1e6}M`]),
    ...(size.fileDescriptors === undefined ? [] : [`--open-files ${size.fileDescriptors}`]),
    ...(first ? predictWords(first.size) : []),
    ...(plan
      ? [
          `--calls-per-day ${plan.ask.callsPerDay} --minutes ${plan.ask.minutesPerCall} --relayed-share ${plan.ask.shareRelayed}`,
          `--peak-factor ${plan.ask.peakFactor} --regions ${plan.ask.regions} --headroom ${plan.ask.headroom} --spares ${plan.ask.spares}`,
        ]
      : []),
  ];
  return words.join(" ");
}

function trafficWords({ streams }: CapacityReport["call"]): string[] {
  const shape = (all: CapacityReport["call"]["streams"]) =>
    all.map(({ packetBytes, packetsPerSecond }) => `${packetBytes}x${packetsPerSecond}`).join();
  const profile = Object.entries(TRAFFIC_PROFILES).find(([, known]) => shape(known) === shape(streams));
  if (profile) return profile[0] === "call" ? [] : [`--profile ${profile[0]}`];
  const bits = streams.reduce((sum, { packetBytes, packetsPerSecond }) => sum + 8 * packetBytes * packetsPerSecond, 0);
  return bits === 0 ? [] : [`--bitrate ${Math.round(bits)}`];
}

function predictWords({ cpus, memoryBytes, nicBitsPerSecond, fileDescriptors }: CapacityReport["size"]): string[] {
  const words = [
    ...(cpus === undefined ? [] : [`cpus=${cpus}`]),
    ...(memoryBytes === undefined ? [] : [`memory=${memoryBytes / 2 ** 20}M`]),
    ...(nicBitsPerSecond === undefined ? [] : [`nic=${nicBitsPerSecond / 1e6}M`]),
    ...(fileDescriptors === undefined ? [] : [`open-files=${fileDescriptors}`]),
  ];
  return words.length === 0 ? [] : [`--predict ${words.join(",")}`];
}

/** As a shell takes it. */
function quote(word: string): string {
  const text = oneLine(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
