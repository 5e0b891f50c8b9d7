import { randomBytes } from "node:crypto";
import { type EmulatedApi, STATUS_WORDS, splitUrls } from "./emulated-api.ts";

/** An application's backend that has its list in a file. */
export const staticApi: EmulatedApi = {
  freshKeys: () => ({ token: randomBytes(16).toString("hex") }),
  answer({ headers }, { keys, offers, variant, mint }) {
    if (headers.authorization !== `Bearer ${keys.token}`) return this.refusal(401);
    const list = offers.flatMap(({ server, urls }) => {
      const { username, password } = mint(server, null);
      const { stun, turn } = splitUrls(urls);
      return [{ urls: stun }, { urls: turn, username, credential: password }];
    });
    return { status: 200, body: variant === "object" ? { iceServers: list } : list };
  },
  refusal: (status) => ({ status, body: { error: STATUS_WORDS[status] ?? "error" } }),
};
