/** What runs in a browser peer's page: all its sessions, told by its keeper. */
import { SessionTable } from "../course/session-table.ts";
import { BrowserEndpoint } from "./browser-endpoint.ts";
import { KeeperLine } from "./line.ts";

const sessions = new SessionTable(
  (message) => line.report(message),
  (join, events) => new BrowserEndpoint(join, events),
);
const line = await KeeperLine.open((command, receivedAtMs) => sessions.receive(command, receivedAtMs));
addEventListener("error", ({ message }) => line.broken(message));
addEventListener("unhandledrejection", ({ reason }) => line.broken(String(reason)));
