import FramePath
import FrameTrace
import WebSocketWire

import struct NIOCore.ByteBuffer

/// One direction of a conversation.
struct Flow {
    /// Bytes of the sender that were not taken yet.
    var splitter = FrameSplitter()
    /// Bytes of a frame under way that pass as they come.
    var passing = 0
    /// The edge's own frames, waiting for the end of the one under way.
    var afterFrame: ByteBuffer?
    /// A data frame without FIN was the last one.
    var isMidMessage = false
    /// The message under way, when it passes as a whole.
    var gathered: Gathered?
    /// The message under way, when its frames pass one by one.
    var parted: Parted?
    /// Ordinals of what comes from the sender.
    var nextData: UInt32 = 0
    var nextControl: UInt32 = 0
    /// Ordinals of the edge's own frames on this way.
    var edgeControl: UInt32 = 0
    /// Frames that came from the sender, and frames handed to the receiver's socket.
    var received: UInt64 = 0
    var sent: UInt64 = 0

    /// Frames of a message that pass together.
    struct Gathered {
        var wire: ByteBuffer
        var payload: ByteBuffer
        var frames: Int
        var sequence: UInt64
        var opcode: UInt8
    }

    /// A message whose frames pass one by one.
    struct Parted {
        var message: Message
        var marks: FrameMarks
        var next: UInt16
    }

    /// Forgets a leg that is gone: what was not whole is lost.
    mutating func restart() {
        self.splitter = FrameSplitter()
        self.passing = 0
        self.afterFrame = nil
        self.isMidMessage = false
        self.gathered = nil
        self.parted = nil
    }
}

/// A message, or one frame of it, on its way through a relay.
struct Parcel: Sendable {
    var message: Message
    /// Its frames as they came.
    var wire: ByteBuffer
    var marks = FrameMarks()
    var arrived: Tick
    /// Number of its first frame on the leg it came from.
    var sequence: UInt64?
    /// How the session ends, for a Close.
    var end: SessionEnd?

    /// A frame inside a message whose first frame met the rules.
    var isLaterPart: Bool { (self.marks.part ?? 0) > 0 }
    var frames: UInt64 { UInt64(self.message.fragments) }
}
