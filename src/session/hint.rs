//! What a server says about coming back in the reason of a close: JSON `{"retry_after_ms": n}` or
//! `{"reconnect": false}`, or the plain text `retry-after=MS`.
//!
//! A reason has at most 123 bytes, so two members are searched for instead of carrying a JSON parser to every page.

use super::Millis;

/// No server-told delay is served for longer than a day.
const MAX_TOLD_MS: Millis = 24 * 60 * 60 * 1_000;

/// What the server said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// Come back after this many milliseconds.
    After(Millis),
    /// Do not come back.
    Never,
}

impl Hint {
    /// The delay that the server wants.
    pub(super) fn delay(self) -> Option<Millis> {
        match self {
            Hint::After(delay) => Some(delay),
            Hint::Never => None,
        }
    }

    /// Whether the server does not want anybody back.
    pub(super) fn forbids(self) -> bool {
        self == Hint::Never
    }
}

/// Reads a close reason; anything else than the forms above is no hint.
pub(super) fn read(reason: &str) -> Option<Hint> {
    // Bytes, because the search of `str` brings more code to every page than all of this module.
    let reason = reason.trim_ascii().as_bytes();
    if let [b'{', .., b'}'] = reason {
        if member(reason, b"\"reconnect\"").is_some_and(|value| value.starts_with(b"false")) {
            return Some(Hint::Never);
        }
        return millis(member(reason, b"\"retry_after_ms\"")?).map(Hint::After);
    }
    millis(reason.strip_prefix(b"retry-after=")?).map(Hint::After)
}

/// What follows `name` and its colon.
fn member<'a>(json: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at =
        (0..json.len()).find(|&at| json.get(at..).is_some_and(|rest| rest.starts_with(name)))?;
    let rest = json.get(at + name.len()..)?.trim_ascii_start();
    Some(rest.strip_prefix(b":")?.trim_ascii_start())
}

/// The whole number at the start of `text`; one with a sign, a fraction or an exponent is none of ours.
fn millis(text: &[u8]) -> Option<Millis> {
    let mut value: Millis = 0;
    let mut digits = 0;
    for &byte in text {
        match byte {
            b'0'..=b'9' => value = (value * 10 + Millis::from(byte - b'0')).min(MAX_TOLD_MS),
            b',' | b'}' | b' ' | b'\t' | b'\n' | b'\r' => break,
            _ => return None,
        }
        digits += 1;
    }
    (digits > 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_delay_are_read() {
        assert_eq!(
            read(r#"{"retry_after_ms": 1500}"#),
            Some(Hint::After(1_500))
        );
        assert_eq!(
            read(r#" {"why":"deploy","retry_after_ms":1500,"x":1} "#),
            Some(Hint::After(1_500))
        );
        assert_eq!(read("retry-after=250"), Some(Hint::After(250)));
        assert_eq!(read("retry-after=0"), Some(Hint::After(0)));
    }

    #[test]
    fn a_server_can_forbid_coming_back() {
        assert_eq!(read(r#"{"reconnect":false}"#), Some(Hint::Never));
        assert_eq!(
            read(r#"{"reconnect" : false, "retry_after_ms": 5}"#),
            Some(Hint::Never)
        );
        assert_eq!(read(r#"{"reconnect":true}"#), None);
    }

    #[test]
    fn anything_else_is_no_hint() {
        for reason in [
            "",
            "bye",
            "{}",
            r#"{"retry_after_ms":}"#,
            r#"{"retry_after_ms":-5}"#,
            r#"{"retry_after_ms":1.5}"#,
            r#"{"retry_after_ms":"5"}"#,
            "retry-after=",
            "retry-after=soon",
            r#"{"retry_after_ms":5"#,
            "retry_after_ms: 5",
        ] {
            assert_eq!(read(reason), None, "{reason}");
        }
    }

    #[test]
    fn an_absurd_delay_is_a_day_at_most() {
        assert_eq!(
            read("retry-after=99999999999999999999999"),
            Some(Hint::After(MAX_TOLD_MS))
        );
    }
}
