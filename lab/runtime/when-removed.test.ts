import { describe, expect, it } from "vitest";
import { whenRemoved } from "./when-removed.ts";

type Handle = Parameters<typeof whenRemoved>[0];
const gone = (statusCode: number) => Promise.reject(Object.assign(new Error("no such container"), { statusCode }));

/** A container whose engine answers as told; `wait` that never answers ends with its signal, as a request does. */
function container(inspects: (() => Promise<unknown>)[], wait?: () => Promise<unknown>) {
  const seen = { inspects: 0, signal: undefined as AbortSignal | undefined };
  const handle = {
    inspect: () => inspects[Math.min(seen.inspects++, inspects.length - 1)]?.(),
    wait: ({ abortSignal }: { abortSignal: AbortSignal }) => {
      seen.signal = abortSignal;
      if (wait) return wait();
      return new Promise((_, reject) => abortSignal.addEventListener("abort", () => reject(abortSignal.reason)));
    },
  };
  return { seen, handle: handle as unknown as Handle };
}

describe("whenRemoved", () => {
  it("takes the engine's word", async () => {
    const { seen, handle } = container([async () => ({})], async () => ({ StatusCode: 0 }));
    await whenRemoved(handle);
    expect(seen.inspects).toBe(0);
  });

  it("looks where that word never comes, and lets go of the request", async () => {
    const { seen, handle } = container([async () => ({}), () => gone(404)]);
    await whenRemoved(handle);
    expect(seen.inspects).toBe(2);
    expect(seen.signal?.aborted).toBe(true);
  });

  it("is done where there is nothing to wait for, and tells any other fault", async () => {
    await whenRemoved(container([async () => ({})], () => gone(404)).handle);
    await expect(whenRemoved(container([async () => ({})], () => gone(500)).handle)).rejects.toThrow(
      "no such container",
    );
  });
});
