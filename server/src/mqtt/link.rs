//! One connection of a client.

use std::sync::Arc;

use mqtt_protocol_core::mqtt::connection::ConnectionOptions;
use mqtt_protocol_core::mqtt::packet::{GenericPacketTrait, Packet, v5_0};
use mqtt_protocol_core::mqtt::result_code::DisconnectReasonCode;
use mqtt_protocol_core::mqtt::{Connection, Version, role};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::broker::Output;
use super::session::Will;
use crate::limits;

pub struct Link {
    pub connection: Connection<role::Server>,
    pub v5: bool,
    /// The client, once it was let in.
    pub client: Option<String>,
    pub will: Option<Will>,
    /// Until when CONNECT has to come.
    pub connect_by: Option<Instant>,
    /// When it is given up unless something comes: one and a half times the keep alive.
    pub alive_until: Option<Instant>,
    /// Messages sent and not acknowledged to the end.
    pub awaited: usize,
    /// What is to be sent, of others' accord among it.
    pub out: Output,
    /// Told whenever there is something for it.
    pub wake: Arc<Notify>,
}

impl Link {
    pub fn new() -> Self {
        let options = ConnectionOptions::new()
            .maximum_packet_size_recv(limits::MQTT_PACKET_BYTES)
            .receive_maximum(limits::MQTT_WINDOW);
        let mut connection = Connection::with_options(Version::Undetermined, options);
        connection.set_auto_pub_response(true);
        connection.set_auto_ping_response(true);
        Self {
            connection,
            v5: false,
            client: None,
            will: None,
            connect_by: Some(Instant::now() + limits::MQTT_CONNECT_WAIT),
            alive_until: None,
            awaited: 0,
            out: Output::default(),
            wake: Arc::default(),
        }
    }

    /// How many more messages may await an acknowledgement.
    pub fn vacancy(&self) -> usize {
        let own = usize::from(limits::MQTT_WINDOW).saturating_sub(self.awaited);
        match self.connection.get_receive_maximum_vacancy_for_send() {
            Some(theirs) => own.min(theirs.into()),
            None => own,
        }
    }

    /// Ends it, with the reason where the version has a way to say one.
    pub fn dismiss(&mut self, code: DisconnectReasonCode, reason: &'static str) {
        if self.v5
            && let Ok(packet) = v5_0::Disconnect::builder().reason_code(code).build()
        {
            self.out
                .packets
                .push(Packet::from(packet).to_continuous_buffer());
        }
        self.out.close.get_or_insert((1000, reason));
        self.wake.notify_one();
    }
}
