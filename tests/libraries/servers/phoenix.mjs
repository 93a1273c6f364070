// What Phoenix says to a client of its channels, protocol version 2: Elixir is not to be had from npm. A frame is
// [join_ref, ref, topic, event, payload]; a reply repeats both references.
import { websockets } from "./websockets.mjs";

export function attach(http) {
  websockets(http, "/socket/websocket").on("connection", (socket, request) => {
    const version = new URL(request.url, "ws://server").searchParams.get("vsn");
    if (version !== "2.0.0") return socket.close(1002, `protocol version ${version}`);
    const joined = new Map();
    socket.on("message", (data) => {
      const [joinRef, ref, topic, event, payload] = JSON.parse(data);
      const say = (event, payload, references = [null, null]) =>
        socket.send(JSON.stringify([...references, topic, event, payload]));
      const reply = (status, response = {}) =>
        say("phx_reply", { status, response }, [joinRef, ref]);

      if (topic === "phoenix" && event === "heartbeat") return reply("ok");
      if (event === "phx_join") {
        joined.set(topic, joinRef);
        return reply("ok");
      }
      if (joined.get(topic) !== joinRef) return reply("error", { reason: "unmatched topic" });
      if (event === "phx_leave") {
        joined.delete(topic);
        reply("ok");
        return say("phx_close", {}, [joinRef, null]);
      }
      reply("ok", { text: payload.text.toUpperCase() });
      say("said", payload);
    });
  });
}
