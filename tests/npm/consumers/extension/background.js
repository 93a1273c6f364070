// The background: a service worker in Chromium, a page nobody sees in Firefox. It opens the extension's own page.
import { tell } from "./tell.js";

tell("background");
chrome.tabs.create({ url: chrome.runtime.getURL("page.html") });
