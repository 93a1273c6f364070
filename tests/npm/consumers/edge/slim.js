// Workers at the edge compile nothing while they run: their builds hand over modules that were compiled before.
import { connect, provideWasm } from "tautline/slim";
import module from "tautline/tautline.wasm";

provideWasm(module);

export default {
  async fetch(request) {
    const socket = connect(new URL(request.url).searchParams.get("server"));
    const said = new Promise((resolve) => {
      socket.subscribe(resolve);
    });
    socket.send("hello from the edge");
    const text = await said;
    await socket.close();
    return new Response(text);
  },
};
