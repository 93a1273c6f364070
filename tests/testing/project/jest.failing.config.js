export default { testMatch: ["<rootDir>/jest/failing/*.test.js"], transform: {} };
