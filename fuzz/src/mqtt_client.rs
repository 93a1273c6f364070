//! What must hold of the client of MQTT whatever its broker says: it does not panic, says at most once that the protocol was
//! broken, and then gives the connection up with 4002.

use tautline::session::{Address, Awaits, Config, Heard, Message, News, Output as Order, Question};
use tautline::subprotocol::mqtt::packet::{Properties, QoS, SubscriptionOptions, Version};
use tautline::subprotocol::mqtt::{Credentials, Event, Mqtt, Options, Outgoing};
use tautline::subprotocol::{FrameRef, OutFrame, Output, Subprotocol};

/// A client with messages under way and a subscription. The first octet says which version it speaks, whether the broker has
/// accepted it, and whether the application acknowledges; the second one, how long the frames are.
pub fn mqtt_client(bytes: &[u8]) {
    let [choices, size, stream @ ..] = bytes else {
        return;
    };
    let is_5 = choices & 1 == 0;
    let options = Options {
        version: if is_5 { Version::V5 } else { Version::V311 },
        receive_maximum: 3,
        manual_acknowledgements: choices & 2 != 0,
        maximum_packet_size: 1_000,
        authentication_method: (choices & 4 != 0 && is_5).then(|| "m".to_owned()),
        ..Options::default()
    };
    let mut face = Face {
        client: Mqtt::new(options, Config::default(), 1),
        gone: false,
        violated: 0,
    };
    face.client.session_mut().open(0);
    face.drain();
    if choices & 8 == 0 {
        let connack: &[u8] = if is_5 {
            &[0x20, 3, 0, 0, 0]
        } else {
            &[0x20, 2, 0, 0]
        };
        face.hears(connack);
        let options = SubscriptionOptions::default();
        face.client
            .subscribe(0, "a/+", options, Properties::NONE)
            .expect("a filter");
        for ticket in 0..4 {
            let awaits = Awaits::Acknowledgement;
            let message = Message {
                awaits,
                repeats: true,
                ..Message::plain(ticket, 20)
            };
            face.client.session_mut().enqueue(0, message);
        }
        face.drain();
    }
    for frame in stream.chunks(usize::from(*size).max(1)) {
        face.hears(frame);
        face.drain();
    }
    assert!(
        face.violated == 0 || face.gone,
        "the connection is given up"
    );
}

struct Face {
    client: Mqtt,
    gone: bool,
    violated: u32,
}

impl Face {
    fn hears(&mut self, frame: &[u8]) {
        let generation = self.client.session().generation();
        if self.gone {
            return;
        }
        if self
            .client
            .session_mut()
            .heard(generation, frame.len() as u64)
            == Heard::Deliver
        {
            self.client
                .handle_frame(0, generation, FrameRef::Bytes(frame));
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Frame(OutFrame::Bytes(bytes)) => assert!(!bytes.is_empty()),
                Output::Frame(OutFrame::Text(_)) => panic!("MQTT is binary"),
                Output::Session(order) => self.obeys(order),
                Output::Event(Event::Violated { reason, .. }) => {
                    assert!(reason.is_failure());
                    self.violated += 1;
                    assert_eq!(self.violated, 1, "it is said once");
                }
                Output::Event(Event::Message(message)) => {
                    // Spans hold, and the acknowledgement is taken once.
                    let bytes = self.client.bytes(message.payload).len();
                    assert_eq!(bytes, message.payload.length as usize);
                    assert!(!self.client.topic(&message).is_empty());
                    if let Some(id) = message.packet_id {
                        self.client.acknowledge(id);
                    }
                }
                Output::Event(_) => {}
            }
        }
    }

    fn obeys(&mut self, order: Order) {
        let generation = self.client.session().generation();
        match order {
            // The first connection only: what follows a break is another input's.
            _ if self.gone => {}
            Order::Ask(Question::Url { .. }, _) => {
                let news = News::UrlReady(Address::default());
                self.client.session_mut().handle_news(0, generation, news);
            }
            Order::Dial(_) => {
                let news = News::Opened {
                    protocol_selected: true,
                };
                self.client.session_mut().handle_news(0, generation, news);
            }
            Order::Ask(Question::Credentials, _) => {
                let taken = self
                    .client
                    .authenticate(0, generation, Credentials::default());
                taken.expect("CONNECT can be written");
            }
            Order::Transmit(ticket) => {
                let qos = [QoS::AtLeastOnce, QoS::ExactlyOnce][ticket as usize % 2];
                let message = Outgoing {
                    topic: "t",
                    payload: b"x",
                    qos,
                    ..Outgoing::default()
                };
                self.client.transmit(0, ticket, &message);
            }
            Order::Abandon { .. } | Order::Close { .. } => self.gone = true,
            _ => {}
        }
    }
}
