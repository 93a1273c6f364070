"use client";

// Hooks for React 18 and later. What a hook returns is a `Socket` as connect() makes it; nothing is dialled, and nothing made
// that would have to be freed, before React has put the component on the page.

export { useMessage, useMessageReducer, useSocketEvent } from "./messages.js";
export { SocketContext, SocketProvider, type SocketProviderProps, useSocket } from "./socket.js";
export { useSocketState } from "./state.js";
