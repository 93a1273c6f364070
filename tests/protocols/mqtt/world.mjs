// What the tests of MQTT have in common: a page with the kit, and a broker of their own.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "../../e2e/harness/suite.mjs";
import { Mosquitto } from "../brokers/mosquitto.mjs";
import { PacketProxy } from "../brokers/packets.mjs";

const protocols = fileURLToPath(new URL("..", import.meta.url));
/** TAUTLINE_MQTT_CLIENT=mqtt-js runs the tests with the other library, to see whether they are right. */
const client = process.env.TAUTLINE_MQTT_CLIENT ?? "tautline";

/** Runs `define({ test, … })` in both browsers; see the harness for `test`. */
export function mqttSuite(title, define, { together = 2 } = {}) {
  const mounts = {
    "/peers/mqtt": join(protocols, "node_modules", "mqtt", "dist"),
    "/protocols": join(protocols, "page"),
  };
  suite(
    title,
    ({ test, name }) => {
      /** A test with a broker: the world has `broker`, `url`, and `page` with the kit as `mq`. */
      const withBroker = (heading, options, work, more) =>
        test(heading, (world) => inBroker(world, options, work), more);
      /** As withBroker, through a proxy, `proxy`, that can break the connection at a packet; `direct` is the way around it. */
      const withProxy = (heading, options, work, more) =>
        withBroker(heading, options, (world) => throughProxy(world, work), more);
      define({ test, withBroker, withProxy, name });
    },
    { mounts, together },
  );
}

/** Loads the kit into a page. */
export async function load(page) {
  // Chromium's own word about what is sent between a close and the news of it.
  page.guard.allow(/WebSocket is already in CLOSING or CLOSED state/);
  await page.run((path) => import(path).then(() => true), `/protocols/${client}.js`);
  return page;
}

async function inBroker(world, options, work) {
  const broker = await Mosquitto.start(options);
  try {
    await load(world.page);
    await work({
      page: world.page,
      broker,
      url: broker.url,
      /** Opens another page with the kit. */
      open: async () => load(await world.open()),
      /** Closes a page as its user does. */
      closeTab: async (page) => {
        world.opened.splice(world.opened.indexOf(page), 1);
        await page.close();
      },
      browser: world.browser,
    });
  } catch (error) {
    error.message += `\nlog of Mosquitto:\n${broker.log.split("\n").slice(-40).join("\n")}`;
    const records = await world.page.run(() => globalThis.mq?.records).catch(() => undefined);
    error.message += `\nclients: ${JSON.stringify(records)?.slice(0, 3_000)}`;
    throw error;
  } finally {
    await broker.stop();
  }
}

async function throughProxy(world, work) {
  const proxy = await PacketProxy.start(world.url);
  try {
    await work({ ...world, proxy, direct: world.url, url: proxy.url });
  } catch (error) {
    const packets = proxy.packets.slice(-40).map(({ link, way, type }) => `${link} ${way} ${type}`);
    error.message += `\npackets:\n${packets.join("\n")}`;
    throw error;
  } finally {
    await proxy.stop();
  }
}

/** Both versions of the protocol. */
export const VERSIONS = [4, 5];
