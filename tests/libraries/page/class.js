// An entry of its own, so that what it shares with the page, the class and its engine, becomes a file of its own.
export { WebSocket } from "tautline/websocket";
