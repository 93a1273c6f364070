// What a bundler does when a file was saved. React looks for it when it is loaded, so this module comes first.
import runtime from "react-refresh/runtime";

runtime.injectIntoGlobalHook(globalThis);

/** Puts another version of a component into the page; the first call only says which one it is. */
export function refresh(component: unknown) {
  runtime.register(component, "the component");
  runtime.performReactRefresh();
}
