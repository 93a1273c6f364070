//! Static files from the mounted directories, and nothing from outside them.

use std::path::{Path, PathBuf};

use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::percent_decode_str;

use crate::config::Mount;
use crate::limits;
use crate::server::App;

/// Answers GET and HEAD of anything that is neither `/api` nor `/ws`.
pub async fn serve(State(app): State<App>, uri: Uri) -> Response {
    if let Some((directory, file)) = resolve(&app.mounts, uri.path())
        && let Some(bytes) = read(directory, &file).await
    {
        let headers = [
            (header::CONTENT_TYPE, mime(&file)),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        return (headers, bytes).into_response();
    }
    // Without the slash, the links of a directory's page would lead beside it.
    let slashed = format!("{}/", uri.path());
    if let Some((directory, file)) = resolve(&app.mounts, &slashed)
        && !slashed.starts_with("//")
        && read(directory, &file).await.is_some()
    {
        return Redirect::temporary(&slashed).into_response();
    }
    (StatusCode::NOT_FOUND, "no such file").into_response()
}

/// The mount with the longest matching prefix, and the file's path below it.
fn resolve<'a>(mounts: &'a [Mount], path: &str) -> Option<(&'a Path, PathBuf)> {
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let rest_below = |mount: &Mount| {
        let rest = path.strip_prefix(mount.prefix.as_str())?;
        rest.starts_with('/').then(|| rest.to_owned())
    };
    let matching = mounts
        .iter()
        .filter_map(|mount| Some((mount, rest_below(mount)?)));
    let (mount, rest) = matching.max_by_key(|(mount, _)| mount.prefix.len())?;
    let mut file = PathBuf::new();
    for part in rest.split('/').filter(|part| !part.is_empty()) {
        // Colons and backslashes are path syntax on Windows.
        if part == "." || part == ".." || part.contains(['\\', ':', '\0']) {
            return None;
        }
        file.push(part);
    }
    if rest.ends_with('/') {
        file.push("index.html");
    }
    Some((&mount.directory, file))
}

async fn read(directory: &Path, file: &Path) -> Option<Vec<u8>> {
    let root = tokio::fs::canonicalize(directory).await.ok()?;
    let whole = tokio::fs::canonicalize(root.join(file)).await.ok()?;
    // A symbolic link may point anywhere.
    if !whole.starts_with(&root) {
        return None;
    }
    let about = tokio::fs::metadata(&whole).await.ok()?;
    if !about.is_file() || about.len() > limits::FILE_BYTES {
        return None;
    }
    tokio::fs::read(&whole).await.ok()
}

fn mime(file: &Path) -> &'static str {
    match file
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
    {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webmanifest" => "application/manifest+json",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<String> {
        let mount = |prefix: &str, directory: &str| Mount {
            prefix: prefix.to_owned(),
            directory: directory.into(),
        };
        let mounts = [mount("", "www"), mount("/pkg", "built")];
        resolve(&mounts, path)
            .map(|(directory, file)| format!("{}:{}", directory.display(), file.display()))
    }

    #[test]
    fn the_longest_prefix_wins_and_directories_have_an_index() {
        for (path, expected) in [
            ("/", "www:index.html"),
            ("/a/b.js", "www:a/b.js"),
            ("/pkg/x.wasm", "built:x.wasm"),
            ("/pkgs/x", "www:pkgs/x"),
            ("/a%20b", "www:a b"),
        ] {
            assert_eq!(found(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn nothing_leads_outside() {
        for path in [
            "/..",
            "/a/../../b",
            "/%2e%2e/b",
            "/a%2f..%2f..%2fb",
            "/C:/x",
            "/a\\b",
            "/%00",
            "/%ff",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
    }
}
