//! What is dropped or closed leaves nothing behind, in Rust and in the browser.

use tautline::mqtt::{Publish, QoS, Subscribe};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{embedded, ms, next, open, unique};
use crate::support::browser::turn;
use crate::support::calm::awaits;
use crate::support::{Standing, calm};

/// One life: opened, used, ended in one of several ways.
async fn life(number: usize) {
    let topic = unique("memory");
    let client = embedded(&topic)
        .credentials_with(|_| async {
            Ok::<_, std::io::Error>(tautline::mqtt::Credentials::default())
        })
        .will(Publish::new(topic.clone(), "gone"))
        .session_expiry(ms(0))
        .connect()
        .unwrap();
    let handle = client.handle();
    let mut events = client.events();
    open(&client).await;
    awaits("a subscription");
    let filter = Subscribe::to(&*topic).qos(QoS::ExactlyOnce);
    let stream = client.subscribe(filter).await.unwrap();
    client
        .publish(Publish::new(topic.clone(), "hello").qos(QoS::ExactlyOnce))
        .await
        .unwrap();
    assert_eq!(next(&stream).await.text(), Some("hello"));
    let _ = client
        .request(Publish::new(topic.clone(), "").timeout(ms(1)))
        .await;
    match number % 3 {
        0 => client.close().await,
        1 => drop(stream),
        _ => drop((handle.try_publish(Publish::new(topic, "queued")), stream)),
    }
    drop(client);
    assert!(handle.try_publish(Publish::new("a", "late")).is_err());
    while events.next().await.is_some() {}
}

/// What ends before anything could happen.
fn brief() {
    let client = embedded("brief").connect().unwrap();
    client
        .try_publish(Publish::new("a", "queued").qos(QoS::AtLeastOnce))
        .unwrap();
    let stream = client.listen("a/#").unwrap();
    drop((
        client.events(),
        client.publisher::<String, _>("a", tautline::codec::Text),
    ));
    drop((client, stream));
}

#[wasm_bindgen_test]
async fn a_client_that_ends_frees_all_it_took() {
    calm(async {
        let mut before = None;
        for round in 0..9 {
            for number in 0..3 {
                life(number).await;
                brief();
            }
            for _ in 0..5 {
                turn().await;
            }
            // The first rounds make what stays, such as a buffer of the allocator or of the server's address.
            if round == 2 {
                before = Some(Standing::now());
            }
        }
        assert_eq!(Some(Standing::now()), before);
    })
    .await;
}
