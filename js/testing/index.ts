// What users' tests import: a scripted peer and a virtual clock for the real engine.

export { KitError } from "./failure.js";
export { Kit, type KitOptions, type Pending, testkit } from "./kit.js";
export type { Address } from "./network.js";
export type { Page } from "./page.js";
export type { AnyMessage, Ending, Match, Peer, Reply, Within } from "./peer.js";
export type { RunnerTimers } from "./time.js";
