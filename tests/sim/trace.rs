//! What happened in a run, kept only while a failing seed is replayed.

use tautline::session::Millis;

/// Lines kept: enough to see how it came to the violation.
const KEPT: usize = 120;

/// The last lines of a run, if they are wanted at all.
pub struct Trace {
    lines: Option<std::collections::VecDeque<String>>,
}

impl Trace {
    pub fn new(wanted: bool) -> Self {
        Trace {
            lines: wanted.then(Default::default),
        }
    }

    pub fn note(&mut self, now: Millis, line: impl FnOnce() -> String) {
        let Some(lines) = &mut self.lines else { return };
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(format!("{:>10} {}", now, line()));
    }

    pub fn print(&self) {
        for line in self.lines.iter().flatten() {
            println!("{line}");
        }
    }
}
