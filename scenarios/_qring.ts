import type { TurnServerSpec } from "../lab/index.ts";

/** A checklist's server: turnserver.conf, firewall and names as it has them, with lab values in its placeholders. */
const USERNAME = "qring";
const PASSWORD = "a-rotated-password";

export function qringServer(publicAddress: string, hostname: string): TurnServerSpec {
  return {
    config: "configs/qring.turnserver.conf",
    configValues: {
      TURN_PUBLIC_IP: publicAddress,
      TURN_REALM_FQDN: hostname,
      TURN_USERNAME: USERNAME,
      TURN_PASSWORD: PASSWORD,
    },
    firewall: ["udp:3478", "tcp:3478", "tcp:5349", "udp:49152-65535"],
  };
}

export const google: TurnServerSpec = {
  aliases: ["stun.l.google.com", "stun1.l.google.com"],
  options: { "listening-port": 19302 },
};

export const stun = { urls: ["stun:stun.l.google.com:19302", "stun:stun1.l.google.com:19302"] };

/** The two entries of VITE_WEBRTC_ICE_SERVERS. */
export function turnOf(hostname: string) {
  const credential = { username: USERNAME, credential: PASSWORD };
  return [
    { urls: [`turn:${hostname}:3478?transport=udp`], ...credential },
    { urls: [`turns:${hostname}:5349?transport=tcp`], ...credential },
  ];
}
