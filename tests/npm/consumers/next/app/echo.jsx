"use client";
// Rendered on the server first, where nothing is dialled; connects once it is in a page.
import { useEffect, useState } from "react";
import { connect } from "tautline";

export function Echo() {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const server = new URLSearchParams(location.search).get("server");
    const socket = connect(server);
    socket.subscribe(setSaid);
    socket.send("hello from a client component");
    return () => {
      socket.close();
    };
  }, []);
  return <output>{said}</output>;
}
