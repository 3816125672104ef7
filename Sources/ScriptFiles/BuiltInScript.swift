public import ClientCore
public import FaultFiles

/// The script that a probe runs when it is given none.
public enum BuiltInScript {
    /// The name its errors would have.
    public static let file = "pingpong.yaml"

    /// The script, read.
    ///
    /// - Returns: the script; a failure would be a mistake in this file, which a test rules out.
    public static func read() -> Result<Script, ProfileErrors> {
        ScriptReader.read(text: Self.text, file: Self.file) { _ in nil }
    }

    /// The pingpong service's exchanges, each in an object's first life, as the first thing after a
    /// sleep, again in that wake, and as the first thing after a second sleep.
    public static let text = #"""
        version: 1
        name: pingpong
        about: Every exchange of the pingpong service, before and after an object's sleeps.
        source: https://github.com/broux-es/minimal_do_pingpong

        # Every copy of every lane has an object of its own, so all of them run at once and the whole table
        # needs two sleeps.
        path: /objects/{{object}}/websocket

        # Each new connection waits for this before its next step, and judges nothing.
        greeting: {json: {/type: welcome}}

        lanes:
          - row: connect → welcome
            sessions: [a, b, c, d]
            steps:
              - connect: a
                expect: {json: {/type: welcome}}
              - idle-until-hibernated
              - connect: b
                expect: {json: {/type: welcome}}
              - connect: c
                expect: {json: {/type: welcome}}
              - idle-until-hibernated
              - connect: d
                expect: {json: {/type: welcome}}

          - row: message → echo
            steps:
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                expect: {json: {/type: echo, /message: "{{unique}}"}}
              - idle-until-hibernated
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                expect: {json: {/type: echo, /message: "{{unique}}"}}
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                expect: {json: {/type: echo, /message: "{{unique}}"}}
              - idle-until-hibernated
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                expect: {json: {/type: echo, /message: "{{unique}}"}}

          - row: ping → pong
            steps:
              - send: {json: {type: ping, timestamp: "{{now}}"}}
                expect: {json: {/type: pong}}
              - idle-until-hibernated
              - send: {json: {type: ping, timestamp: "{{now}}"}}
                expect: {json: {/type: pong}}
              - send: {json: {type: ping, timestamp: "{{now}}"}}
                expect: {json: {/type: pong}}
              - idle-until-hibernated
              - send: {json: {type: ping, timestamp: "{{now}}"}}
                expect: {json: {/type: pong}}

          - row: heartbeat → ack
            steps:
              - send: {json: {type: heartbeat, timestamp: "{{now}}"}}
                expect: {json: {/type: heartbeat_ack}}
              - idle-until-hibernated
              - send: {json: {type: heartbeat, timestamp: "{{now}}"}}
                expect: {json: {/type: heartbeat_ack}}
              - send: {json: {type: heartbeat, timestamp: "{{now}}"}}
                expect: {json: {/type: heartbeat_ack}}
              - idle-until-hibernated
              - send: {json: {type: heartbeat, timestamp: "{{now}}"}}
                expect: {json: {/type: heartbeat_ack}}

          # A Ping must not wake the object; the message between is there to wake it.
          - row: protocol ping → pong
            steps:
              - ping: "{{unique}}"
                expect: pong
              - idle-until-hibernated
              - ping: "{{unique}}"
                expect: pong
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                await: {json: {/type: echo, /message: "{{unique}}"}}
              - ping: "{{unique}}"
                expect: pong
              - idle-until-hibernated
              - ping: "{{unique}}"
                expect: pong

          # Each answer once, in order.
          - row: burst of 100 → echoes
            steps:
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                repeat: 100
                expect: {json: {/type: echo, /message: "{{unique}}"}}
              - idle-until-hibernated
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                repeat: 100
                expect: {json: {/type: echo, /message: "{{unique}}"}}
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                repeat: 100
                expect: {json: {/type: echo, /message: "{{unique}}"}}
              - idle-until-hibernated
              - send: {json: {type: message, message: "{{unique}}", timestamp: "{{now}}"}}
                repeat: 100
                expect: {json: {/type: echo, /message: "{{unique}}"}}

          # A close ends its connection, so each column has one of its own, made before the sleep: the object
          # must be asleep when the close is asked for.
          - row: close by object
            sessions: [a, b, c, d]
            steps:
              - send: {json: {type: close, code: 4000, reason: probe, timestamp: "{{now}}"}}
                session: a
                expect: {close: 4000}
              - connect: b
              - connect: c
              - idle-until-hibernated
              - send: {json: {type: close, code: 4000, reason: probe, timestamp: "{{now}}"}}
                session: b
                expect: {close: 4000}
              - send: {json: {type: close, code: 4000, reason: probe, timestamp: "{{now}}"}}
                session: c
                expect: {close: 4000}
              - connect: d
              - idle-until-hibernated
              - send: {json: {type: close, code: 4000, reason: probe, timestamp: "{{now}}"}}
                session: d
                expect: {close: 4000}

          - row: close by client
            sessions: [a, b, c, d]
            steps:
              - close: {code: 1000, reason: probe}
                session: a
                expect: {close: 1000}
              - connect: b
              - connect: c
              - idle-until-hibernated
              - close: {code: 1000, reason: probe}
                session: b
                expect: {close: 1000}
              - close: {code: 1000, reason: probe}
                session: c
                expect: {close: 1000}
              - connect: d
              - idle-until-hibernated
              - close: {code: 1000, reason: probe}
                session: d
                expect: {close: 1000}

        """#
}
