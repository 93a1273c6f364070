//! What follows from a reason code of the broker: the table of the session, in the words of MQTT.
//!
//! | CONNACK, DISCONNECT | action |
//! |---|---|
//! | 0x86 bad user name or password, 0x87 not authorized, 0x8C bad authentication method | unauthorized: credentials once more, then stop |
//! | 0x88 unavailable, 0x89 busy, 0x8B shutting down, 0x96 rate, 0x97 quota, 0x98 administrative action, 0x9C use another server, 0x9F connection rate | spread: jitter with the first window doubled |
//! | 0x00, 0x80, 0x83, 0x8D keep alive, 0x93 receive maximum, 0xA0 connect time | jitter |
//! | 0x9C, 0x9D where redirects are followed | at once, to the other server |
//! | 0x8E session taken over, 0x8A banned, 0x9D moved, and what would only come again: 0x81, 0x82, 0x84, 0x85, 0x8F, 0x90, 0x94, 0x95, 0x99 to 0x9B, 0x9E, 0xA1, 0xA2 | final: no retry |

use super::packet::ReasonCode;
use crate::session::Action;

/// Follows so many servers in a row that only name another one, no more.
pub(super) const MAX_REDIRECTS: u32 = 5;

pub(super) fn is_redirect(reason: ReasonCode) -> bool {
    matches!(
        reason,
        ReasonCode::UseAnotherServer | ReasonCode::ServerMoved
    )
}

pub(super) fn action(reason: ReasonCode) -> Action {
    match reason as u8 {
        0x86 | 0x87 | 0x8C => Action::Unauthorized,
        0x88 | 0x89 | 0x8B | 0x96..=0x98 | 0x9C | 0x9F => Action::Spread,
        0x00..=0x80 | 0x83 | 0x8D | 0x93 | 0xA0 => Action::Jitter,
        _ => Action::Final,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_holds() {
        let of = |wanted| {
            let fits = |reason: &&ReasonCode| action(**reason) == wanted;
            let codes = ReasonCode::ALL.iter().filter(fits);
            codes.map(|&reason| reason as u8).collect::<Vec<_>>()
        };
        assert_eq!(of(Action::Unauthorized), [0x86, 0x87, 0x8C]);
        assert_eq!(
            of(Action::Spread),
            [0x88, 0x89, 0x8B, 0x96, 0x97, 0x98, 0x9C, 0x9F]
        );
        assert_eq!(
            of(Action::Final),
            [
                0x81, 0x82, 0x84, 0x85, 0x8A, 0x8E, 0x8F, 0x90, 0x91, 0x92, 0x94, 0x95, 0x99, 0x9A,
                0x9B, 0x9D, 0x9E, 0xA1, 0xA2
            ]
        );
        assert_eq!(of(Action::Delay), [0u8; 0]);
    }
}
