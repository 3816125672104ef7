// A server by Debian's `ws` on Node. It echoes; `CERT KEY` on the command line make it a wss server.
const fs = require("fs");
const { WebSocketServer } = require("/usr/share/nodejs/ws");

const [certificate, key] = process.argv.slice(2);
const server = certificate
  ? require("https").createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
  : require("http").createServer();
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
});
sockets.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    const text = isBinary ? "" : data.toString();
    if (text.startsWith("close ")) {
      const [, code, ...reason] = text.split(" ");
      socket.close(Number(code), reason.join(" "));
    } else if (text === "ping me") {
      socket.ping("from the server");
    } else if (text === "fragment me") {
      socket.send("in ", { fin: false });
      socket.send("three ", { fin: false });
      socket.send("parts");
    } else {
      socket.send(data, { binary: isBinary });
    }
  });
  socket.on("pong", () => socket.send("ponged"));
  socket.on("close", (closed, reason) =>
    console.log(JSON.stringify({ closed, reason: reason.toString() })));
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
