import Testing

@testable import TorporServer

@Suite("Addresses and the link's secret")
struct AddressTests {
    @Test(
        "an address is read with or without a scheme",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1", 80), ("http://objects:7000", "objects", 7000),
            ("http://objects:7000/", "objects", 7000), ("[::1]:9", "::1", 9),
            ("localhost:0", "localhost", 0),
        ]
    )
    func reads(_ text: String, _ host: String, _ port: Int) throws {
        #expect(try ListenAddress(text) == ListenAddress(host: host, port: port))
    }

    @Test(
        "what is no address is refused",
        arguments: ["", ":80", "host", "host:", "host:x", "host:70000", "https://h:1", "h:1/x"]
    )
    func refuses(_ text: String) {
        #expect(throws: ServerFailure.self) { try ListenAddress(text) }
    }

    @Test("only the whole secret opens the link")
    func token() {
        #expect(LinkToken.matches(nil, nil))
        #expect(LinkToken.matches("x", nil))
        #expect(LinkToken.matches("secret", "secret"))
        #expect(!LinkToken.matches(nil, "secret"))
        #expect(!LinkToken.matches("", "secret"))
        #expect(!LinkToken.matches("secre", "secret"))
        #expect(!LinkToken.matches("secrets", "secret"))
        #expect(!LinkToken.matches("secretsecret", "secret"))
        #expect(!LinkToken.matches("", ""))
    }
}
