// What a browser tells a page of itself.

import type { Network } from "./network.js";
import type { KitScope } from "./scope.js";

const persisted = (type: string) => Object.assign(new Event(type), { persisted: true });

/** The page that the code under test believes to be in. It is shown at first, whatever the real one is, and in Node too. */
export class Page {
  readonly #scope: KitScope;
  readonly #network: Network;

  /** @internal */
  constructor(scope: KitScope, network: Network) {
    this.#scope = scope;
    this.#network = network;
  }

  /** Another tab is in front: `visibilitychange`. */
  hide(): void {
    this.#see(true);
  }

  /** It is in front again. */
  show(): void {
    this.#see(false);
  }

  /** The browser freezes it: until `resume()` no timer fires and nothing arrives, while time goes on. */
  freeze(): void {
    this.#hear("freeze");
    this.#freeze(true);
  }

  /** Ends `freeze()`: what was due meanwhile happens with the next advance. */
  resume(): void {
    this.#freeze(false);
    this.#hear("resume");
  }

  /** The user goes to another page, and this one into the back/forward cache: `pagehide`, hidden, frozen. */
  leave(): void {
    this.#scope.dispatchEvent(persisted("pagehide"));
    this.hide();
    this.freeze();
  }

  /** The user comes back to it: resumed, shown, `pageshow`. */
  comeBack(): void {
    this.resume();
    this.show();
    this.#scope.dispatchEvent(persisted("pageshow"));
  }

  #see(hidden: boolean): void {
    const { document } = this.#scope;
    if (document.hidden === hidden) return;
    this.#network.note(hidden ? "page hidden" : "page shown");
    document.hidden = hidden;
    document.dispatchEvent(new Event("visibilitychange"));
  }

  #freeze(isFrozen: boolean): void {
    this.#network.note(isFrozen ? "page frozen" : "page resumed");
    this.#network.freeze(isFrozen);
  }

  #hear(type: string): void {
    this.#scope.document.dispatchEvent(new Event(type));
  }
}
