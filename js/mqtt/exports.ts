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
  arriving(id: number, generation: number, length: number): number;
  arrived(id: number, now: number, generation: number, isText: boolean): void;
  configure(id: number, option: number, value: number): void;
  configure_bytes(id: number, option: number, length: number): void;
  check_options(id: number): number;
  authenticate(
    id: number,
    now: number,
    generation: number,
    userName: number,
    password: number,
    data: number,
  ): number;
  answer_challenge(id: number, now: number, generation: number, data: number): number;
  message(
    id: number,
    now: number,
    ticket: number,
    topic: number,
    properties: number,
    payload: number,
    flags: number,
    expiry: number,
  ): number;
  subscribe(id: number, now: number, filter: number, properties: number, options: number): number;
  unsubscribe(id: number, now: number, number: number): number;
  acknowledge(id: number, packetId: number): number;
  save(id: number): number;
  load(id: number, count: number): number;
}
