import { describe, expect, it } from "vitest";
import { HandshakeOrder } from "./dtls-order.ts";

const message = (message_seq: number) => ({ message_seq });
const takeEach = (order: HandshakeOrder<{ message_seq: number }>, ...sequences: number[]) =>
  sequences.map((sequence) => order.take([message(sequence)]).map(({ message_seq }) => message_seq));

describe("HandshakeOrder", () => {
  it("passes what comes in order as it comes", () => {
    expect(takeEach(new HandshakeOrder(), 0, 1, 2)).toEqual([[0], [1], [2]]);
  });

  it("holds what comes after a lost message until that was sent again, then all of it in order", () => {
    expect(takeEach(new HandshakeOrder(), 0, 1, 3, 4, 2, 5)).toEqual([[0], [1], [], [], [2, 3, 4], [5]]);
  });

  it("passes repeated messages on: they may mean that an answer was lost", () => {
    expect(takeEach(new HandshakeOrder(), 0, 1, 1, 0, 2)).toEqual([[0], [1], [1], [0], [2]]);
  });

  it("sorts several that come together, and holds one only once", () => {
    const order = new HandshakeOrder<{ message_seq: number }>();
    expect(order.take([2, 1, 2, 0, 3].map(message))).toEqual([0, 1, 2, 3].map(message));
  });

  it("holds no more than a flight", () => {
    const order = new HandshakeOrder<{ message_seq: number }>();
    order.take(Array.from({ length: 100 }, (_, index) => message(index + 1)));
    expect(order.take([message(0)])).toHaveLength(17);
  });
});
