import { renderToString } from "react-dom/server";
import { unknown } from "../asked.js";
import { App } from "./app.js";

console.log(renderToString(<App {...unknown} />));
