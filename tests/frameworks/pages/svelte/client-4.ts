import { asked } from "../asked.js";
import App from "./App.svelte";

const target = document.querySelector("#app") as Element;
new App({ target, props: asked(), hydrate: true });
