/// The web client served at `/`: one document, no external asset.
///
/// Shape: a whole HTML document in UTF-8, style and script inside. The ids `state`, `heartbeat`,
/// `text`, `send`, `ping`, `connect`, `warning` and `log` are what tests hold on to.
enum WebPage {
    /// The document.
    static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>Torpor web client</title>
        <link rel="icon" href="data:,">
        <style>
        \#(style)
        </style>
        </head>
        <body>
        <header>
          <div>
            <h1>Torpor</h1>
            <p class="where">WebSocket client of <code id="url"></code></p>
          </div>
          <div class="actions">
            <output id="state" class="state" data-state="closed" aria-live="polite"
              aria-label="Connection state"><span class="dot" aria-hidden="true"></span><span
              id="state-text">Not connected</span></output>
            <button id="connect" type="button">Connect</button>
          </div>
        </header>
        <main>
          <p id="warning" class="warning" role="alert" hidden></p>
          <div class="columns">
            <section class="card" aria-labelledby="heartbeat-title">
              <h2 id="heartbeat-title">Heartbeat</h2>
              <div id="heartbeat" class="heartbeat" data-sent="0" data-answered="0"
                data-unanswered="0" data-health="waiting">
                <svg id="pulse" class="pulse" viewBox="0 0 24 24" aria-hidden="true"><path d="M12
                  21s-8-5.2-8-11a4.6 4.6 0 0 1 8-3.1A4.6 4.6 0 0 1 20 10c0 5.8-8 11-8 11z"/></svg>
                <div>
                  <p id="heartbeat-text" class="heartbeat-text">Waiting for welcome</p>
                  <p id="heartbeat-interval" class="quiet">The server gives the interval.</p>
                </div>
              </div>
              <dl class="counts">
                <div><dt>Sent</dt><dd id="beats-sent">0</dd></div>
                <div><dt>Answered</dt><dd id="beats-answered">0</dd></div>
                <div><dt>In a row unanswered</dt><dd id="beats-unanswered">0</dd></div>
              </dl>
            </section>
            <section class="card" aria-labelledby="send-title">
              <h2 id="send-title">Send</h2>
              <form id="form" autocomplete="off">
                <label for="text">Message</label>
                <div class="row">
                  <input id="text" name="text" type="text" maxlength="4096"
                    placeholder="It comes back as an echo">
                  <button id="send" class="primary" type="submit" disabled>Send</button>
                </div>
              </form>
              <div class="row apart">
                <button id="ping" type="button" disabled>Ping</button>
                <p id="round-trip" class="quiet" aria-live="polite">No answer measured yet.</p>
              </div>
            </section>
          </div>
          <section class="card" aria-labelledby="log-title">
            <div class="row apart">
              <h2 id="log-title">Messages</h2>
              <button id="clear" class="plain" type="button">Clear</button>
            </div>
            <ol id="log" class="log" role="log" aria-live="polite" aria-labelledby="log-title"
              tabindex="0"></ol>
            <p id="empty" class="quiet">Nothing yet.</p>
          </section>
        </main>
        <script>
        \#(script)
        </script>
        </body>
        </html>
        """#
}
