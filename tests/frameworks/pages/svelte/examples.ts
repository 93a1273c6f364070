// Before any example connects.
import "../examples.js";
import { mount } from "svelte";
import { ready } from "../examples.js";
import Examples from "./Examples.svelte";

mount(Examples, { target: document.querySelector("#app") as Element });
ready();
