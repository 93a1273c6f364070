using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "slim", worker = .slim),
    (name = "whole", worker = .whole),
    (name = "local", network = (allow = ["local"])),
  ],
  sockets = [
    (name = "slim", address = "127.0.0.1:0", http = (), service = "slim"),
    (name = "whole", address = "127.0.0.1:0", http = (), service = "whole"),
  ],
);

const slim :Workerd.Worker = (
  modules = [
    (name = "slim.js", esModule = embed "dist/slim.js"),
    (name = "tautline.wasm", wasm = embed "dist/tautline.wasm"),
  ],
  compatibilityDate = "2026-11-01",
  globalOutbound = "local",
);

const whole :Workerd.Worker = (
  modules = [(name = "whole.js", esModule = embed "dist/whole.js")],
  compatibilityDate = "2026-11-01",
  globalOutbound = "local",
);
