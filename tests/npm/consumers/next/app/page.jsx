// A server component: it imports the package where it runs, and renders a client component that uses it.
import { connect } from "tautline";
import { Echo } from "./echo";

export default function Page() {
  return (
    <main>
      <p id="server">connect is a {typeof connect}</p>
      <Echo />
    </main>
  );
}
