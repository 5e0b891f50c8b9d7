import { once } from "node:events";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { startEmulator } from "./start-emulator.ts";

it("outlives one who goes away in the middle of a question, and mints nothing for him", async () => {
  const minted: string[] = [];
  const mint = (server: string) => {
    minted.push(server);
    return { username: "u", password: "p" };
  };
  const offers = [{ server: "turn", urls: ["turn:turn.lab.test"] }];
  await using emulator = await startEmulator({ provider: "static", offers, mint, latencyMs: 20 });
  const port = Number(new URL(emulator.baseUrl).port);
  const { token } = emulator.keys;
  for (const rest of ["content-length: 9\r\n\r\nhalf", "\r\n"]) {
    const asker = connect(port, "127.0.0.1");
    asker.write(`GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${rest}`);
    const before = emulator.requestCount();
    await expect.poll(() => emulator.requestCount(), { interval: 1 }).toBe(before + 1);
    asker.destroy();
    await once(asker, "close");
  }
  // An answer comes behind both.
  const answer = await fetch(emulator.baseUrl, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  expect(minted).toEqual(["turn"]);
});
