//! Topic names and topic filters (MQTT 5.0, sections 4.7 and 4.8.2; the same in MQTT 3.1.1).
//!
//! A broker of MQTT 3.1.1 does not say to which subscription a message belongs: [`matches()`] does. With MQTT 5.0, subscription
//! identifiers say so exactly.

use super::packet::PacketError;

/// Checks a topic name: at least one character, no `+` and no `#`.
///
/// # Errors
/// [`TopicMissing`](PacketError::TopicMissing) and [`TopicWildcard`](PacketError::TopicWildcard).
pub fn check_name(name: &str) -> Result<(), PacketError> {
    if name.is_empty() {
        return Err(PacketError::TopicMissing);
    }
    if has_wildcard(name.as_bytes()) {
        return Err(PacketError::TopicWildcard);
    }
    Ok(())
}

/// Checks a topic filter: at least one character, wildcards alone in their level, `#` only at the end, and with `$share/` a name
/// and a filter behind it.
///
/// # Errors
/// [`TopicFilter`](PacketError::TopicFilter).
pub fn check_filter(filter: &str) -> Result<(), PacketError> {
    let (group, filter) = split_bytes(filter.as_bytes());
    // `$share//a`, `$share/+/a`, `$share/name` and `$share/name/`.
    let group_is_valid = group.is_none_or(|name| !name.is_empty() && !has_wildcard(name));
    if group_is_valid && !filter.is_empty() && has_whole_wildcards(filter) {
        Ok(())
    } else {
        Err(PacketError::TopicFilter)
    }
}

/// The share name of a shared subscription, and the filter without `$share/` and that name.
///
/// ```
/// use tautline::subprotocol::mqtt::topic::split_shared;
///
/// assert_eq!(split_shared("$share/workers/jobs/#"), (Some("workers"), "jobs/#"));
/// assert_eq!(split_shared("jobs/#"), (None, "jobs/#"));
/// ```
pub fn split_shared(filter: &str) -> (Option<&str>, &str) {
    let (group, rest) = split_bytes(filter.as_bytes());
    // Both ends of the name are slashes, which are characters of their own.
    let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
    (group.map(text), text(rest))
}

fn split_bytes(filter: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match filter.strip_prefix(b"$share/") {
        None => (None, filter),
        Some(shared) => {
            let (name, rest) = split_level(shared);
            (Some(name), rest.unwrap_or_default())
        }
    }
}

/// The first level, and what stands behind its slash, if it has one.
#[inline(never)]
fn split_level(topic: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut at = 0;
    while let Some(byte) = topic.get(at) {
        if *byte == b'/' {
            return (topic.get(..at).unwrap_or_default(), topic.get(at + 1..));
        }
        at += 1;
    }
    (topic, None)
}

/// Whether a topic filter is a shared one.
pub(super) fn is_shared(filter: &str) -> bool {
    filter.as_bytes().starts_with(b"$share/")
}

/// Whether messages with this topic name belong to this topic filter. A shared filter matches like the one behind its share
/// name. Wildcards at the start do not match names that begin with `$`.
///
/// ```
/// use tautline::subprotocol::mqtt::topic::matches;
///
/// assert!(matches("rooms/+/temperature", "rooms/kitchen/temperature"));
/// assert!(matches("rooms/#", "rooms"));
/// assert!(matches("$share/workers/rooms/#", "rooms/kitchen"));
/// assert!(!matches("#", "$SYS/uptime"));
/// ```
pub fn matches(filter: &str, name: &str) -> bool {
    let (mut filter, mut name) = (split_bytes(filter.as_bytes()).1, name.as_bytes());
    if name.first() == Some(&b'$') && matches!(filter.first(), Some(b'+' | b'#')) {
        return false;
    }
    loop {
        let (wanted, deeper) = split_level(filter);
        let (level, below) = split_level(name);
        match wanted {
            b"#" => return true,
            b"+" => {}
            _ if wanted == level => {}
            _ => return false,
        }
        (filter, name) = match (deeper, below) {
            (Some(deeper), Some(below)) => (deeper, below),
            // The level above belongs to `#`.
            (deeper, None) => return deeper.is_none_or(|deeper| deeper == b"#"),
            _ => return false,
        };
    }
}

pub(super) fn has_wildcard(topic: &[u8]) -> bool {
    topic.iter().any(|byte| matches!(byte, b'+' | b'#'))
}

/// Whether `+` and `#` stand alone in their levels, and `#` in the last one only.
fn has_whole_wildcards(filter: &[u8]) -> bool {
    let mut rest = Some(filter);
    while let Some(filter) = rest {
        let (level, deeper) = split_level(filter);
        if has_wildcard(level) && (level.len() > 1 || level == b"#" && deeper.is_some()) {
            return false;
        }
        rest = deeper;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filter, name, whether they match. The examples of the specification first.
    const CASES: &[(&str, &str, bool)] = &[
        ("sport/tennis/player1/#", "sport/tennis/player1", true),
        (
            "sport/tennis/player1/#",
            "sport/tennis/player1/ranking",
            true,
        ),
        (
            "sport/tennis/player1/#",
            "sport/tennis/player1/score/wimbledon",
            true,
        ),
        ("sport/#", "sport", true),
        ("sport/#", "sports", false),
        ("#", "sport", true),
        ("#", "/", true),
        ("sport/tennis/+", "sport/tennis/player1", true),
        ("sport/tennis/+", "sport/tennis/player1/ranking", false),
        ("sport/+", "sport", false),
        ("sport/+", "sport/", true),
        ("+/+", "/finance", true),
        ("/+", "/finance", true),
        ("+", "/finance", false),
        ("+", "finance", true),
        ("#", "$SYS/monitor/Clients", false),
        ("+/monitor/Clients", "$SYS/monitor/Clients", false),
        ("$SYS/#", "$SYS/monitor/Clients", true),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", true),
        ("$SYS/+/Clients", "$SYS/monitor/Clients", true),
        ("a/#", "a/$SYS", true),
        ("a/+", "a/$SYS", true),
        ("ACCOUNTS", "Accounts", false),
        ("a", "a", true),
        ("a", "a/", false),
        ("a/", "a", false),
        ("a//b", "a//b", true),
        ("a/+/b", "a//b", true),
        ("a/b", "a/b/c", false),
        ("a/b/c", "a/b", false),
        ("a/+/c/#", "a/b/c", true),
        ("a/+/c/#", "a/b/d", false),
        ("+/+/+", "a/b", false),
        ("/", "/", true),
        ("+/#", "a", true),
        ("$share/g/a/+", "a/b", true),
        ("$share/g/a/+", "$share/g/a/b", false),
        ("$share/g/#", "$SYS/a", false),
        ("$share/g/$SYS/#", "$SYS/a", true),
        ("$share/g//finance", "/finance", true),
        ("$sharing/a", "$sharing/a", true),
        ("räume/+", "räume/küche", true),
        ("räume/+/x", "räume/küche/y", false),
    ];

    #[test]
    fn filters_match_what_the_specification_says() {
        for &(filter, name, expected) in CASES {
            assert_eq!(matches(filter, name), expected, "{filter} {name}");
            assert_eq!(check_filter(filter), Ok(()), "{filter}");
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn wildcards_stand_alone_and_hash_at_the_end() {
        for filter in [
            "sport/tennis#",
            "sport/tennis/#/ranking",
            "sport+",
            "+sport",
            "a/+b/c",
            "##",
            "#/",
            "a/++",
            "",
        ] {
            assert_eq!(
                check_filter(filter),
                Err(PacketError::TopicFilter),
                "{filter}"
            );
        }
        for filter in [
            "$share/",
            "$share//a",
            "$share/g",
            "$share/g/",
            "$share/+/a",
            "$share/g#/a",
            "$share/g/a#",
        ] {
            assert_eq!(
                check_filter(filter),
                Err(PacketError::TopicFilter),
                "{filter}"
            );
        }
        // Without the slash it is no shared subscription.
        assert_eq!(check_filter("$share"), Ok(()));
    }

    #[test]
    fn names_have_characters_and_no_wildcards() {
        assert_eq!(check_name(""), Err(PacketError::TopicMissing));
        for name in ["a/+", "a/#", "a+b", "#"] {
            assert_eq!(check_name(name), Err(PacketError::TopicWildcard), "{name}");
        }
    }

    #[test]
    fn matching_agrees_with_a_recursive_definition() {
        fn slow(filter: &[&str], name: &[&str]) -> bool {
            match (filter, name) {
                (["#"], _) => true,
                ([], []) => true,
                (["+", filter @ ..], [_, name @ ..]) => slow(filter, name),
                ([a, filter @ ..], [b, name @ ..]) => a == b && slow(filter, name),
                _ => false,
            }
        }
        // Every filter and every name of up to four levels out of few.
        let words = |words: &[&'static str]| {
            let mut all: Vec<Vec<&'static str>> = vec![vec![]];
            for from in 0.. {
                let Some(base) = all.get(from).cloned() else {
                    break;
                };
                if base.len() < 4 && base.last() != Some(&"#") {
                    all.extend(
                        words
                            .iter()
                            .map(|&word| [base.clone(), vec![word]].concat()),
                    );
                }
            }
            all.split_off(1)
        };
        let (filters, names) = (words(&["a", "", "+", "#"]), words(&["a", "b", ""]));
        for filter in filters.iter().filter(|filter| !filter.join("/").is_empty()) {
            for name in names.iter().filter(|name| !name.join("/").is_empty()) {
                let (filter_text, name_text) = (filter.join("/"), name.join("/"));
                let expected = slow(filter, name);
                assert_eq!(
                    matches(&filter_text, &name_text),
                    expected,
                    "{filter_text} {name_text}"
                );
            }
        }
    }
}
