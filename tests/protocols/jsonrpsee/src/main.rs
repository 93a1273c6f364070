//! A JSON-RPC server of jsonrpsee: `jsonrpsee-peer PORT` (0 for any). It prints where it listens, and ends with its
//! standard input.

use std::error::Error;
use std::net::SocketAddr;

use jsonrpsee::core::{RpcResult, SubscriptionResult};
use jsonrpsee::server::{PendingSubscriptionSink, RpcModule, Server, SubscriptionMessage};
use jsonrpsee::types::{ErrorObjectOwned, Params};
use tokio::io::{AsyncReadExt, stdin};
use tokio::sync::broadcast::{self, error::RecvError};

/// What a client may have missed and ask for again.
const KEPT: usize = 1_024;

struct Ticks(broadcast::Sender<u64>);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).unwrap_or_default().parse()?;
    let server = Server::builder()
        .build(SocketAddr::from(([127, 0, 0, 1], port)))
        .await?;
    let address = server.local_addr()?;
    let handle = server.start(methods()?);
    println!("listening on ws://{address}");
    let mut ignored = Vec::new();
    stdin().read_to_end(&mut ignored).await?;
    handle.stop()?;
    Ok(())
}

fn methods() -> Result<RpcModule<Ticks>, Box<dyn Error>> {
    let mut module = RpcModule::new(Ticks(broadcast::channel(KEPT).0));
    module.register_method("add", |params, _, _| -> RpcResult<i64> {
        let (a, b): (i64, i64) = params.parse()?;
        Ok(a + b)
    })?;
    module.register_method("refuse", |_, _, _| -> RpcResult<()> {
        Err(ErrorObjectOwned::owned(1001, "too much", Some([5, 6])))
    })?;
    module.register_async_method("never", |_, _, _| async {
        std::future::pending::<RpcResult<()>>().await
    })?;
    // As a crash would: without a goodbye to anybody.
    module.register_method("exit", |_, _, _| -> RpcResult<()> { std::process::exit(1) })?;
    module.register_method("publish", |params, ticks, _| -> RpcResult<usize> {
        let tick: u64 = params.one()?;
        // Without a subscriber there is nobody to tell.
        Ok(ticks.0.send(tick).unwrap_or_default())
    })?;
    module.register_subscription("subscribe_ticks", "tick", "unsubscribe_ticks", subscribe)?;
    Ok(module)
}

async fn subscribe(
    params: Params<'static>,
    pending: PendingSubscriptionSink,
    ticks: std::sync::Arc<Ticks>,
    _: jsonrpsee::Extensions,
) -> SubscriptionResult {
    let since: u64 = params.one().unwrap_or_default();
    let mut news = ticks.0.subscribe();
    let sink = pending.accept().await?;
    loop {
        let tick = tokio::select! {
            () = sink.closed() => return Ok(()),
            tick = news.recv() => tick,
        };
        match tick {
            Ok(tick) if tick > since => {
                let message = SubscriptionMessage::from(jsonrpsee::core::to_json_raw_value(&tick)?);
                sink.send(message).await?;
            }
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
