import { createInterface } from "node:readline";
import { lastLines } from "./run-program.ts";

type Progress = { stream?: string; status?: string; error?: string; errorDetail?: { message?: string } };

/** Reads an engine's progress stream (JSON lines) to its end. Throws what it reports as `error`, with the last output. */
export async function followProgress(stream: NodeJS.ReadableStream, onProgress?: () => void): Promise<void> {
  let output = "";
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    onProgress?.();
    const progress = JSON.parse(line) as Progress;
    output += progress.stream ?? "";
    if (progress.error !== undefined) {
      throw new Error(`${lastLines(output, 20)}\n${progress.errorDetail?.message ?? progress.error}`.trim());
    }
  }
}
