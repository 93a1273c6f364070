import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { news } from "./wait.js";
import { pair } from "./y-doc.js";

export function drive({ doc, provider, websocketProvider }) {
  const lost = news();
  websocketProvider.on("disconnect", lost.tell);
  const { other, talk } = pair(doc);
  const { url, WebSocketPolyfill } = websocketProvider.configuration;
  const socket = new HocuspocusProviderWebsocket({ url, WebSocketPolyfill });
  const reader = new HocuspocusProvider({
    websocketProvider: socket,
    name: provider.configuration.name,
    document: other,
  });
  reader.attach();
  return {
    connections: 2,
    lost: lost.told,
    talk,
    close() {
      for (const it of [provider, reader, websocketProvider, socket, doc, other]) it.destroy();
    },
  };
}
