// A scripted broker: packets as tests write and read them, over the network of the test kit.
import type { Frame } from "../../index.js";
import { type Peer, testkit } from "../../testing/index.js";

/** Packet types, MQTT 5.0, section 2.1.2. */
export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const DISCONNECT = 14;
export const AUTH = 15;

/** A packet as it came: what is behind the fixed header is `body`. */
export interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

export const text = (value: string): number[] => [
  ...word(Buffer.byteLength(value)),
  ...Buffer.from(value),
];
export const word = (value: number): number[] => [value >> 8, value & 255];

/** A packet of less than 16,384 bytes. */
export const packet = (type: number, ...parts: (number | number[])[]): Uint8Array<ArrayBuffer> => {
  const body = parts.flat();
  const length = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7];
  const flags = type === PUBREL || type === SUBSCRIBE || type === UNSUBSCRIBE ? 2 : 0;
  return new Uint8Array([(type << 4) | flags, ...length, ...body]);
};

export const publish = (
  topic: string,
  payload: string,
  { qos = 0, id = 1, properties = [0] } = {},
) => {
  const bytes = packet(PUBLISH, text(topic), qos ? word(id) : [], properties, [
    ...Buffer.from(payload),
  ]);
  bytes[0] = (PUBLISH << 4) | (qos << 1);
  return bytes;
};

function* packets(frame: Frame): Generator<Packet> {
  let rest = Buffer.from(frame as ArrayBuffer);
  while (rest.length > 0) {
    let length = 0;
    let at = 1;
    for (let shift = 0; ; shift += 7, at++) {
      const byte = rest[at] as number;
      length += (byte & 127) << shift;
      if (byte < 128) break;
    }
    at++;
    const first = rest[0] as number;
    yield { type: first >> 4, flags: first & 15, body: rest.subarray(at, at + length) };
    rest = rest.subarray(at + length);
  }
}

export type BrokerSide = Peer<Packet[], Uint8Array>;

/** A kit whose peers hear lists of packets, and say bytes. */
export const brokerkit = () =>
  testkit<Packet[], Uint8Array>({
    codec: {
      encode: (bytes) => bytes as Uint8Array<ArrayBuffer>,
      decode: (frame) => [...packets(frame)],
    },
  });

/** Expects packets of these types in one frame, and gives them. */
export const expecting = async (peer: BrokerSide, ...types: number[]): Promise<Packet[]> =>
  peer.expect((heard: Packet[]) => heard.map(({ type }) => type).join() === types.join());

/** Accepts a connection. */
export async function welcome(peer: BrokerSide, { sessionPresent = 0, properties = [0] } = {}) {
  const [connect] = await expecting(peer, CONNECT);
  peer.say(packet(CONNACK, sessionPresent, 0, properties));
  return connect as Packet;
}
