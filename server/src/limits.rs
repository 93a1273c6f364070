//! A limit on everything, in one place.

use std::time::Duration;

/// TCP connections at a time, by default.
pub const SOCKETS: u32 = 4_096;
/// Bytes of one WebSocket message; a larger one is answered with close 1009.
pub const MESSAGE_BYTES: usize = 16 << 20;
/// Closed connections remembered for `/api/connections`.
pub const REMEMBERED: usize = 1_000;
/// Client labels with counters, windows or `times` counts.
pub const LABELS: usize = 4_096;
/// Characters of a client label or room name.
pub const LABEL_CHARS: usize = 64;
/// Orders waiting for one connection.
pub const COMMANDS: usize = 64;
/// Bytes of a close reason (RFC 6455, section 5.5: 125 less the code).
pub const REASON_BYTES: usize = 123;
/// Late pongs waiting on one connection; further pings go unanswered.
pub const LATE_PONGS: usize = 1_024;
/// Longest delay or window a parameter may ask for.
pub const DELAY_MS: u64 = 3_600_000;
/// Longest `/api/wait`.
pub const WAIT_MS: u64 = 120_000;
/// Time the other side gets to answer a close frame.
pub const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// Time a clean stop leaves to all connections together.
pub const STOP_WAIT: Duration = Duration::from_millis(1_200);
/// Time to send the first frame on `/ws/auth`.
pub const AUTH_WAIT: Duration = Duration::from_secs(5);
/// Auth frames waiting for a late answer on one connection.
pub const LATE_AUTHS: usize = 64;
/// Time for the head of an HTTP request.
pub const HEAD_WAIT: Duration = Duration::from_secs(30);
/// Bytes of a static file.
pub const FILE_BYTES: u64 = 64 << 20;
/// Labels and numbers kept by the sink.
pub const SINK_LABELS: usize = 256;
/// Sequence numbers kept for one label.
pub const SINK_SEQS: usize = 200_000;
/// Chat rooms at a time.
pub const ROOMS: usize = 1_000;
/// Messages kept per room.
pub const ROOM_HISTORY: usize = 500;
/// Messages sent to somebody who joins.
pub const ROOM_REPLAY: usize = 200;
/// Messages a member may lag behind before it is closed.
pub const ROOM_LAG: usize = 1_024;
/// A room without members is forgotten after this time.
pub const ROOM_IDLE: Duration = Duration::from_secs(600);
/// Characters of a chat message.
pub const TEXT_CHARS: usize = 2_000;
/// Characters of a member's name.
pub const NAME_CHARS: usize = 40;
/// Bytes of a client's own message reference, and of the id of a request.
pub const REF_BYTES: usize = 128;
/// Sessions whose message numbers are remembered, of all rooms and sinks together.
pub const SESSIONS: usize = 10_000;
/// Bytes of a session's name.
pub const SESSION_BYTES: usize = 64;
/// Labels with a record of requests.
pub const RPC_LABELS: usize = 256;
/// Requests and cancels kept for one label, each.
pub const RPC_CALLS: usize = 10_000;
/// Slow requests waiting on one connection.
pub const SLOW_REQUESTS: usize = 1_024;
/// Longest time a slow request may take.
pub const SLOW_MS: u64 = 60_000;
/// Symbols on one ticker connection.
pub const SYMBOLS: usize = 16;
/// Points of history per symbol.
pub const POINTS: u64 = 120;
/// MQTT: bytes of a packet that a client sends.
pub const MQTT_PACKET_BYTES: u32 = 1 << 20;
/// MQTT: messages of a connection that await an acknowledgement, in each direction.
pub const MQTT_WINDOW: u16 = 100;
/// MQTT: topic aliases that a client may use.
pub const MQTT_ALIASES: u16 = 64;
/// MQTT: time for the CONNECT.
pub const MQTT_CONNECT_WAIT: Duration = Duration::from_secs(10);
/// MQTT: sessions at a time; the one without a connection that would end first makes room.
pub const MQTT_SESSIONS: usize = 4_096;
/// MQTT: longest time that a session is kept without a connection.
pub const MQTT_SESSION_KEPT: Duration = Duration::from_secs(3_600);
/// MQTT: subscriptions of a session.
pub const MQTT_SUBSCRIPTIONS: usize = 1_000;
/// MQTT: messages waiting for one session; further ones are dropped.
pub const MQTT_QUEUE_MESSAGES: usize = 20_000;
/// MQTT: bytes waiting for one session.
pub const MQTT_QUEUE_BYTES: usize = 16 << 20;
/// MQTT: retained messages, and their bytes; further topics are not retained.
pub const MQTT_RETAINED: usize = 10_000;
/// See [`MQTT_RETAINED`].
pub const MQTT_RETAINED_BYTES: usize = 64 << 20;
/// MQTT: messages handed to a connection at once.
pub const MQTT_BATCH: usize = 256;
