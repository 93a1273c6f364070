// A CommonJS module, which Node 20.19 and later lets require an ES module.
import { connect } from "tautline";

import tautline = require("tautline");

export const same: boolean = connect === tautline.connect;
