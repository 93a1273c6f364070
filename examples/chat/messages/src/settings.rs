//! What the page's address says: `?server=…&name=Ann&heartbeat=5000`.

use std::time::Duration;

/// How the chat is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The address of the room.
    pub server: String,
    /// Who we are.
    pub name: String,
    /// After so much silence the link is asked whether it is alive.
    pub heartbeat: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            server: "/ws/chat/lobby".into(),
            name: "Guest".into(),
            heartbeat: Duration::from_secs(25),
        }
    }
}

impl Settings {
    /// Reads the query of an address, with or without its `?`; what is missing or senseless stays as by default.
    pub fn from_query(query: &str) -> Self {
        let mut settings = Self::default();
        let query = query.strip_prefix('?').unwrap_or(query);
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match key.as_ref() {
                "server" if !value.is_empty() => settings.server = value.into_owned(),
                "name" if !value.trim().is_empty() => settings.name = value.trim().to_owned(),
                "heartbeat" => {
                    if let Some(ms) = value.parse().ok().filter(|&ms| ms > 0) {
                        settings.heartbeat = Duration::from_millis(ms);
                    }
                }
                _ => {}
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_query_everything_is_by_default() {
        assert_eq!(Settings::from_query(""), Settings::default());
        assert_eq!(Settings::from_query("?"), Settings::default());
        assert_eq!(
            Settings::from_query("?name=+&server=&heartbeat=soon&heartbeat=0&x=y"),
            Settings::default()
        );
    }

    #[test]
    fn a_query_sets_all_three() {
        let settings = Settings::from_query(
            "?server=ws%3A%2F%2F127.0.0.1%3A8080%2Fws%2Fchat%2Fa%3Fclient%3Db&name=Ann+B&heartbeat=300",
        );
        assert_eq!(settings.server, "ws://127.0.0.1:8080/ws/chat/a?client=b");
        assert_eq!(settings.name, "Ann B");
        assert_eq!(settings.heartbeat, Duration::from_millis(300));
    }
}
