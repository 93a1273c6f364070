import { tell } from "./tell.js";

tell("page");
