import WebSocketWire

/// What a leg needs only while it speaks plain HTTP; gone once it is a WebSocket.
struct Intake {
    var peer: String?
    var requests = RequestDecoder()
    /// The request whose body or answer is awaited.
    var head: RequestHead?
    var bodyLength = 0
    var request: RequestID?
    var isIdleBetweenRequests = false
    /// Inside the loop that reads requests.
    var isReading = false
    /// What the 101 needs of an upgrade that is not answered yet.
    var upgradeKey = ""
    var wantsTorporHeaders = false
}
