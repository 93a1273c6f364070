import type { Exports } from "../transport/module.js";

/**
 * What the module of MQTT has besides; src/js/mqtt.rs and src/js/exchange.rs describe it. Texts and payloads stand one after
 * the other in the input; -1 is an absent one, and what is below 0 of an answer is a refusal.
 */
export interface MqttExports extends Exports {
  /** Where bytes cross. A view of it is void once it has grown, which any call may cause. */
  readonly memory: WebAssembly.Memory;
  input(id: number, length: number): number;
  fields(id: number): number;
  frame(id: number, now: number, generation: number, length: number, isText: boolean): void;
  arriving(id: number, generation: number, length: number): number;
  arrived(id: number, now: number, generation: number): void;
  configure(id: number, option: number, value: number): void;
  configure_text(id: number, option: number, length: number): number;
  will(id: number, topic: number, payload: number, flags: number): number;
  connect_properties(id: number): void;
  check_options(id: number): number;
  number_property(id: number, property: number, value: number): number;
  bytes_property(id: number, property: number, length: number, second: number): number;
  drop_properties(id: number): void;
  authenticate(
    id: number,
    now: number,
    generation: number,
    userName: number,
    password: number,
    data: number,
  ): number;
  answer_challenge(id: number, now: number, generation: number, data: number): number;
  check_message(id: number, topic: number, payload: number, flags: number, expiry: number): number;
  pass_message(
    id: number,
    now: number,
    topic: number,
    payload: number,
    flags: number,
    expiry: number,
  ): number;
  transmit(
    id: number,
    now: number,
    ticket: number,
    topic: number,
    payload: number,
    flags: number,
    expiry: number,
    since: number,
  ): number;
  subscribe(id: number, now: number, filter: number, options: number): number;
  unsubscribe(id: number, now: number, number: number): number;
  acknowledge(id: number, packetId: number): number;
  farewell(id: number, withWill: boolean, expiry: number): void;
  property(id: number, at: number, length: number, index: number): number;
  client_id(id: number): void;
  revision(id: number): number;
  save(id: number): number;
  load(id: number, count: number): number;
}
