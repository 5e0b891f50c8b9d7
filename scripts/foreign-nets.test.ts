import { expect, it } from "vitest";
import { foreignNets } from "./foreign-nets.ts";

const NETS = ["81.2.0.0/16", "100.64.0.0/16", "192.168.1.0/24"];

it.each([
  ["a server in a data centre", ["default via 10.0.0.1 dev eth0", "10.0.0.0/24 dev eth0 proto kernel"], []],
  ["a home like the lab's", ["192.168.1.0/24 dev wlan0 proto kernel scope link src 192.168.1.23"], ["192.168.1.0/24"]],
  ["an address without a route", ["local 192.168.1.23 dev wlan0 table local proto kernel"], ["192.168.1.0/24"]],
  ["a wider home", ["192.168.0.0/16 dev eth0"], ["192.168.1.0/24"]],
  ["its neighbour", ["192.168.2.0/24 dev eth0"], []],
  ["Tailscale with a peer in the net", ["100.64.3.7 dev tailscale0 table 52"], ["100.64.0.0/16"]],
  ["Tailscale elsewhere", ["100.100.100.100 dev tailscale0 table 52"], []],
  ["a VPN that takes everything", ["0.0.0.0/1 via 10.8.0.1 dev tun0", "128.0.0.0/1 via 10.8.0.1 dev tun0"], []],
  ["loopback and broadcasts", ["local 127.0.0.0/8 dev lo table local", "broadcast 10.0.0.255 dev eth0"], []],
])("%s", (_, routes, used) => {
  expect(foreignNets(NETS, routes)).toEqual(used);
});
