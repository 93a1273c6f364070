//! Connections that end.

use tautline::client::State;
use tautline::mqtt::{Event, News, Publish, QoS, Subscribe};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{close, embedded, mosquitto, ms, next, open, texts, unique};
use crate::support::calm::awaits;
use crate::support::{calm, server};

/// Waits until the broker's answer to the next connection is there: whether it has kept the session.
async fn connected(events: &mut tautline::mqtt::Events<News>) -> bool {
    awaits("a connection that the broker accepts");
    loop {
        match events.next().await.expect("a client") {
            Event::Protocol(News::Connected { session_present }) => return session_present,
            Event::Lagged { .. } => panic!("events were lost"),
            _ => {}
        }
    }
}

#[wasm_bindgen_test]
async fn what_was_missed_comes_over_the_next_connection() {
    calm(async {
        let label = unique("missed");
        let client = embedded(&label).connect().unwrap();
        let other = embedded("other").connect().unwrap();
        awaits("a subscription");
        let filter = Subscribe::to(&*label).qos(QoS::ExactlyOnce);
        let stream = client.subscribe(filter).await.unwrap();
        client.pause();
        for (number, qos) in [(1, QoS::AtLeastOnce), (2, QoS::ExactlyOnce)] {
            awaits("an acknowledgement");
            let message = Publish::new(label.clone(), number.to_string()).qos(qos);
            other.publish(message).await.unwrap();
        }
        let mut events = client.events();
        client.resume();
        assert!(connected(&mut events).await, "the session was lost");
        assert_eq!(texts(&stream, 2).await, ["1", "2"]);
        close(other).await;
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_killed_connection_loses_and_doubles_nothing() {
    calm(async {
        let label = unique("killed");
        let client = embedded(&label).connect().unwrap();
        let reader = embedded("reader").connect().unwrap();
        awaits("a subscription");
        let filter = Subscribe::to(format!("{label}/+")).qos(QoS::ExactlyOnce);
        let stream = reader.subscribe(filter).await.unwrap();
        open(&client).await;
        let mut events = client.events();
        let mut sent = Vec::new();
        for round in 0..3 {
            for number in 0..20 {
                let text = format!("{round}.{number}");
                let message = Publish::new(format!("{label}/x"), text.as_str());
                client.try_publish(message.qos(QoS::ExactlyOnce)).unwrap();
                sent.push(text);
            }
            server::control("kill", &label).await;
            assert!(connected(&mut events).await, "the session was lost");
        }
        awaits("acknowledgements");
        client.flushed().await.unwrap();
        assert_eq!(texts(&stream, sent.len()).await, sent);
        close(reader).await;
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_broker_that_has_lost_the_session_is_subscribed_to_again() {
    calm(async {
        let client = mosquitto().session_expiry(ms(0)).connect().unwrap();
        let topic = unique("again");
        awaits("a subscription");
        let stream = client.subscribe(&*topic).await.unwrap();
        let mut events = client.events();
        client.reconnect();
        client
            .try_publish(Publish::new(topic.clone(), "queued").qos(QoS::AtLeastOnce))
            .unwrap();
        assert!(!connected(&mut events).await, "the session was kept");
        // The queue leaves after the subscriptions.
        assert_eq!(next(&stream).await.text(), Some("queued"));
        close(client).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_will_is_published_for_who_does_not_say_goodbye() {
    calm(async {
        let label = unique("will");
        let watcher = embedded("watcher").connect().unwrap();
        awaits("a subscription");
        let stream = watcher.subscribe(&*label).await.unwrap();
        let will = || Publish::new(label.clone(), "gone");
        let polite = embedded(&label).will(will()).connect().unwrap();
        open(&polite).await;
        close(polite).await;
        let killed = embedded(&label).will(will()).connect().unwrap();
        open(&killed).await;
        killed
            .try_publish(Publish::new(label.clone(), "alive"))
            .unwrap();
        // The polite one's came to nothing.
        assert_eq!(next(&stream).await.text(), Some("alive"));
        server::control("kill", &label).await;
        assert_eq!(next(&stream).await.text(), Some("gone"));
        close(killed).await;
        close(watcher).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn two_clients_of_one_identifier_do_not_fight_for_ever() {
    calm(async {
        let id = unique("taken");
        let first = embedded("first").client_id(id.clone()).connect().unwrap();
        open(&first).await;
        let mut events = first.events();
        let second = embedded("second").client_id(id).connect().unwrap();
        open(&second).await;
        awaits("the end");
        first.closed().await;
        let mut reason = None;
        while let Some(event) = events.next().await {
            match event {
                Event::Protocol(News::Disconnected(refusal)) => reason = Some(refusal.reason),
                Event::State {
                    state: State::Closed { .. },
                    ..
                } => break,
                _ => {}
            }
        }
        assert_eq!(reason, Some(tautline::mqtt::ReasonCode::SessionTakenOver));
        close(second).await;
    })
    .await;
}
