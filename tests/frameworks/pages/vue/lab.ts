// Vue, the composable and the package in the hands of the tests, which write their components themselves.
import * as tautline from "tautline";
import { useSocket } from "tautline/vue";
import * as vue from "vue";

declare const kit: { note(what: string): void };

let app: vue.App | undefined;

/** Puts a component on the page that is this set-up, which returns a render function. */
function mount(setup: () => () => unknown) {
  app = vue.createApp({ setup });
  app.mount("#app");
}

function unmount() {
  app?.unmount();
  app = undefined;
}

Object.assign(globalThis, { lab: { ...vue, useSocket, tautline, mount, unmount } });
const whatever = { attributes: true, characterData: true, childList: true, subtree: true };
new MutationObserver(() => kit.note("dom")).observe(document, whatever);
kit.note("loaded");
