/** The lab is not what it claims, or cannot be built or kept: never a verdict about TURN. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** The machine lacks the means for what a scenario asks of it: it cannot be run here. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/** The server under test did not start, does not answer, or died: that is a verdict. */
export class ServerError extends Error {
  override readonly name = "ServerError";
}

/** What a gate compares with is itself no server that anybody could use: bad input, and nothing of it is the candidate's. */
export class BaselineError extends Error {
  override readonly name = "BaselineError";
}
