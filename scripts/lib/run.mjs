// Starts programs, and ends them with us.
import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { root } from "./paths.mjs";

const windows = process.platform === "win32";
const running = new Set();

/** What the user did wrong or the machine lacks: printed as it is, without a stack. */
export class Trouble extends Error {}

/**
 * Runs a program to its end. Resolves with { code, output, missing }; throws only with `check`, which is
 * the default: a Trouble that names the command.
 * `echo`: "all" shows the output as it comes, "none" (default) keeps it for the caller.
 * `limit` ends a program that takes longer, in ms.
 */
export async function run(
  command,
  args = [],
  { cwd = root, env = {}, echo = "none", check = true, limit, input } = {},
) {
  const child = start(command, args, {
    cwd,
    env,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  if (input !== undefined) child.stdin.end(input);
  const chunks = [];
  const hear = (from, to) =>
    from.on("data", (chunk) => {
      chunks.push(chunk);
      if (echo === "all") to.write(chunk);
    });
  hear(child.stdout, process.stdout);
  hear(child.stderr, process.stderr);

  let late = false;
  const timer =
    limit &&
    setTimeout(() => {
      late = true;
      end(child);
    }, limit);
  const { code, error } = await new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 127, error }));
    child.once("close", (code, signal) => resolve({ code: code ?? 128, signal }));
  });
  clearTimeout(timer);
  running.delete(child);

  let output = Buffer.concat(chunks).toString();
  if (late) output += `\n${command} was ended: it took longer than ${limit / 1000} s\n`;
  const missing = error?.code === "ENOENT";
  if (error && !missing) output += `\n${error.message}\n`;
  const failed = late ? code || 124 : code;
  if (check && failed !== 0) {
    const shown = [command, ...args].join(" ");
    if (missing)
      throw new Trouble(`${command} is not installed or not on the PATH (needed for: ${shown})`);
    const words = echo === "all" ? "" : `\n${output.trimEnd()}`;
    throw new Trouble(`failed with code ${failed}: ${shown}${words}`);
  }
  return { code: failed, output, missing };
}

/** Starts a program that goes on; it is ended when this process ends. */
export function start(command, args, { cwd = root, env = {}, stdio } = {}) {
  const child = spawn(command, args, {
    cwd,
    stdio,
    env: clean({ ...process.env, ...env }),
    // A group of its own, so that a program's children end with it.
    detached: !windows,
    shell: windows && command === "npm",
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Ends a program and its children. */
export function end(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  try {
    if (windows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It ended by itself.
  }
}

/** Runs `main`, prints Trouble as one clear message and sets the exit code. */
export async function program(main) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => {
      for (const child of running) end(child);
      process.exit(signal === "SIGINT" ? 130 : 143);
    });
  }
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof Trouble ? `\nerror: ${error.message}` : error);
    process.exitCode = 1;
  } finally {
    for (const child of running) end(child);
  }
}

/** An environment in which `undefined` removes a variable. */
function clean(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** Whether this module is the program that Node was asked to run. */
export function isMain(url) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
}
