// The libraries, by the names that the guide gives them, and where their server and their driver are: servers/FILE.mjs
// and clients/FILE.js.
export const libraries = {
  "graphql-ws": "graphql-ws",
  "y-websocket": "y-websocket",
  "@hocuspocus/provider": "hocuspocus",
  "@stomp/stompjs": "stompjs",
  "mqtt.js": "mqtt",
  "@trpc/client": "trpc",
  "@nats-io": "nats",
  "rpc-websockets": "rpc-websockets",
  phoenix: "phoenix",
  "@microsoft/signalr": "signalr",
};
