import { render } from "svelte/server";
import { unknown } from "../asked.js";
import App from "./App.svelte";

console.log(render(App, { props: unknown }).body);
