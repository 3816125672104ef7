/// The web client's page.
enum WebPage {
    /// The whole page; it loads nothing else.
    static let html = """
        <!doctype html>
        <html lang="en"><meta charset="utf-8"><title>Torpor</title>
        <p>Torpor's object server. Connect a WebSocket to <code>/websocket</code>.</p>
        </html>
        """
}
