/**
 * JSON lines over a container's attached stdio: the only control channel there is.
 * stdout carries messages, stderr carries logs; both ends end when the line does.
 */
export interface JsonLine {
  /** Sends one message. Throws after the line has ended. */
  send(message: object): void;
  /** Called once per message, in order. */
  onMessage(handler: (message: unknown) => void): void;
  /** Called once, when the other end is gone. */
  onEnd(handler: (reason: string) => void): void;
}
