/** What the page is asked for by its address. */
export interface Asked {
  readonly url: string;
  readonly name: string;
}

export function asked(): Asked {
  const query = new URLSearchParams(location.search);
  return { url: query.get("server") as string, name: query.get("name") as string };
}

/** What a server that renders the page gives instead: nothing that it could dial. */
export const unknown: Asked = { url: "/relative", name: "" };
