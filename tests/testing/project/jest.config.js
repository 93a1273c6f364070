// The recipes, made JavaScript of, in both environments of Jest, and where all timers are fake from the start.
const project = (displayName, testEnvironment, more = {}) => ({
  displayName,
  testEnvironment,
  testMatch: ["<rootDir>/jest/*.test.js"],
  transform: {},
  ...more,
});

export default {
  projects: [
    project("node", "node"),
    project("jsdom", "jsdom"),
    project("fake timers", "node", { fakeTimers: { enableGlobally: true } }),
    project("fake timers, jsdom", "jsdom", { fakeTimers: { enableGlobally: true } }),
  ],
};
