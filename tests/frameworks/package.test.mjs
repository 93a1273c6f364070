// The entries as a bundler, a server and a compiler see them.
import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { at, script } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { examples, makePlace } from "./bundle.mjs";

const LIMIT = { timeout: 60_000 };
const here = dirname(fileURLToPath(import.meta.url));

describe("the entries for frameworks", () => {
  let place;
  before(async () => {
    place = await makePlace();
  }, LIMIT);
  after(() => place?.remove(), LIMIT);

  it("bring no engine along where the application brings a socket of its own", LIMIT, async () => {
    const ofPackage = async (text) =>
      (await place.modules("react-19", text))
        .map((path) => /\/tautline\/(pkg\/.*)$/.exec(path)?.[1])
        .filter(Boolean)
        .toSorted();
    const slim = `
      import { connect, provideWasm } from "tautline/slim";
      import { SocketContext, useMessage, useMessageReducer, useSocketEvent, useSocketState } from "tautline/react";
      console.log(connect, provideWasm, SocketContext, useMessage, useMessageReducer, useSocketEvent, useSocketState);`;
    assert.deepEqual(await ofPackage(slim), ["pkg/react/index.js", "pkg/slim.js"]);
    const whole = `
      import { connect } from "tautline";
      import { useSocket } from "tautline/react";
      console.log(connect, useSocket);`;
    assert.deepEqual(await ofPackage(whole), [
      "pkg/index.js",
      "pkg/react/index.js",
      "pkg/shared.js",
    ]);
  });

  it("say what is missing where useSocket() has no provider", LIMIT, async () => {
    const printed = await place.runOnServer(
      "react-19",
      `
      import { renderToString } from "react-dom/server";
      import { useSocket } from "tautline/react";
      const Probe = () => <i>{useSocket().state.name}</i>;
      try {
        renderToString(<Probe />);
      } catch ({ code, message }) {
        console.log(code, message);
      }`,
    );
    assert.match(printed, /^option url: got nothing, expected .*SocketProvider/);
  });

  it(
    "are inert on a server: nothing is dialled, and nothing keeps the program running",
    LIMIT,
    async () => {
      // A WebSocket class that would tell.
      const spy =
        "globalThis.WebSocket = class { constructor(url) { console.log('dialled', url); } };";
      const vue = await place.runOnServer(
        "vue-3.5",
        `
      import { useSocket } from "tautline/vue";
      ${spy}
      const { socket, state, last, send, onMessage, reduce } = useSocket("/relative");
      onMessage(console.log);
      console.log(socket.value, state.value.name, last.value, send("x"), reduce((n) => n + 1, 0).value);`,
      );
      assert.equal(vue, "undefined idle undefined dropped 0");
      const svelte = await place.runOnServer(
        "svelte-5",
        `
      import { get } from "svelte/store";
      import { socketStore } from "tautline/svelte";
      ${spy}
      const live = socketStore("/relative");
      live.subscribe(() => {});
      live.onMessage(console.log);
      console.log(live.socket, get(live).state.name, live.send("x"), get(live.reduce((n) => n + 1, 0)));`,
      );
      assert.equal(svelte, "undefined idle dropped 0");
      const react = await place.runOnServer(
        "react-18",
        `
      import { renderToString } from "react-dom/server";
      import { SocketProvider, useMessage, useMessageReducer, useSocket, useSocketState } from "tautline/react";
      ${spy}
      console.error = (...texts) => console.log("error:", ...texts);
      function Probe() {
        const socket = useSocket();
        useMessage(socket, console.log);
        return <i>{\`\${useSocketState(socket).name} \${useMessageReducer(socket, (n: number) => n + 1, 0)}\`}</i>;
      }
      console.log(renderToString(<SocketProvider url="/relative"><Probe /></SocketProvider>));`,
      );
      assert.equal(react, "<i>idle 0</i>");
    },
  );

  for (const version of [18, 19])
    it(
      `have types with which the guides compile, and mistakes do not (React ${version})`,
      LIMIT,
      async () => {
        const files = [];
        const put = async (name, text) => {
          await writeFile(place.path(name), text);
          files.push(name);
        };
        for (const guide of ["react", "vue", "svelte"]) {
          const all = (await examples(guide)).filter(({ language }) => language !== "svelte");
          assert.ok(all.length > 0, guide);
          for (const [i, { language, code }] of all.entries()) {
            const [, setUp] = /<script setup lang="ts">\n(.*?)<\/script>/s.exec(code) ?? [];
            if (setUp) await put(`${guide}-${i}.ts`, `export {};\n${setUp}`);
            else await put(`${guide}-${i}.${language}`, code);
          }
        }
        await put("misuse.tsx", MISUSE);
        await linkTypes(place, version);
        await run(
          process.execPath,
          [
            script("typescript", "tsc"),
            ...[
              "--noEmit",
              "--strict",
              "--target",
              "es2022",
              "--lib",
              "es2022,dom,esnext.disposable",
            ],
            ...["--module", "preserve", "--moduleResolution", "bundler", "--jsx", "react-jsx"],
            "--exactOptionalPropertyTypes",
            // Vue's declarations do not pass themselves.
            ...["--skipLibCheck", "true"],
            ...files,
          ],
          { cwd: place.folder, limit: LIMIT.timeout },
        );
      },
    );
});

async function linkTypes(place, version) {
  const types =
    version === 18 ? join(here, "node_modules/@types/react-18") : at("node_modules/@types/react");
  const links = {
    "@types/react": types,
    vue: at("node_modules/vue"),
    svelte: at("node_modules/svelte"),
  };
  for (const [name, target] of Object.entries(links)) {
    const path = place.path("node_modules", name);
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { recursive: true, force: true });
    await symlink(target, path, "junction");
  }
}

const MISUSE = `
import { connect } from "tautline";
import { SocketContext, SocketProvider, useMessage, useMessageReducer, useSocket, useSocketEvent } from "tautline/react";
import { socketStore } from "tautline/svelte";
import { useSocket as useVue } from "tautline/vue";

type Out = { say: string };
type In = { heard: string };

export function Probe() {
  const socket = useSocket<Out, In>("/live", { heartbeat: { expectEvery: 1_000, isPing: (message) => message.heard === "" } });
  // @ts-expect-error: an option that there is not
  useSocket("/live", { reconnect: true });
  // @ts-expect-error: that is no address
  useSocket(5);
  // @ts-expect-error: that is no message of Out
  socket.send({ shout: "" });
  // @ts-expect-error: messages have no such member
  useMessage(socket, ({ said }) => said);
  const length: number = useMessageReducer(socket, (sum, { heard }) => sum + heard.length, 0);
  // @ts-expect-error: the value is a number
  useMessageReducer(socket, () => "", 0).toFixed();
  useSocketEvent(socket, "drop", ({ message }) => message);
  // @ts-expect-error: there is no such event
  useSocketEvent(socket, "dropped", () => {});
  // @ts-expect-error: it needs an address
  return <SocketProvider>{length}</SocketProvider>;
}

export const Outside = () => <SocketContext.Provider value={connect<Out, In>("/live")} />;

const { send, last, reduce } = useVue<Out, In>(() => "/live");
// @ts-expect-error: that is no message of Out
send({ shout: "" });
// @ts-expect-error: there may be none yet
last.value.heard;
reduce((sum, { heard }) => sum + heard.length, 0).value.toFixed();
// @ts-expect-error: a function is a getter, and a promise no address
useVue(async () => "/live");

const live = socketStore<Out, In>("/live");
// @ts-expect-error: that is no message of Out
live.send({ shout: "" });
live.subscribe(({ state, last }) => [state.name, last?.heard]);
// @ts-expect-error: a store that nobody can write to
live.set({});
`;
