//! The `tautline-server` command: reads the arguments, prints the address, stops cleanly.

use std::io::Write;
use std::process::ExitCode;

use tautline_server::{Config, Server, USAGE};
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|a| a == "--help" || a == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match start(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("tautline-server: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn start(arguments: &[String]) -> Result<(), String> {
    let config = Config::from_arguments(arguments)?;
    let watch_stdin = config.watch_stdin;
    let server = Server::bind(config).await.map_err(|e| e.to_string())?;
    println!("listening on http://{}", server.address());
    std::io::stdout().flush().map_err(|e| e.to_string())?;

    let stdin = if watch_stdin {
        Some(stdin_closed())
    } else {
        None
    };
    let stopper = server.clone();
    tokio::spawn(async move {
        tokio::select! {
            () = signal() => {}
            () = until(stdin) => {}
        }
        stopper.stop().await;
    });
    server.run().await.map_err(|e| e.to_string())
}

/// Waits for the receiver, or for ever when there is none.
async fn until(receiver: Option<oneshot::Receiver<()>>) {
    match receiver {
        Some(receiver) => {
            let _ = receiver.await;
        }
        None => std::future::pending().await,
    }
}

/// Completes when stdin reaches its end.
///
/// A plain thread, because a runtime waits for its own blocking reads when it shuts down.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = sender.send(());
    });
    receiver
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
