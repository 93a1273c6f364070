import Chat from "guide/0";
import { createSSRApp, h, ref } from "vue";
import type { Asked } from "../asked.js";

export const makeApp = ({ url, name }: Asked) =>
  createSSRApp({
    setup() {
      const isThere = ref(true);
      const toggle = () => {
        isThere.value = !isThere.value;
      };
      return () => [
        h(
          "button",
          { type: "button", id: "toggle", onClick: toggle },
          isThere.value ? "leave" : "come",
        ),
        isThere.value ? h(Chat, { url, name }) : null,
      ];
    },
  });
