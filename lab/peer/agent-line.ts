import {
  type AgentMessage,
  HELLO_TIMEOUT_MS,
  HOST_MESSAGE_TYPES,
  type HostMessage,
  isMessage,
  PROTOCOL_VERSION,
} from "./protocol.ts";
import { openStdioLine, type StdioLine } from "./stdio-line.ts";

type Hello = Extract<HostMessage, { type: "hello" }>;

export type AgentLine = StdioLine<AgentMessage>;

type Commands = {
  /** The first greeting is of this protocol's version; later ones are as they came. */
  onHello(hello: Hello): void;
  /** `receivedAtMs`: when the bytes of the message arrived, CLOCK_MONOTONIC. */
  onCommand(message: Exclude<HostMessage, Hello>, receivedAtMs: number): void;
};

/** A peer's end of the line to the harness. */
export function openAgentLine(commands: (line: AgentLine) => Commands): AgentLine {
  return openStdioLine<HostMessage, AgentMessage>({
    helloTimeoutMs: HELLO_TIMEOUT_MS,
    isCommand: (value) => isMessage<HostMessage>(value, HOST_MESSAGE_TYPES),
    whyNoGreeting: (message) => {
      if (message.type !== "hello") return `expected "hello" first, found "${message.type}"`;
      const { protocolVersion: found } = message;
      if (found === PROTOCOL_VERSION) return null;
      return `expected protocol version ${PROTOCOL_VERSION}, found ${found}: rebuild the image`;
    },
    fatal: (message) => ({ type: "fatal", message }),
    onCommand: (line) => {
      const { onHello, onCommand } = commands(line);
      return (message, receivedAtMs) => {
        if (message.type === "hello") onHello(message);
        else onCommand(message, receivedAtMs);
      };
    },
  });
}
