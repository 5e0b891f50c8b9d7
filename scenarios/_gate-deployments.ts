/**
 * Two deployments' turnserver.conf files as their documents have them, with all that is wrong with them as a careful reader finds
 * it, and their repaired forms, of which the gate must let both pass.
 */
export type GateDeployment = {
  /** The tag of its scenarios. */
  name: string;
  config: string;
  profile: string;
  /** What placeholders stand for. */
  values: Readonly<Record<string, string>>;
  repaired: { config: string; profile: string; values: Readonly<Record<string, string>> };
  /** What the gate must fail it for: any of the names, of a rule or a failure's code. */
  fails: readonly Expected[];
  /** What it must say beside that. */
  notes: readonly Expected[];
};
/** `isLeft`: the repaired form has it too, because its document asks for it. */
type Expected = { names: readonly string[]; why: string; isLeft?: true };

const scrum = { YOUR_VM_EXTERNAL_IP: "34.72.10.20", YOUR_VM_INTERNAL_IP: "10.128.0.2" };
const qring = {
  TURN_PUBLIC_IP: "34.35.10.20",
  TURN_REALM_FQDN: "turn.useqring.online",
  TURN_USERNAME: "qring",
  TURN_PASSWORD: "a-rotated-password",
};

export const gateDeployments: readonly GateDeployment[] = [
  {
    name: "scrum-phase2",
    config: "configs/scrum.turnserver.conf",
    profile: "configs/scrum.profile.json",
    values: { ...scrum, GENERATE_STRONG_PASSWORD: "a-strong-password" },
    repaired: {
      config: "configs/scrum-repaired.turnserver.conf",
      profile: "configs/scrum-repaired.profile.json",
      values: { ...scrum, GENERATE_STRONG_SECRET: "b1e8c2f09d7a4c65a3d4" },
    },
    fails: [
      {
        names: ["certificate", "url-without-listener"],
        why: "It names no cert and no pkey: coturn listens neither on TLS nor on DTLS, and turns: is handed out.",
      },
      { names: ["denied-peer-missing"], why: "Whoever has the password reaches the VM's network and its metadata." },
      {
        names: ["network-without-listener", "network-without-url"],
        why: "Nothing listens on 443 or 80: users behind firewalls that let only the web out cannot connect.",
      },
    ],
    notes: [
      { names: ["url-with-address"], why: "turns: with an IP address: a certificate for a name does not fit it." },
      { names: ["no-quota"], why: "total-quota=0 is no limit, and there is no user-quota." },
      { names: ["tcp-relay"], why: "Relays over TCP, which no browser asks for." },
      { names: ["fixed-user"], why: "One password that never ends, in the application's source." },
      { names: ["no-listener-443"], why: "Nothing listens on 443." },
    ],
  },
  {
    name: "qring-checklist",
    config: "configs/qring.turnserver.conf",
    profile: "configs/qring.profile.json",
    values: qring,
    repaired: {
      config: "configs/qring-repaired.turnserver.conf",
      profile: "configs/qring-repaired.profile.json",
      values: qring,
    },
    fails: [
      {
        names: ["denied-peer-missing"],
        why: "Whoever has the password, which is in the page, reaches the host's network.",
      },
      {
        names: ["network-without-listener", "network-without-url"],
        why: "Nothing listens on 443: users behind firewalls that let only TLS on 443 out cannot connect.",
      },
    ],
    notes: [
      { names: ["no-quota"], why: "One user for all, and no limit on what it takes." },
      { names: ["tcp-relay"], why: "Relays over TCP, which no browser asks for." },
      { names: ["fixed-user"], why: "One password that never ends, in the page.", isLeft: true },
      { names: ["no-listener-443"], why: "Nothing listens on 443." },
    ],
  },
];
