// Takes the stream in one way, and notes when each message is at hand. Plain script: nothing is to be loaded besides.
const now = () => performance.timeOrigin + performance.now();

const ways = {
  websocket(take) {
    const socket = new WebSocket(`ws://${location.host}/messages`);
    socket.onmessage = ({ data }) => take(data);
    return () => socket.close();
  },
  events(take) {
    const source = new EventSource("/events");
    source.onmessage = ({ data }) => take(data);
    return () => source.close();
  },
  short(take) {
    let since = -1;
    const ask = async () => {
      const messages = await (await fetch(`/short?since=${since}`)).json();
      for (const message of messages) take(JSON.stringify(message));
      since = messages.at(-1)?.seq ?? since;
    };
    const timer = setInterval(ask, 1_000);
    return () => clearInterval(timer);
  },
  long(take) {
    let since = -1;
    let goesOn = true;
    const ask = async () => {
      while (goesOn) {
        const messages = await (await fetch(`/long?since=${since}`)).json();
        for (const message of messages) take(JSON.stringify(message));
        since = messages.at(-1).seq;
      }
    };
    ask();
    return () => {
      goesOn = false;
    };
  },
};

let stop = () => {};
let taken = [];

globalThis.bench = {
  /** How far the server's clock is ahead of the page's, by the quickest of many round trips. */
  clock: () =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://${location.host}/clock`);
      const rounds = [];
      let asked;
      const ask = () => {
        asked = now();
        socket.send("");
      };
      socket.onopen = ask;
      socket.onmessage = ({ data }) => {
        const round = now() - asked;
        rounds.push({ round, ahead: Number(data) - asked - round / 2 });
        if (rounds.length < 200) return ask();
        socket.close();
        resolve(rounds.sort((a, b) => a.round - b.round)[0]);
      };
    }),
  start(way) {
    taken = [];
    stop = ways[way]((text) => {
      const { seq, at } = JSON.parse(text);
      taken.push({ seq, bytes: text.length, late: now() - at });
    });
  },
  taken: () => taken,
  stop: () => stop(),
};
