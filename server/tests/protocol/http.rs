//! Static files and cross-origin requests.

use std::path::PathBuf;

use tautline_server::{Config, Mount};

use crate::client::{Host, Refusal};

/// A fresh directory below cargo's own scratch place.
fn scratch(name: &str) -> PathBuf {
    let directory =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

fn write(directory: &std::path::Path, files: &[&str]) {
    for file in files {
        let path = directory.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("<{file}>")).unwrap();
    }
}

async fn site(name: &str) -> (Host, PathBuf) {
    let directory = scratch(name);
    write(
        &directory,
        &[
            "secret.txt",
            "www/index.html",
            "www/a/index.html",
            "www/a/b c.svg",
        ],
    );
    write(
        &directory,
        &[
            "pkg/index.js",
            "pkg/x.wasm",
            "pkg/x.js.map",
            "pkg/s.css",
            "pkg/d.json",
        ],
    );
    let mount = |prefix: &str, part: &str| Mount {
        prefix: prefix.to_owned(),
        directory: directory.join(part),
    };
    let mounts = vec![mount("", "www"), mount("/pkg", "pkg")];
    (
        Host::with(Config {
            mounts,
            ..Config::default()
        })
        .await,
        directory,
    )
}

#[tokio::test]
async fn files_come_with_their_type() {
    let (host, directory) = site("types").await;
    for (path, file, mime) in [
        ("/", "www/index.html", "text/html; charset=utf-8"),
        (
            "/index.html?v=1",
            "www/index.html",
            "text/html; charset=utf-8",
        ),
        ("/a/", "www/a/index.html", "text/html; charset=utf-8"),
        ("/a/b%20c.svg", "www/a/b c.svg", "image/svg+xml"),
        (
            "/pkg/index.js",
            "pkg/index.js",
            "text/javascript; charset=utf-8",
        ),
        ("/pkg/x.wasm", "pkg/x.wasm", "application/wasm"),
        ("/pkg/x.js.map", "pkg/x.js.map", "application/json"),
        ("/pkg/s.css", "pkg/s.css", "text/css; charset=utf-8"),
        ("/pkg/d.json", "pkg/d.json", "application/json"),
    ] {
        let (status, head, body) = host.http("GET", path, "").await;
        assert_eq!((status, body), (200, format!("<{file}>")), "{path}");
        assert!(
            head.contains(&format!("content-type: {mime}")),
            "{path}: {head}"
        );
        assert!(head.contains("cache-control: no-cache"), "{path}: {head}");
    }
    let (status, head, body) = host.http("HEAD", "/", "").await;
    assert_eq!((status, body.as_str()), (200, ""));
    assert!(head.contains("content-length: 16"), "{head}");
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn a_directory_is_found_without_its_slash() {
    let (host, directory) = site("slash").await;
    let (status, head, _) = host.http("GET", "/a", "").await;
    assert_eq!(status, 307);
    assert!(head.contains("location: /a/\r\n"), "{head}");
    // A browser would take this as the address of another host.
    assert_eq!(host.http("GET", "//a", "").await.0, 404);
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn nothing_outside_is_served() {
    let (host, directory) = site("outside").await;
    for path in [
        "/none",
        "/pkg",
        "/pkg/",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/pkg/%2e%2e/secret.txt",
        "/a%2f..%2f..%2fsecret.txt",
    ] {
        assert_eq!(host.http("GET", path, "").await.0, 404, "{path}");
    }
    assert_eq!(host.http("POST", "/", "").await.0, 405);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(directory.join("secret.txt"), directory.join("www/link.txt"))
            .unwrap();
        assert_eq!(
            host.http("GET", "/link.txt", "").await.0,
            404,
            "a link that leads outside"
        );
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn other_origins_may_use_the_api() {
    let host = Host::start().await;
    for (method, path, status) in [
        ("OPTIONS", "/api/control", 204),
        ("OPTIONS", "/api/sink/x", 204),
        ("GET", "/api/health", 200),
        ("GET", "/api/connections", 200),
        ("POST", "/api/control", 400),
    ] {
        let (got, head, _) = host.http(method, path, "").await;
        assert_eq!(got, status, "{method} {path}");
        assert!(
            head.contains("access-control-allow-origin: *"),
            "{method} {path}: {head}"
        );
    }
    let (_, head, _) = host.http("OPTIONS", "/api/control", "").await;
    assert!(
        head.contains("allow-methods: get, post, delete")
            && head.contains("allow-headers: content-type"),
        "{head}"
    );
}

#[tokio::test]
async fn a_plain_request_to_a_socket_is_told_so() {
    let host = Host::start().await;
    let (status, _, _) = host.http("GET", "/ws/echo", "").await;
    assert_eq!(status, 400);
    assert_eq!(host.refused("/ws/nowhere").await, Refusal::Status(404));
}

#[tokio::test]
async fn sockets_beyond_the_limit_are_reset() {
    let host = Host::with(Config {
        max_sockets: 2,
        ..Config::default()
    })
    .await;
    let mut first = host.open("/ws/echo").await;
    let second = host.open("/ws/echo?client=second").await;
    assert_eq!(host.refused("/ws/echo").await, Refusal::Reset);
    first.answers().await;
    drop(second);
    // The place is free once the server has seen the second one leave.
    crate::client::bounded("a free place", async {
        loop {
            let mut tcp = host.tcp().await;
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut answer = [0; 12];
            let asked = tcp
                .write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n")
                .await;
            if asked.is_ok() && tcp.read_exact(&mut answer).await.is_ok() {
                assert_eq!(&answer, b"HTTP/1.1 200");
                return;
            }
        }
    })
    .await;
}
