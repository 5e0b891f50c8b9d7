/** RFC 8656 sections 9 and 12; coturn's `permission-lifetime` and `channel-lifetime` are others where a configuration says so. */
const PERMISSION_SECONDS = 300;
const CHANNEL_SECONDS = 600;

/**
 * RFC 8656 has permissions last 300 s and channels 600 s, and a server tells a client nothing else. A client of one that keeps them
 * for less has to know: how often it binds its channels anew, and with them their permissions. Empty: as clients do by themselves.
 */
export function channelRefresh(options: Readonly<Record<string, unknown>>): { channelRefreshSeconds?: number } {
  const seconds = (option: string, usual: number) => {
    const given = Number(options[option] ?? usual);
    return given > 0 ? given : usual;
  };
  const permission = seconds("permission-lifetime", PERMISSION_SECONDS);
  const shortest = Math.min(permission, seconds("channel-lifetime", CHANNEL_SECONDS));
  return shortest < PERMISSION_SECONDS ? { channelRefreshSeconds: Math.max(1, Math.floor(shortest / 2)) } : {};
}
