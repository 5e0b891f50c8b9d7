/** The lab is not what it claims, or cannot be built or kept: never a verdict about TURN. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** The server under test did not start, does not answer, or died: that is a verdict. */
export class ServerError extends Error {
  override readonly name = "ServerError";
}
