extension WebPage {
    /// The script: connects, beats at the interval of `welcome`, and logs every message.
    ///
    /// The log keeps the newest 500 lines, so a page left open does not grow for ever.
    static let script = #"""
        "use strict";
        const LOG_MAX = 500, SILENT_AFTER = 3;
        const at = id => document.getElementById(id);
        const asked = new URLSearchParams(location.search).get("object");
        const path = asked ? "/objects/" + encodeURIComponent(asked) + "/websocket" : "/websocket";
        const url = (location.protocol === "https:" ? "wss://" : "ws://") + location.host + path;
        let socket = null, timer = null, interval = 0;
        let beats = { sent: 0, answered: 0, unanswered: 0 };
        const waiting = { ping: [], message: [] };

        function log(side, type, body) {
          const arrow = { sent: "\u2192", received: "\u2190", note: "\u00b7", trouble: "!" }[side];
          const words = { sent: "sent", received: "received", note: "note", trouble: "problem" };
          const now = new Date();
          const line = document.createElement("li");
          line.className = side;
          line.dataset.type = type;
          const time = document.createElement("time");
          time.dateTime = now.toISOString();
          time.textContent = now.toTimeString().slice(0, 8) + "." +
            String(now.getMilliseconds()).padStart(3, "0");
          const kind = document.createElement("span");
          kind.className = "kind";
          kind.setAttribute("aria-label", words[side] + " " + type);
          kind.textContent = arrow + " " + type;
          const text = document.createElement("span");
          text.className = "body";
          text.textContent = body;
          line.append(time, " ", kind, " ", text);
          const list = at("log");
          const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
          list.append(line);
          while (list.children.length > LOG_MAX) list.firstElementChild.remove();
          if (follows) list.scrollTop = list.scrollHeight;
          at("empty").hidden = true;
        }

        function show(state, text) {
          at("state").dataset.state = state;
          at("state-text").textContent = text;
          const open = state === "open";
          at("send").disabled = at("ping").disabled = !open;
          at("connect").textContent = socket ? "Disconnect" : "Connect";
        }

        function showBeats() {
          for (const name of ["sent", "answered", "unanswered"]) {
            at("heartbeat").dataset[name] = at("beats-" + name).textContent = beats[name];
          }
          const silent = beats.unanswered >= SILENT_AFTER;
          at("heartbeat").dataset.health = !beats.sent ? "waiting" : silent ? "silent" :
            beats.unanswered > 1 ? "late" : "good";
          at("heartbeat-text").textContent = !beats.sent ? "Waiting for the first beat" :
            silent ? "Silent" : beats.unanswered > 1 ? "Answers are late" :
            beats.unanswered ? "Beat sent" : "Answered";
          const warning = silent && socket ? beats.unanswered + " heartbeats in a row unanswered: " +
            "the connection is open, but nothing comes back." : "";
          if (at("warning").textContent !== warning) at("warning").textContent = warning;
          at("warning").hidden = !warning;
        }

        function send(type, fields) {
          if (!socket || socket.readyState !== WebSocket.OPEN) return false;
          const message = { type, ...fields, timestamp: new Date().toISOString() };
          socket.send(JSON.stringify(message));
          log("sent", type, fields.message ?? "");
          if (waiting[type]) waiting[type].push(performance.now());
          return true;
        }

        function beat() {
          // The count of the row includes this beat from now on, and an answer sets it back.
          if (!send("heartbeat", {})) return;
          beats.sent += 1;
          beats.unanswered += 1;
          if (beats.unanswered === SILENT_AFTER) {
            log("trouble", "silence", SILENT_AFTER + " heartbeats in a row unanswered");
          }
          const pulse = at("pulse");
          pulse.classList.remove("beat");
          void pulse.getBoundingClientRect();
          pulse.classList.add("beat");
          showBeats();
        }

        function measured(type, name) {
          const since = waiting[type].shift();
          if (since === undefined) return;
          at("round-trip").textContent =
            name + " after " + (performance.now() - since).toFixed(1) + " ms";
        }

        function received(data) {
          if (typeof data !== "string") {
            log("received", "binary", data.byteLength + " bytes");
            return;
          }
          let message;
          try { message = JSON.parse(data); } catch { message = null; }
          const type = String(message?.type ?? "text");
          if (type === "welcome") {
            log("received", type, message.message + " (" + message.connectionId + ")");
            const given = Number(message.heartbeatInterval);
            interval = given > 0 ? Math.max(given, 50) : 20000;
            at("heartbeat-interval").textContent = "Every " + interval / 1000 + " s, as welcome says.";
            clearInterval(timer);
            timer = setInterval(beat, interval);
            showBeats();
          } else if (type === "heartbeat_ack") {
            log("received", type, "");
            beats.answered += 1;
            beats.unanswered = 0;
            showBeats();
          } else if (type === "pong") {
            log("received", type, "");
            measured("ping", "Pong");
          } else if (type === "echo") {
            const text = message.message;
            log("received", type, typeof text === "string" ? text : JSON.stringify(text));
            measured("message", "Echo");
          } else {
            log("received", type, data.slice(0, 2000));
          }
        }

        function connect() {
          beats = { sent: 0, answered: 0, unanswered: 0 };
          waiting.ping = []; waiting.message = [];
          socket = new WebSocket(url);
          socket.binaryType = "arraybuffer";
          show("connecting", "Connecting\u2026");
          const mine = socket;
          mine.onopen = () => { show("open", "Connected"); log("note", "open", url); };
          mine.onmessage = event => received(event.data);
          mine.onclose = event => {
            if (mine !== socket) return;
            clearInterval(timer);
            socket = null;
            const why = event.code + (event.reason ? " " + event.reason : "") +
              (event.wasClean ? "" : " (not clean)");
            log(event.wasClean ? "note" : "trouble", "close", why);
            show("closed", "Closed " + event.code);
            at("heartbeat-text").textContent = "Stopped";
            at("heartbeat").dataset.health = "waiting";
            at("warning").hidden = true;
          };
        }

        at("url").textContent = url;
        at("connect").onclick = () => {
          if (!socket) { connect(); return; }
          show("closing", "Closing\u2026");
          socket.close(1000, "client leaves");
        };
        at("form").onsubmit = event => {
          event.preventDefault();
          const text = at("text").value;
          if (text && send("message", { message: text })) at("text").value = "";
          at("text").focus();
        };
        at("ping").onclick = () => send("ping", {});
        at("clear").onclick = () => {
          at("log").replaceChildren();
          at("empty").hidden = false;
        };
        connect();
        """#
}
