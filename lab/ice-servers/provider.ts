import type { IceServersFailureCode } from "../model/failure.ts";
import type { IceServer } from "../model/ice.ts";

/** What an application presents, by the names of `ICE_SERVER_PROVIDERS`. */
export type ProviderKeys = Readonly<Record<string, string>>;

export type ListRequest = {
  /** Scheme, host and port, without a path. */
  baseUrl: string;
  keys: ProviderKeys;
  variant: string;
  /** The lifetime to ask for; null: the provider's own. */
  ttlSeconds: number | null;
  /** For each HTTP request. */
  timeoutMs: number;
  signal?: AbortSignal;
};

export type FetchedList = {
  iceServers: IceServer[];
  /** As the answer says, else as was asked; null: it does not expire, as far as anybody knows. */
  ttlSeconds: number | null;
  status: number;
};

/** One provider's API as an application uses it: the same code for the real endpoint and for the emulator. */
export type IceServerProvider = {
  /** Where the provider itself answers. */
  realBaseUrl(keys: ProviderKeys): string;
  /** Fetches one list. @throws IceServersError */
  fetch(request: ListRequest): Promise<FetchedList>;
};

/** An API gave no list. The message quotes the answer, with every key taken out. */
export class IceServersError extends Error {
  override readonly name = "IceServersError";
  readonly code: IceServersFailureCode;
  /** Null where there was no whole answer. */
  readonly status: number | null;

  constructor(code: IceServersFailureCode, message: string, status: number | null, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = status;
  }
}
