//! What is dropped or closed leaves nothing behind, in Rust and in the browser.

use tautline::stomp::Publish;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{next, open, rabbit, unique};
use crate::support::browser::turn;
use crate::support::calm::awaits;
use crate::support::{Standing, calm};

/// One life: opened, used, ended in one of several ways.
async fn life(number: usize) {
    let name = format!("/topic/{}", unique("memory"));
    let client = rabbit().connect().unwrap();
    let handle = client.handle();
    let mut events = client.events();
    open(&client).await;
    awaits("a subscription");
    let stream = client.subscribe(&*name).await.unwrap();
    client.publish(Publish::new(&name, "hello")).await.unwrap();
    assert_eq!(next(&stream).await.text(), Some("hello"));
    let transaction = client.begin().unwrap();
    match number % 3 {
        0 => client.close().await,
        1 => drop((stream, transaction)),
        _ => drop(handle.try_publish(Publish::new(&name, "sent"))),
    }
    drop(client);
    assert!(handle.try_publish(Publish::new(&name, "late")).is_err());
    while events.next().await.is_some() {}
}

/// What ends before anything could happen.
fn brief() {
    let client = rabbit().connect().unwrap();
    client
        .try_publish(Publish::new("/topic/a", "queued"))
        .unwrap();
    let stream = client.listen("/topic/a").unwrap();
    drop(client.events());
    drop((client, stream));
}

#[wasm_bindgen_test]
async fn a_client_that_ends_frees_all_it_took() {
    calm(async {
        let mut before = None;
        for round in 0..6 {
            for number in 0..3 {
                life(number).await;
                brief();
            }
            for _ in 0..5 {
                turn().await;
            }
            // The first rounds make what stays.
            if round == 2 {
                before = Some(Standing::now());
            }
        }
        assert_eq!(Some(Standing::now()), before);
    })
    .await;
}
