// React, the hooks and the package in the hands of the tests, which write their components themselves.

import "./refresh.js";
import * as React from "react";
import * as dom from "react-dom";
import { createRoot, type Root } from "react-dom/client";
import * as tautline from "tautline";
import * as hooks from "tautline/react";
import { refresh } from "./refresh.js";

declare const kit: { note(what: string): void };

let root: Root | undefined;

/** Puts an element on the page, in strict mode unless told otherwise. */
function mount(element: React.ReactElement, { isStrict = true } = {}) {
  root ??= createRoot(document.querySelector("#app") as Element);
  root.render(isStrict ? <React.StrictMode>{element}</React.StrictMode> : element);
}

function unmount() {
  root?.unmount();
  root = undefined;
}

/** Suspends the component that asks for it until `resolve` is called. */
function gate() {
  let isOpen = false;
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = () => {
      isOpen = true;
      done();
    };
  });
  const pass = () => {
    if (!isOpen) throw promise;
  };
  return { pass, resolve: () => resolve() };
}

const lab = {
  ...React,
  ...dom,
  ...hooks,
  tautline,
  h: React.createElement,
  refresh,
  mount,
  unmount,
  gate,
};
Object.assign(globalThis, { lab });
const whatever = { attributes: true, characterData: true, childList: true, subtree: true };
new MutationObserver(() => kit.note("dom")).observe(document, whatever);
kit.note("loaded");
