"use client";
import { useEffect } from "react";
import { useMessageReducer, useSocket, useSocketState } from "tautline/react";

export function Hook() {
  const socket = useSocket();
  const state = useSocketState(socket);
  const said = useMessageReducer(socket, (_, message) => message, "");
  useEffect(() => {
    socket.send("hello from a hook");
  }, [socket]);
  return (
    <>
      <p id="state">the socket is {state.name}</p>
      <output>{said}</output>
    </>
  );
}
