// What happens to an example after it has run, where it only declares something. The names are those on the fences.
export const AFTERWARDS = {
  "a-double-is-no-news": `
    console.log(isNew("a:1"), isNew("a:2"), isNew("a:2"), isNew("b:1"));
  `,
  "a-double-is-dropped": `
    const say = (mid) => ws.emit("message", JSON.stringify({ type: "say", text: mid, mid }));
    ws.emit("message", JSON.stringify({ type: "ping", id: 7 }));
    for (const mid of ["c:1", "c:2", "c:1"]) say(mid);
    console.log("end");
  `,
  "leaves-with-what-is-queued": `
    const leaving = connectedSocket();
    leaving.send({ type: "last" });
    await leave(leaving);
    console.log(leaving.state.name);
  `,
  "uploads-and-is-not-busy": `
    const uploading = connectedSocket();
    await upload(uploading, ["a", "b"]);
    console.log(isBusy(uploading), uploading.stats().messagesSent);
  `,
  "is-hidden-and-shown": `
    await socket.opened();
    hide();
    show();
  `,
};
