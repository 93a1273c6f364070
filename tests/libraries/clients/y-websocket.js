import { WebsocketProvider } from "y-websocket";
import { news } from "./wait.js";
import { pair } from "./y-doc.js";

export function drive({ doc, provider }) {
  const lost = news();
  provider.on("connection-close", lost.tell);
  const { other, talk } = pair(doc);
  // Tabs of one browser talk by BroadcastChannel, past the server: the second reader listens to the server alone.
  const { serverUrl, roomname, _WS: WebSocketPolyfill } = provider;
  const options = { WebSocketPolyfill, disableBc: true };
  const reader = new WebsocketProvider(serverUrl, roomname, other, options);
  return {
    connections: 2,
    lost: lost.told,
    talk,
    close() {
      for (const it of [provider, reader, doc, other]) it.destroy();
    },
  };
}
