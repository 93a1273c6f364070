// A scripted broker: frames as tests write and read them, over the network of the test kit. Line ends are written as `|`, NUL as
// `^`.
import { text } from "../../index.js";
import { type Peer, testkit } from "../../testing/index.js";

export type BrokerSide = Peer<string, string>;

const shown = (frame: unknown) =>
  (typeof frame === "string" ? frame : new TextDecoder().decode(frame as ArrayBuffer))
    .replaceAll("\n", "|")
    .replaceAll("\0", "^");

export const brokerkit = () =>
  testkit<string, string>({
    codec: {
      encode: (said) => text().encode((said as string).replaceAll("|", "\n").replaceAll("^", "\0")),
      decode: shown,
    },
  });

/** Accepts a connection; the answer is what CONNECT said. */
export async function welcome(peer: BrokerSide, more = "version:1.2"): Promise<string> {
  const connect = await peer.expect((heard: string) => /^(CONNECT|STOMP)\|/.test(heard));
  peer.say(`CONNECTED|${more}||^`);
  return connect;
}
