// Imports the packed package as an application would, and shows it to the tests.
const entry = new URLSearchParams(location.search).get("entry");
if (entry) window.tautline = await import(entry);
kit.note("loaded");
