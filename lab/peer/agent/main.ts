/** PID 1 of a werift peer's container. */
import { openAgentLine } from "../agent-line.ts";
import { useClock } from "../course/clock.ts";
import { SessionTable } from "../course/session-table.ts";
import { kernelMs } from "../kernel-clock.ts";
import { type AgentSettings, KEY_LOG } from "../protocol.ts";
import { useKeyLog } from "./key-log.ts";
import { useNativeCrypto } from "./native-crypto.ts";
import { rememberCertificate } from "./own-certificate.ts";
import { WeriftEndpoint } from "./werift-endpoint.ts";

useClock(kernelMs);
useNativeCrypto();
rememberCertificate();

openAgentLine(({ send, die }) => {
  let settings: AgentSettings = {};
  const sessions = new SessionTable(send, (join, events) => new WeriftEndpoint(join, events, settings));
  let isReady = false;
  return {
    onHello: ({ loopbackOnly, proxy, keys, flaws, channelRefreshSeconds }) => {
      if (keys) useKeyLog(KEY_LOG);
      settings = {
        ...(loopbackOnly ? { loopbackOnly } : {}),
        ...(proxy ? { proxy } : {}),
        ...(flaws ? { flaws } : {}),
        ...(channelRefreshSeconds ? { channelRefreshSeconds } : {}),
      };
      if (!isReady) send({ type: "ready" });
      isReady = true;
    },
    onCommand: (message, receivedAtMs) => {
      if (message.type === "dump") die("only browsers keep a dump of their calls");
      else sessions.receive(message, receivedAtMs);
    },
  };
});
