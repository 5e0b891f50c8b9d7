/** Something the user gave cannot be used: one message with every fault, exit 104, nothing started. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
}
