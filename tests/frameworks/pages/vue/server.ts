import { renderToString } from "vue/server-renderer";
import { unknown } from "../asked.js";
import { makeApp } from "./app.js";

renderToString(makeApp(unknown)).then(console.log);
