import { Chat } from "guide/0";
import { StrictMode, useState } from "react";
import type { Asked } from "../asked.js";

export function App({ url, name }: Asked) {
  const [isThere, setThere] = useState(true);
  return (
    <StrictMode>
      <button type="button" id="toggle" onClick={() => setThere(!isThere)}>
        {isThere ? "leave" : "come"}
      </button>
      {isThere && <Chat url={url} name={name} />}
    </StrictMode>
  );
}
