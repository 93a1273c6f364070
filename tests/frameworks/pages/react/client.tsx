import { hydrateRoot } from "react-dom/client";
import { asked } from "../asked.js";
import { App } from "./app.js";

hydrateRoot(document.querySelector("#app") as Element, <App {...asked()} />);
