//! The test server of this repository.

use super::browser;

/// Its address, as it prints it. Compiled in, because a page has no environment.
const ADDRESS: Option<&str> = option_env!("TAUTLINE_TEST_SERVER");

fn address() -> &'static str {
    let Some(address) = ADDRESS else {
        panic!(
            "this test talks to tautline-server: start it and set TAUTLINE_TEST_SERVER to the address it prints, \
             or run `node scripts/test.mjs \"wasm in chromium\"`"
        );
    };
    address
}

/// The address of the echo endpoint for a client of this label.
pub fn echo(label: &str) -> String {
    at("/ws/echo", label, "")
}

/// The address of an endpoint for a client of this label.
pub fn at(path: &str, label: &str, query: &str) -> String {
    let host = address().trim_start_matches("http");
    format!("ws{host}{path}?client={}&{query}", label_of(label))
}

/// What the server has on record of a label, below `path`.
pub async fn get(path: &str, label: &str) -> String {
    ask(&format!("{path}{}", label_of(label)), None).await
}

/// Controls the connections of a label, with more fields.
pub async fn control_with(action: &str, label: &str, fields: &str) {
    let label = label_of(label);
    let body = format!(r#"{{"action":"{action}","client":"{label}",{fields}}}"#);
    ask("/api/control", Some(&body)).await;
}

/// Makes the server do something to the connections of a label.
pub async fn control(action: &str, label: &str) {
    let body = format!(r#"{{"action":"{action}","client":"{}"}}"#, label_of(label));
    ask("/api/control", Some(&body)).await;
}

/// Waits until the counts of a label are as the query says, and returns what the server knows of it.
pub async fn wait(label: &str, counts: &str) -> String {
    let path = format!("/api/wait?client={}&{counts}", label_of(label));
    ask(&path, None).await
}

async fn ask(path: &str, body: Option<&str>) -> String {
    let url = format!("{}{path}", address());
    let answer = browser::ask(&url, body)
        .await
        .expect("an answer of the test server");
    answer.as_string().expect("text")
}

/// Page and worker use one server, perhaps one after the other.
fn label_of(label: &str) -> String {
    let scope = if browser::has_window() {
        "page"
    } else {
        "worker"
    };
    format!("{label}-{scope}")
}
