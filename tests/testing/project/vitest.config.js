// The same tests in each environment that Vitest has for code of pages.
const projects = ["node", "jsdom", "happy-dom"].map((environment) => ({
  test: { name: environment, environment, include: ["*.test.ts"], isolate: false },
}));

export default { test: { projects } };
