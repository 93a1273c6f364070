// A server component: it imports the package where it runs, gives the address to the provider of tautline/react, and renders
// client components that connect.
import { connect } from "tautline";
import { SocketProvider } from "tautline/react";
import { Echo } from "./echo";
import { Hook } from "./hook";
import { Slim } from "./slim";

export default async function Page({ searchParams }) {
  const { server = null } = await searchParams;
  return (
    <main>
      <p id="import">connect is a {typeof connect}</p>
      <Echo server={server} />
      <SocketProvider url={server}>
        <Hook />
      </SocketProvider>
      <Slim server={server} />
    </main>
  );
}
