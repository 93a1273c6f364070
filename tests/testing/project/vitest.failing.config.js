export default { test: { include: ["failing/*.test.ts"] } };
