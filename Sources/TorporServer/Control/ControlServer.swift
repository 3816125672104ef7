internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// The control interface on a socket of its own.
///
/// Shape: it has its own threads; nothing of it runs on the edge's event loop but short questions.
public final class ControlServer: Sendable {
    /// Where it really listens.
    public let address: ListenAddress

    private let api: ControlAPI
    /// One thread for all control of the process, apart from the loops that hold sessions.
    ///
    /// It is never shut down: a timer of the HTTP server may outlive the server.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let services: ServiceGroup
    private let serving: Task<Void, Never>

    /// How long answers under way may take when it stops.
    private static let stopTime = Duration.seconds(1)

    /// What it is told at its start.
    public struct Configuration: Sendable {
        /// Where to listen; port 0 lets the system choose.
        public var listen: ListenAddress
        /// The secret that everybody must show; needed when others can reach it.
        public var token: String?
        /// Every bound.
        public var limits = ControlLimits()
        /// The run's clock.
        public var clock: RunClock

        /// Makes a configuration with the default bounds.
        public init(listen: ListenAddress, token: String?, clock: RunClock) {
            self.listen = listen
            self.token = token
            self.clock = clock
        }
    }

    private init(
        address: ListenAddress,
        api: ControlAPI,
        services: ServiceGroup,
        serving: Task<Void, Never>
    ) {
        self.address = address
        self.api = api
        self.services = services
        self.serving = serving
    }

    /// Listens.
    ///
    /// - Parameters:
    ///   - configuration: what the operator wants.
    ///   - edge: what it controls.
    /// - Returns: the running interface.
    /// - Throws: an address that cannot be had, or one that others reach without a token.
    public static func start(
        _ configuration: Configuration,
        edge: ControlledEdge
    ) async throws -> ControlServer {
        let listen = configuration.listen
        guard configuration.token != nil || listen.isLoopback else {
            throw ServerFailure(
                "others can reach \(listen): give --control-token or TORPOR_CONTROL_TOKEN"
            )
        }
        let api = ControlAPI(
            edge: edge,
            limits: configuration.limits,
            clock: configuration.clock
        )
        let group = Self.group
        let bound = group.next().makePromise(of: Int.self)
        let app = Self.application(configuration, api: api, group: group) { channel in
            bound.succeed(channel.localAddress?.port ?? listen.port)
        }
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [app], logger: app.logger)
        )
        let serving = Task {
            do {
                try await services.run()
                bound.fail(CancellationError())
            } catch {
                bound.fail(error)
            }
        }
        do {
            let port = try await bound.futureResult.get()
            await api.start()
            return ControlServer(
                address: ListenAddress(host: listen.host, port: port),
                api: api,
                services: services,
                serving: serving
            )
        } catch {
            await serving.value
            throw ServerFailure(
                "cannot listen for control on \(listen): \(SystemWords.of(error))"
            )
        }
    }

    /// Answers every wait and closes the socket.
    public func stop() async {
        self.api.stop()
        await self.services.triggerGracefulShutdown()
        let limit = Task {
            try await Task.sleep(for: Self.stopTime)
            self.serving.cancel()
        }
        await self.serving.value
        limit.cancel()
    }

    // MARK: HTTP

    private static func application(
        _ configuration: Configuration,
        api: ControlAPI,
        group: MultiThreadedEventLoopGroup,
        onRunning: @escaping @Sendable (any Channel) async -> Void
    ) -> some ApplicationProtocol {
        let limits = configuration.limits
        let router = Router()
        let gate = ControlGate(token: configuration.token, address: configuration.listen)
        router.add(middleware: ControlDoor(gate: gate, api: api))
        for route in ControlRoute.all {
            guard let method = HTTPRequest.Method(rawValue: route.method) else { continue }
            router.on(RouterPath(route.path), method: method) { request, context in
                let question = try await Self.question(request, context, limits)
                return Self.response(try await route.answer(api, question))
            }
        }
        var logger = Logger(label: "torpor.control")
        logger.logLevel = .critical
        var http = HTTP1Channel.Configuration(idleTimeout: limits.idleTime)
        http.httpDecoder.maxHeaderListSize = limits.headerBytesMax
        http.httpDecoder.maxHeaderFieldSize = limits.headerBytesMax
        return Application(
            router: router,
            server: .http1(configuration: http),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.listen.host, port: configuration.listen.port),
                serverName: "torpor",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.connectionsMax,
                    logger: logger
                )
            ),
            onServerRunning: onRunning,
            eventLoopGroupProvider: .shared(group),
            logger: logger
        )
    }

    /// What is asked, with its body read up to the bound.
    private static func question(
        _ request: Request,
        _ context: BasicRequestContext,
        _ limits: ControlLimits
    ) async throws -> ControlQuestion {
        var question = ControlQuestion()
        for (key, value) in context.parameters {
            guard let decoded = value.removingPercentEncoding else {
                throw ControlFailure(
                    400,
                    "'\(value)' is not percent-encoded text",
                    next: "encode each byte of the name that is not a letter or digit as %XX"
                )
            }
            question.names[String(key)] = decoded
        }
        for (key, value) in request.uri.queryParameters {
            question.query[String(key)] = value.removingPercentEncoding ?? String(value)
        }
        do {
            let body = try await request.body.collect(upTo: limits.bodyBytesMax)
            question.body = Array(body.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw ControlFailure(
                413,
                "the body has more than \(limits.bodyBytesMax) bytes",
                next: "send less"
            )
        }
        let type = request.headers[.contentType] ?? ""
        question.contentType = type.prefix { $0 != ";" }.lowercased()
            .trimmingCharacters(in: .whitespaces)
        if !question.body.isEmpty { try Self.check(question.contentType) }
        return question
    }

    /// A form of some web page has none of these types.
    private static func check(_ type: String) throws(ControlFailure) {
        guard type != ControlQuestion.json, !ControlQuestion.yaml.contains(type) else { return }
        throw ControlFailure(
            415,
            type.isEmpty ? "the body has no content-type" : "the content-type is '\(type)'",
            next: "send application/json, or application/yaml for a profile"
        )
    }

    fileprivate static func response(_ reply: ControlReply) -> Response {
        var headers: HTTPFields = [
            .contentType: reply.contentType, .cacheControl: "no-store",
            .xContentTypeOptions: "nosniff",
        ]
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(
            status: HTTPResponse.Status(code: reply.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body))
        )
    }
}

/// The first and the last to see a request: who may ask, and every failure as JSON.
private struct ControlDoor: RouterMiddleware {
    typealias Context = BasicRequestContext

    let gate: ControlGate
    let api: ControlAPI

    @concurrent func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            try self.gate.admit(
                host: request.head.authority,
                origin: request.headers[.origin],
                authorization: request.headers[.authorization]
            )
        } catch {
            self.api.counters.refusedRequest()
            return ControlServer.response(error.reply)
        }
        do {
            return try await next(request, context)
        } catch let failure as ControlFailure {
            return ControlServer.response(failure.reply)
        } catch let error as HTTPError where error.status == .notFound {
            return ControlServer.response(Self.notFound(request).reply)
        } catch {
            let failure = ControlFailure(
                400,
                "the request could not be read: \(SystemWords.of(error))",
                next: "GET /openapi.json lists the routes and what they take"
            )
            return ControlServer.response(failure.reply)
        }
    }

    private static func notFound(_ request: Request) -> ControlFailure {
        let methods = ControlRoute.methods(at: request.uri.path)
        guard !methods.isEmpty else {
            return ControlFailure(
                404,
                "there is no \(request.uri.path)",
                next: "GET /openapi.json lists the routes"
            )
        }
        var failure = ControlFailure(
            405,
            "\(request.method.rawValue) is not served at \(request.uri.path)",
            next: "use \(methods.joined(separator: " or "))"
        )
        failure.headers = [("allow", methods.joined(separator: ", "))]
        return failure
    }
}
