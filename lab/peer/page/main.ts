/** What runs in a browser peer's page: all its sessions, told by its keeper. */
import { SessionTable } from "../course/session-table.ts";
import { KeeperLine } from "./line.ts";

const sessions = new SessionTable(
  (message) => line.report(message),
  () => {
    throw new Error("no endpoint yet");
  },
);
const line = await KeeperLine.open((command, receivedAtMs) => sessions.receive(command, receivedAtMs));
