import { unknown } from "../asked.js";
import App from "./App.svelte";

console.log(App.render(unknown).html);
