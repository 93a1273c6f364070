import type { MqttStore } from "./options.js";

/**
 * Keeps the state of QoS 1 and 2 in IndexedDB, so that messages that were not acknowledged leave after a reload of the page, and
 * none that the broker has at QoS 2 leaves twice. One client at a time may use a name: two pages of one origin need two. What
 * happens in the last moments before a page dies may not be kept yet.
 *
 * @example
 * connectMqtt(url, { clientId: "kiosk-7", sessionExpiry: 86_400_000, store: indexedDb("kiosk-7") });
 */
export function indexedDb(name: string): MqttStore {
  const STORE = "state";
  let database: Promise<IDBDatabase> | undefined;
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const open = () => {
    const request = indexedDB.open(`tautline mqtt ${name}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    return settled(request);
  };
  const objects = async (mode: IDBTransactionMode) => {
    database ??= open();
    // The state of QoS 2 is worth waiting for the disk.
    return (await database).transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);
  };
  return {
    async load() {
      return settled(((await objects("readonly")) as IDBObjectStore).get(0));
    },
    async save(snapshot) {
      await settled((await objects("readwrite")).put(snapshot, 0));
    },
  };
}
