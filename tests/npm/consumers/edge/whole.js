// Importing is harmless there; an engine that would have to be compiled says what to do.
import { connect, WasmUnavailable } from "tautline";
import * as jsonrpc from "tautline/jsonrpc";
import { WebSocket } from "tautline/websocket";

export default {
  fetch() {
    try {
      connect("wss://example.com/");
      return new Response("nothing was thrown");
    } catch (error) {
      const imported = typeof WebSocket === "function" && Object.keys(jsonrpc).length > 0;
      return Response.json({
        imported,
        known: error instanceof WasmUnavailable,
        text: error.message,
      });
    }
  },
};
