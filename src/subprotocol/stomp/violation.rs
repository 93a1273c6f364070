//! What a broker can do against the specification, and what is beyond our limits.

use crate::session::named;

named! {
    /// How the broker broke the protocol. Sections are those of
    /// [STOMP 1.2](https://stomp.github.io/stomp-specification-1.2.html).
    pub enum Violation {
        /// A frame begins with something that no server sends ("Server Frames"), or with no line end within reach.
        Command = "command",
        /// A header line has no colon or no name, or holds NUL ("Augmented BNF").
        Header = "header",
        /// A header holds a backslash that begins no known escape sequence ("Value Encoding").
        Escape = "escape",
        /// The headers are not UTF-8 ("Value Encoding").
        Encoding = "encoding",
        /// A header that the frame must have is missing, or is not what it has to be.
        MissingHeader = "missing-header",
        /// `content-length` is not a number ("Header content-length").
        ContentLength = "content-length",
        /// No NUL follows the body that `content-length` announced ("STOMP Frames").
        Terminator = "terminator",
        /// A frame has a body and must not ("Body").
        Body = "body",
        /// The frame comes at the wrong time: before CONNECTED, or CONNECTED a second time ("Connecting").
        Order = "order",
        /// CONNECTED names a version that was not offered ("Protocol Negotiation").
        Version = "version",
        /// `heart-beat` is not two numbers ("Heart-beating").
        HeartBeat = "heart-beat",
        /// More headers than the limit.
        HeaderCount = "header-count",
        /// A header line longer than the limit.
        HeaderSize = "header-size",
        /// A body larger than the limit.
        BodySize = "body-size",
    }
}

impl Violation {
    /// Whether a limit of ours was exceeded rather than a rule broken: such a connection is closed with 4009, not 4002.
    pub fn is_limit(self) -> bool {
        matches!(
            self,
            Violation::HeaderCount | Violation::HeaderSize | Violation::BodySize
        )
    }
}
