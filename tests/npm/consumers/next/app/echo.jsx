"use client";
// Rendered on the server first, where nothing is dialled; connects once it is in a page.
import { useEffect, useState } from "react";
import { connect } from "tautline";

export function Echo({ server }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const socket = connect(server);
    socket.subscribe(setSaid);
    socket.send("hello from a client component");
    return () => {
      socket.close();
    };
  }, [server]);
  return <output>{said}</output>;
}
