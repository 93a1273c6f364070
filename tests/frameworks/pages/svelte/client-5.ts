import { hydrate } from "svelte";
import { asked } from "../asked.js";
import App from "./App.svelte";

hydrate(App, { target: document.querySelector("#app") as Element, props: asked() });
