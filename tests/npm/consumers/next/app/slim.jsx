"use client";
// The slim entry, loaded when it is needed, with the module as an asset of the build.
import { useEffect, useState } from "react";

async function connectSlim(server) {
  const { connect, provideWasm } = await import("tautline/slim");
  const url = new URL("tautline/tautline.wasm", import.meta.url);
  provideWasm(await WebAssembly.compileStreaming(fetch(url)));
  return connect(server);
}

export function Slim({ server }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const connecting = connectSlim(server);
    connecting.then((socket) => {
      socket.subscribe(setSaid);
      socket.send("hello from the slim entry");
    });
    return () => {
      connecting.then((socket) => socket.close());
    };
  }, [server]);
  return <output>{said}</output>;
}
