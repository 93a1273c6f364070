// Puts the page of the broker together: one MQTT client, and modules that each show one thing of it.

import { connectMqtt } from "tautline/mqtt";
import { showLine } from "../line.js";
import { eventLog } from "../log.js";
import { themeButton } from "../theme.js";
import { showBoard } from "./board.js";
import { showCut } from "./cut.js";
import { people } from "./people.js";
import { talk } from "./talk.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);

const id = Math.random().toString(36).slice(2, 10);
// The label by which the server knows this tab's connections, so that a cut hits no other.
const label = query.get("client") ?? `tab-${id}`;
// A level of a topic: what has a meaning there stays out.
const room = (query.get("room") ?? "lobby").replace(/[/+#$]/g, "-");
const name = query.get("name")?.slice(0, 40) || `Tab ${id.slice(0, 3)}`;
const topic = (...levels) => ["demo", room, ...levels].join("/");
$("second-tab").href = `./?room=${encodeURIComponent(room)}`;

themeButton($("theme"));
const log = eventLog($("log"), $("log-clear"));

try {
  const presence = people($("people"), { id, name, topic });
  const client = connectMqtt(`/mqtt?client=${encodeURIComponent(label)}`, {
    clientId: `demo-${id}`,
    keepAlive: 30_000,
    heartbeat: { interval: 5_000 }, // shorter than the default of 25 s, so that a dead link shows soon
    will: presence.will,
  });
  const line = showLine(() => [
    {
      reconnect: () => client.reconnect(),
      pause: () => client.pause(),
      resume: () => client.resume(),
      // MQTT 5.0 can leave the will behind with the farewell: the others see us go.
      close: () => client.close({ withWill: true }),
    },
  ]);
  line.follow(client);
  log.follow("mqtt", client);
  client.addEventListener("connack", ({ sessionPresent }) => {
    $("session").textContent = sessionPresent ? "Went on where it was" : "New";
  });
  presence.follow(client);
  showBoard(client, { topic });
  const say = talk(client, { id, name, topic, wave: line.wave });
  showCut({ label, client, say, report: (text) => log.write("you", text, "fault") });
} catch (error) {
  // connectMqtt() throws when an option is wrong or the browser will not run WebAssembly; the message says which.
  $("notice").textContent = error.message;
  $("notice").hidden = false;
  throw error;
}
