// One conversation by the WebSocket of browsers: run in Chromium's page, by Node's own, and by `ws`.
// Steps: ["text", s] ["long-text", s, n] ["binary", n] ["fragments", [s…]] ["ping"] ["hear"]
// ["close", code, reason]. Each gives one result; what the socket cannot do gives null.
function talk(WebSocket, url, protocols, steps) {
  return new Promise((resolve) => {
    const results = [];
    const socket = new WebSocket(url, protocols);
    const limit = setTimeout(() => resolve([...results, "no answer in time"]), 20000);
    let place = -1;
    socket.binaryType = "arraybuffer";

    function checksum(bytes) {
      let a = 1, b = 0;
      for (const byte of bytes) {
        a = (a + byte) % 65521;
        b = (b + a) % 65521;
      }
      return b * 65536 + a;
    }
    function told(data) {
      const isText = typeof data === "string";
      const bytes = isText ? new TextEncoder().encode(data) : new Uint8Array(data);
      return [isText ? "text" : "binary", bytes.length, checksum(bytes)];
    }
    function next(result) {
      results.push(result);
      place += 1;
      if (place >= steps.length) return;
      const [kind, what, count] = steps[place];
      if (kind === "text") socket.send(what);
      else if (kind === "long-text") socket.send(what.repeat(count));
      else if (kind === "binary") socket.send(Uint8Array.from({ length: what }, (_, at) => at % 251));
      else if (kind === "close") socket.close(what, count);
      else if (kind === "fragments") {
        if (!socket.ping) return next(null);
        what.forEach((part, at) => socket.send(part, { fin: at === what.length - 1 }));
      } else if (kind === "ping") {
        if (!socket.ping) return next(null);
        socket.once("pong", (data) => next(["pong", data.toString()]));
        socket.ping("are you there");
      }
    }
    socket.onopen = () => next(["open", socket.protocol]);
    socket.onmessage = (event) => next(told(event.data));
    socket.onclose = (event) => {
      clearTimeout(limit);
      resolve([...results, ["closed", event.code, event.reason]]);
    };
    socket.onerror = () => {};
  });
}
if (typeof module !== "undefined") {
  const [kind, url, protocols, steps] = process.argv.slice(2);
  const Socket = kind === "ws" ? require("/usr/share/nodejs/ws").WebSocket : globalThis.WebSocket;
  talk(Socket, url, JSON.parse(protocols), JSON.parse(steps))
    .then((results) => console.log(JSON.stringify(results)));
}
