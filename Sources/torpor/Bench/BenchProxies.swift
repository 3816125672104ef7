internal import Foundation
internal import TorporServer

/// A proxy between the clients and the echo server, with clients of its own.
struct BenchProxy {
    let name: String
    let child: BenchChild
    let load: BenchChild
}

/// The proxies that the bench compares, one thread each, and otherwise as they come.
extension BenchRun {
    /// HAProxy in front of a server.
    ///
    /// - Returns: `nil` when it is not installed; then the report says so.
    mutating func haproxy(_ server: Int, skipping part: String) throws -> BenchProxy? {
        guard let program = Self.program("haproxy") else {
            self.report.skip(part, "haproxy is missing: apt-get install haproxy")
            return nil
        }
        let port = try Self.freePort()
        let path = self.folder + "/haproxy.cfg"
        try """
        global
            nbthread 1
            maxconn 4000
        defaults
            mode http
            timeout connect 5s
            timeout client 1h
            timeout server 1h
            timeout tunnel 1h
        frontend clients
            bind 127.0.0.1:\(port)
            default_backend servers
        backend servers
            server echo 127.0.0.1:\(server)

        """.write(toFile: path, atomically: true, encoding: .utf8)
        let child = try BenchChild("haproxy", [program, "-db", "-f", path])
        return try self.proxy("haproxy", child, port)
    }

    /// nginx in front of a server, with its stock buffers.
    ///
    /// - Returns: `nil` when it is not installed; then the report says so.
    mutating func nginx(_ server: Int, skipping part: String) throws -> BenchProxy? {
        guard let program = Self.program("nginx") else {
            self.report.skip(part, "nginx is missing: apt-get install nginx-light")
            return nil
        }
        let port = try Self.freePort()
        let folder = try self.subfolder("nginx")
        let path = folder + "/nginx.conf"
        try """
        daemon off;
        master_process off;
        worker_processes 1;
        pid \(folder)/pid;
        error_log \(folder)/errors;
        events { worker_connections 1024; }
        http {
            access_log off;
            client_body_temp_path \(folder)/body;
            proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/fastcgi;
            uwsgi_temp_path \(folder)/uwsgi;
            scgi_temp_path \(folder)/scgi;
            server {
                listen 127.0.0.1:\(port);
                location / {
                    proxy_pass http://127.0.0.1:\(server);
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection "upgrade";
                    proxy_read_timeout 1h;
                }
            }
        }

        """.write(toFile: path, atomically: true, encoding: .utf8)
        let child = try BenchChild(
            "nginx",
            [program, "-e", folder + "/errors", "-p", folder, "-c", path]
        )
        return try self.proxy("nginx", child, port)
    }

    /// The edge in front of a server; traced into a folder when one is given.
    func edge(_ server: Int, name: String, trace: String?) throws -> BenchProxy {
        var words = [
            "edge", "--listen", "127.0.0.1:0", "--backend", "ws://127.0.0.1:\(server)",
            "--hibernate-after", "never",
        ]
        if let trace { words += ["--trace", trace] }
        let child = try self.torpor(words)
        return try self.proxy(name, child, try child.port())
    }

    private func proxy(_ name: String, _ child: BenchChild, _ port: Int) throws -> BenchProxy {
        for _ in 0..<100 where !Self.answers(port) { usleep(50_000) }
        return BenchProxy(name: name, child: child, load: try self.worker(.load, "\(port)"))
    }

    private static func answers(_ port: Int) -> Bool {
        guard let socket = try? Self.socket() else { return false }
        defer { close(socket) }
        return Self.withAddress(port) { connect(socket, $0, $1) } == 0
    }

    /// A port that was free a moment ago, for programs that cannot choose one.
    private static func freePort() throws -> Int {
        let socket = try Self.socket()
        defer { close(socket) }
        guard Self.withAddress(0, { bind(socket, $0, $1) }) == 0 else {
            throw BenchFailure("no free port on 127.0.0.1")
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(socket, $0, &length)
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func socket() throws -> Int32 {
        #if canImport(Darwin)
        let descriptor = Foundation.socket(AF_INET, SOCK_STREAM, 0)
        #else
        let descriptor = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard descriptor >= 0 else { throw BenchFailure("no socket: too many open files?") }
        return descriptor
    }

    private static func withAddress(
        _ port: Int,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
