//! `--records FILE`: what outlives the process.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tautline_server::{Config, Server};
use tokio::process::Command;

use crate::client::{Client, Host, bounded};
use crate::stop::{command, open};

/// A folder of its own for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("records.json")
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn config(file: &Path) -> Config {
    Config {
        records: Some(file.to_owned()),
        ..Config::default()
    }
}

async fn say(host: &Host, mid: &str) -> Client {
    let mut ann = host.open("/ws/chat/r").await;
    ann.say(json!({ "type": "join", "name": "Ann" })).await;
    ann.json_of("welcome").await;
    ann.say(json!({ "type": "say", "text": "hi", "mid": mid }))
        .await;
    ann
}

#[tokio::test]
async fn sinks_sessions_and_requests_outlive_a_restart() {
    let folder = Folder::new("kept");
    let host = Host::with(config(&folder.file())).await;
    let mut sink = host.open("/ws/sink?client=a").await;
    for (seq, mid) in [(1, "s:1"), (2, "s:2"), (2, "s:2")] {
        sink.say(json!({ "seq": seq, "mid": mid })).await;
    }
    sink.answers().await;
    let mut rpc = host.open("/ws/rpc?client=a").await;
    rpc.say(json!({ "type": "request", "id": [1.5], "method": "wrong-id" }))
        .await;
    rpc.json_of("reply").await;
    rpc.say(json!({ "type": "cancel", "id": [1.5] })).await;
    rpc.answers().await;
    assert_eq!(say(&host, "s:7").await.json().await["type"], "say");
    let kept = async |host: &Host| [host.get("/api/sink/a").await, host.get("/api/rpc/a").await];
    let before = kept(&host).await;
    bounded("stop", host.server.stop()).await;
    assert_eq!(folder.names(), ["records.json"], "no draft is left");

    let host = Host::with(config(&folder.file())).await;
    assert_eq!(kept(&host).await, before);
    assert_eq!(before[0]["unique"], json!([1, 2]));
    let mut sink = host.open("/ws/sink?client=a").await;
    sink.say(json!({ "seq": 2, "mid": "s:2" })).await;
    sink.say(json!({ "seq": 3, "mid": "s:3" })).await;
    sink.answers().await;
    let expected = json!({
        "received": 5, "seqs": [1, 2, 2, 2, 3], "unique": [1, 2, 3], "doubles": 2, "connections": 2,
    });
    assert_eq!(host.get("/api/sink/a").await, expected);
    let mut rpc = host.open("/ws/rpc?client=a").await;
    rpc.say(json!({ "type": "request", "id": [1.5], "method": "count" }))
        .await;
    assert_eq!(rpc.json().await["result"], 2);
    say(&host, "s:7").await.is_silent().await;
    assert_eq!(say(&host, "s:8").await.json().await["id"], 1, "a new room");
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_explained_and_left_alone() {
    let folder = Folder::new("broken");
    for (text, part) in [
        ("", "is broken"),
        ("{\"version\":1", "is broken"),
        (
            r#"{"version":1,"sessions":[{"room":"r","mid":"s"}],"sinks":{},"rpc":{}}"#,
            "is broken",
        ),
        (
            r#"{"version":2,"sessions":[],"sinks":{},"rpc":{}}"#,
            "version is 2",
        ),
    ] {
        fs::write(folder.file(), text).unwrap();
        let error = Server::bind(config(&folder.file())).await.err().unwrap();
        let said = error.to_string();
        assert!(
            said.contains(part) && said.contains("records.json") && said.contains("--records"),
            "{said}"
        );
        assert_eq!(fs::read_to_string(folder.file()).unwrap(), text);
    }
    let nowhere = folder.0.join("missing").join("records.json");
    let error = Server::bind(config(&nowhere)).await.err().unwrap();
    assert!(error.to_string().contains("cannot be created"), "{error}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_told_by_run() {
    let folder = Folder::new("unwritable");
    let server = Server::bind(config(&folder.file())).await.unwrap();
    // A folder cannot be replaced by a file.
    fs::create_dir(folder.file()).unwrap();
    let running = server.clone();
    let (ended, ()) = bounded("the end", async {
        tokio::join!(running.run(), server.stop())
    })
    .await;
    let error = ended.err().unwrap();
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert_eq!(folder.names(), ["records.json"], "no draft is left");
}

#[tokio::test]
async fn the_command_explains_a_broken_file() {
    let folder = Folder::new("broken-command");
    fs::write(folder.file(), "{").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tautline-server"))
        .arg("--records")
        .arg(folder.file())
        .output();
    let output = bounded("exit", output).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("is broken"),
        "{said}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_writes_at_every_clean_stop_and_only_then() {
    let folder = Folder::new("command");
    let path = folder.file();
    let file = path.to_str().unwrap();
    for (n, how) in ["-KILL", "-TERM", "-INT", "stdin"].iter().enumerate() {
        let (mut child, address) = command(&["--watch-stdin", "--records", file]).await;
        let mut client = open(&address, "/ws/sink?client=a").await;
        client.say(json!({ "seq": n })).await;
        client.answers().await;
        if *how == "stdin" {
            drop(child.stdin.take());
        } else {
            let id = child.id().unwrap().to_string();
            let kill = Command::new("kill").args([how, id.as_str()]).status();
            assert!(kill.await.unwrap().success());
        }
        let status = bounded("exit", child.wait()).await.unwrap();
        assert_eq!(status.success(), *how != "-KILL", "{how}");
        assert_eq!(path.exists(), *how != "-KILL", "{how}");
    }
    let records: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(records["sinks"]["a"]["seqs"], json!([1, 2, 3]));
}
