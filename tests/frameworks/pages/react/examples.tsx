// Before any example connects.
import "../examples.js";
import { Price } from "guide/1";
import { Log } from "guide/2";
import { App } from "guide/3";
import { App as AppFromOutside } from "guide/4";
import { Room } from "guide/5";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import { SocketProvider, useSocket, useSocketState } from "tautline/react";
import { ready } from "../examples.js";

const State = () => <output id="outside">{useSocketState(useSocket()).name}</output>;

function Rooms() {
  const [id, setId] = useState<string>();
  return (
    <div id="room">
      <Room id={id} />
      <button type="button" onClick={() => setId("7")} />
    </div>
  );
}

createRoot(document.querySelector("#app") as Element).render(
  <>
    <SocketProvider url="/prices">
      <div id="price">
        <Price symbol="B" />
      </div>
    </SocketProvider>
    <div id="log">
      <Log />
    </div>
    <div id="status">
      <App>!</App>
    </div>
    <AppFromOutside>
      <State />
    </AppFromOutside>
    <Rooms />
  </>,
);
ready();
