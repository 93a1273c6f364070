//! Topic names and filters (MQTT 5.0, section 4.7).

/// A filter as a client subscribes to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The group of a shared subscription.
    pub share: Option<String>,
    pub pattern: String,
}

impl Filter {
    /// Reads a filter, `$share/group/pattern` among them; nothing if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (share, pattern) = match text.strip_prefix("$share/") {
            Some(rest) => {
                let (group, pattern) = rest.split_once('/')?;
                if group.is_empty() || group.contains(['+', '#']) {
                    return None;
                }
                (Some(group.to_owned()), pattern)
            }
            None => (None, text),
        };
        is_pattern(pattern).then(|| Self {
            share,
            pattern: pattern.to_owned(),
        })
    }

    pub fn matches(&self, topic: &str) -> bool {
        // A wildcard in the first level does not reach what begins with a dollar sign.
        if topic.starts_with('$') && self.pattern.starts_with(['+', '#']) {
            return false;
        }
        let mut levels = topic.split('/');
        for part in self.pattern.split('/') {
            if part == "#" {
                return true;
            }
            match levels.next() {
                Some(level) if part == "+" || part == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }
}

fn is_pattern(pattern: &str) -> bool {
    if pattern.is_empty() || pattern.contains('\0') {
        return false;
    }
    let mut parts = pattern.split('/').peekable();
    while let Some(part) = parts.next() {
        let whole = part.len() == 1;
        if part.contains('+') && !whole {
            return false;
        }
        if part.contains('#') && (!whole || parts.peek().is_some()) {
            return false;
        }
    }
    true
}

/// Whether messages can be published to it.
pub fn is_topic(topic: &str) -> bool {
    !topic.is_empty() && !topic.contains(['+', '#', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, topic: &str) -> bool {
        Filter::parse(pattern).is_some_and(|filter| filter.matches(topic))
    }

    #[test]
    fn filters_match_as_the_standard_says() {
        for (pattern, topic) in [
            ("a/b", "a/b"),
            ("a/+", "a/b"),
            ("a/+", "a/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("a/#", "a/b/c"),
            ("a/#", "a"),
            ("#", "a/b"),
            ("a/+/c", "a/b/c"),
            ("$SYS/#", "$SYS/x"),
            ("$share/g/a/#", "a/b"),
        ] {
            assert!(matches(pattern, topic), "{pattern} {topic}");
        }
        for (pattern, topic) in [
            ("a/b", "a"),
            ("a/+", "a"),
            ("a/+", "a/b/c"),
            ("+", "/finance"),
            ("#", "$SYS/x"),
            ("+/x", "$SYS/x"),
            ("a/b", "A/b"),
        ] {
            assert!(!matches(pattern, topic), "{pattern} {topic}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "",
            "a/#/b",
            "a#",
            "a/b+",
            "++",
            "$share/g",
            "$share//a",
            "$share/g+/a",
            "$share/g/",
        ] {
            assert_eq!(Filter::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_topic_has_no_wildcards() {
        assert!(is_topic("a/b") && is_topic("/") && is_topic("$x"));
        assert!(!is_topic("") && !is_topic("a/+") && !is_topic("#"));
    }
}
