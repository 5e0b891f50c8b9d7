import type { IceServerProviderName } from "../model/ice-server-api.ts";
import { cloudflareProvider } from "./cloudflare.ts";
import { coturnRestProvider } from "./coturn-rest.ts";
import { meteredProvider } from "./metered.ts";
import type { IceServerProvider } from "./provider.ts";
import { staticProvider } from "./static.ts";
import { twilioProvider } from "./twilio.ts";
import { xirsysProvider } from "./xirsys.ts";

export const PROVIDERS: Readonly<Record<IceServerProviderName, IceServerProvider>> = {
  static: staticProvider,
  "coturn-rest": coturnRestProvider,
  cloudflare: cloudflareProvider,
  twilio: twilioProvider,
  xirsys: xirsysProvider,
  metered: meteredProvider,
};
