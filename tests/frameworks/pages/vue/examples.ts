// Before any example connects.
import "../examples.js";
import { usePrices } from "guide/1";
import { useRoom } from "guide/2";
import { provideLive, useLive } from "guide/3";
import { createApp, h, ref } from "vue";
import { ready } from "../examples.js";

Object.assign(globalThis, { freshToken: async () => "fresh" });

const Live = {
  setup() {
    const { state } = useLive();
    return () => h("output", { id: "live" }, state.value.name);
  },
};

createApp({
  setup() {
    provideLive();
    const { alarms, prices } = usePrices("/prices");
    const room = ref<string>();
    const { state } = useRoom(room);
    const enter = () => {
      room.value = "7";
    };
    return () => [
      h(Live),
      h("output", { id: "prices" }, JSON.stringify([alarms.value, prices.value])),
      h("div", { id: "room" }, [h("output", state.value.name), h("button", { onClick: enter })]),
    ];
  },
}).mount("#app");
ready();
