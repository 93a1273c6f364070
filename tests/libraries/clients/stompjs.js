import { Client } from "@stomp/stompjs";
import { Heard, news } from "./wait.js";

export function drive({ client }, { isBeating }) {
  const lost = news();
  const heard = new Heard();
  const hears = readiness(client, {
    onConnect: () => client.subscribe("/topic/room", (message) => heard.add(message.body)),
    onClose: lost.tell,
  });
  // The broker does not give a message back to who sent it.
  const { webSocketFactory, reconnectDelay } = client;
  const other = new Client({ webSocketFactory, reconnectDelay });
  const speaks = readiness(other);
  if (isBeating) {
    // Beats that a test has the time for, and patience with their absence: the class is to notice it.
    for (const it of [client, other]) {
      it.heartbeatIncoming = 500;
      it.heartbeatToleranceMultiplier = 100;
    }
  }
  other.activate();
  return {
    connections: 2,
    lost: lost.told,
    async talk(text) {
      await hears();
      await speaks();
      const body = text.toUpperCase();
      const say = () => other.connected && other.publish({ destination: "/topic/room", body });
      say();
      // The two have a connection each: what is said may be there before the subscription is.
      const again = setInterval(say, 500);
      const found = await heard.has(body);
      clearInterval(again);
      return [found];
    },
    close: () => Promise.all([client.deactivate(), other.deactivate()]),
  };
}

/** Resolves while the client is connected. */
function readiness(client, { onConnect, onClose } = {}) {
  let ready = news();
  client.onConnect = () => {
    onConnect?.();
    ready.tell();
  };
  client.onWebSocketClose = () => {
    ready = news();
    onClose?.();
  };
  return () => ready.told;
}
