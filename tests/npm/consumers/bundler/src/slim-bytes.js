// The slim entry with the bytes of the module in the bundle.
import { connect, provideWasm } from "tautline/slim";
import bytes from "tautline/tautline.wasm";
import { server, show } from "./show.js";

provideWasm(bytes);
const socket = connect(server);
socket.subscribe((message) => show("page", message));
socket.send("hello with bytes");
