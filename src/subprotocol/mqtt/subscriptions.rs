//! The table of subscriptions, and which of them a message is for.
//!
//! ```text
//!            SUBSCRIBE          SUBACK                       UNSUBSCRIBE           UNSUBACK
//!  Due ────────────────► Asked ────────► Standing ─► LeaveDue ───────────► Leaving ───────► gone
//!   ▲                      │ failure: gone   │
//!   └──────────────────────┴─────────────────┘ the broker has no session any more
//! ```

use super::packet::{PacketId, SubscriptionOptions};
use super::topic;

/// So many subscriptions at a time, no more.
const MAX: usize = 10_000;
/// The highest subscription identifier (MQTT 5.0, section 3.8.2.1.2).
const MAX_NUMBER: u32 = 268_435_455;

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// SUBSCRIBE has to leave.
    Due,
    /// SUBSCRIBE has left.
    Asked,
    /// The broker has it.
    Standing,
    /// UNSUBSCRIBE has to leave.
    LeaveDue,
    /// UNSUBSCRIBE has left.
    Leaving,
}

/// A subscription of the application's.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    /// Its number, which is its subscription identifier.
    pub(super) number: u32,
    pub(super) filter: String,
    pub(super) options: SubscriptionOptions,
    /// User properties.
    pub(super) properties: Vec<u8>,
    pub(super) stage: Stage,
}

/// A SUBSCRIBE or UNSUBSCRIBE whose answer is due on this connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) id: PacketId,
    pub(super) number: u32,
    pub(super) leaves: bool,
}

/// All subscriptions, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Subscriptions {
    list: Vec<Subscription>,
    requests: Vec<Request>,
    last: u32,
}

impl Subscription {
    /// Whether messages of it are wanted.
    pub(super) fn is_wanted(&self) -> bool {
        !matches!(self.stage, Stage::LeaveDue | Stage::Leaving)
    }
}

impl Subscriptions {
    /// Takes a subscription in and returns its number; `None` if there are too many. A filter that is wanted already keeps
    /// its number.
    pub(super) fn add(
        &mut self,
        filter: &str,
        options: SubscriptionOptions,
        properties: &[u8],
    ) -> Option<u32> {
        let mut wanted = self.list.iter_mut().filter(|it| it.is_wanted());
        if let Some(it) = wanted.find(|it| it.filter == filter) {
            it.options = options;
            it.properties = properties.into();
            it.stage = Stage::Due;
            return Some(it.number);
        }
        if self.list.len() >= MAX || self.last >= MAX_NUMBER {
            return None;
        }
        self.last += 1;
        self.list.push(Subscription {
            number: self.last,
            filter: filter.into(),
            options,
            properties: properties.into(),
            stage: Stage::Due,
        });
        Some(self.last)
    }

    fn index(&self, number: u32) -> Option<usize> {
        self.list.binary_search_by_key(&number, |it| it.number).ok()
    }

    pub(super) fn get(&self, number: u32) -> Option<&Subscription> {
        self.list.get(self.index(number)?)
    }

    pub(super) fn set_stage(&mut self, number: u32, stage: Stage) {
        if let Some(index) = self.index(number)
            && let Some(it) = self.list.get_mut(index)
        {
            it.stage = stage;
        }
    }

    pub(super) fn remove(&mut self, number: u32) {
        if let Some(index) = self.index(number) {
            self.list.remove(index);
        }
    }

    /// The next one for which something has to leave, from this number on.
    pub(super) fn next_due(&self, from: u32) -> Option<&Subscription> {
        let start = self.list.partition_point(|it| it.number < from);
        let is_due = |it: &&Subscription| matches!(it.stage, Stage::Due | Stage::LeaveDue);
        self.list.get(start..)?.iter().find(is_due)
    }

    /// There is another connection. What was asked on the old one is to be asked again; what was to end has ended with the
    /// broker's session, if that is gone.
    ///
    /// Returns one that has ended, which is taken out; then it is to be called again.
    pub(super) fn turn_due(&mut self, session_present: bool, is_doubtful: bool) -> Option<u32> {
        let mut ended = None;
        for (at, it) in self.list.iter_mut().enumerate() {
            match it.stage {
                Stage::LeaveDue | Stage::Leaving if !session_present => {
                    ended.get_or_insert(at);
                }
                Stage::Leaving => it.stage = Stage::LeaveDue,
                Stage::Standing if session_present && !is_doubtful => {}
                Stage::Asked | Stage::Standing => it.stage = Stage::Due,
                Stage::Due | Stage::LeaveDue => {}
            }
        }
        Some(self.list.remove(ended?).number)
    }

    pub(super) fn note_request(&mut self, request: Request) {
        self.requests.push(request);
    }

    /// Takes the request out that an answer is to.
    pub(super) fn answered(&mut self, id: PacketId, leaves: bool) -> Option<Request> {
        let is_meant = |it: &Request| it.id == id && it.leaves == leaves;
        let index = self.requests.iter().position(is_meant)?;
        Some(self.requests.swap_remove(index))
    }

    /// Takes a request out whose connection is over.
    pub(super) fn pop_request(&mut self) -> Option<Request> {
        self.requests.pop()
    }

    /// Whether this number is one of a wanted subscription; with `topic`, whether that fits, too.
    pub(super) fn is_route(&self, number: u32, topic: Option<&str>) -> bool {
        let fits = |it: &Subscription| topic.is_none_or(|topic| topic::matches(&it.filter, topic));
        self.get(number)
            .is_some_and(|it| it.is_wanted() && fits(it))
    }

    /// Finds the subscriptions that a topic matches.
    pub(super) fn find_routes(&self, topic: &str, routes: &mut Vec<u32>) {
        let wanted = self.list.iter().filter(|it| it.is_wanted());
        let fitting = wanted.filter(|it| topic::matches(&it.filter, topic));
        routes.extend(fitting.map(|it| it.number));
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn last(&self) -> u32 {
        self.last
    }

    pub(super) fn set_last(&mut self, last: u32) {
        self.last = self.last.max(last.min(MAX_NUMBER));
    }
}
