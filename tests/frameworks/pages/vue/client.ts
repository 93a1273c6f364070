import { asked } from "../asked.js";
import { makeApp } from "./app.js";

makeApp(asked()).mount("#app");
