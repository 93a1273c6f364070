//! Named sets of rules, before the table.

use super::names::named;
use super::retry::{Action, Rule, rule};

named! {
    /// A named set of rules for a well-known server.
    pub enum Preset {
        /// No preset.
        None = "none",
        /// Servers of the `graphql-transport-ws` protocol.
        GraphqlWs = "graphql-ws",
        /// Pusher Channels and servers that speak its protocol.
        Pusher = "pusher",
        /// Centrifugo and the centrifuge library.
        Centrifuge = "centrifuge",
        /// y-websocket, whose client comes back whatever the server says.
        YWebsocket = "y-websocket",
    }
}

impl Preset {
    pub(super) fn rules(self) -> &'static [Rule] {
        match self {
            Preset::None => &[],
            Preset::GraphqlWs => GRAPHQL_WS,
            Preset::Pusher => PUSHER,
            Preset::Centrifuge => CENTRIFUGE,
            Preset::YWebsocket => Y_WEBSOCKET,
        }
    }
}

/// graphql-ws 6, `client.ts`: every internal code but those named there is fatal, and these of its own.
/// 4401 stays with the table, which asks for a fresh token once before it stops.
const GRAPHQL_WS: &[Rule] = &[
    rule(1008, 1008, Action::Final),
    rule(1011, 1011, Action::Final),
    rule(1015, 1015, Action::Final),
    rule(4004, 4005, Action::Final),
    rule(4403, 4403, Action::Jitter),
    rule(4408, 4408, Action::Jitter),
    rule(4429, 4429, Action::Final),
    rule(4499, 4499, Action::Jitter),
    rule(4500, 4500, Action::Final),
    rule(4504, 4504, Action::Jitter),
];

/// Pusher's protocol: 4000–4099 not unchanged, 4100–4199 after at least a second, 4200–4299 at once.
const PUSHER: &[Rule] = &[
    rule(4000, 4099, Action::Final),
    Rule {
        from: 4100,
        to: 4199,
        action: Action::Delay,
        delay_ms: 1_000,
    },
    Rule {
        from: 4200,
        to: 4299,
        action: Action::Delay,
        delay_ms: 0,
    },
    rule(4300, 4999, Action::Final),
];

/// centrifuge-js: 3500–3999 and 4500–4999 are terminal, every other code is a reason to come back.
const CENTRIFUGE: &[Rule] = &[
    rule(3001, 3001, Action::Spread),
    rule(3000, 3499, Action::Jitter),
    rule(3500, 3999, Action::Final),
    rule(4000, 4499, Action::Jitter),
    rule(4500, 4999, Action::Final),
    rule(1000, 1011, Action::Jitter),
];

/// y-websocket never stops by itself; refused credentials stay with the table.
const Y_WEBSOCKET: &[Rule] = &[
    rule(1002, 1003, Action::Jitter),
    rule(1007, 1007, Action::Jitter),
    rule(1009, 1010, Action::Jitter),
    rule(4400, 4400, Action::Jitter),
    rule(4402, 4402, Action::Jitter),
    rule(4404, 4407, Action::Jitter),
    rule(4409, 4424, Action::Jitter),
    rule(4426, 4428, Action::Jitter),
    rule(4430, 4499, Action::Jitter),
];

#[cfg(test)]
mod tests {
    use super::super::retry::built_in_rule;
    use super::*;
    use Action::*;

    fn actions(preset: Preset, codes: &[u16]) -> Vec<Action> {
        codes
            .iter()
            .map(|&code| built_in_rule(preset, false, code).action)
            .collect()
    }

    #[test]
    fn graphql_ws_stops_where_its_own_client_does() {
        assert_eq!(
            actions(
                Preset::GraphqlWs,
                &[
                    1000, 1001, 1005, 1006, 1012, 1013, 1014, 4408, 4499, 4504, 4403
                ]
            ),
            [
                Jitter, Spread, Jitter, Jitter, Spread, Spread, Jitter, Jitter, Jitter, Jitter,
                Jitter
            ]
        );
        for code in [
            1002, 1008, 1011, 1015, 4004, 4005, 4400, 4406, 4409, 4429, 4500,
        ] {
            assert_eq!(
                built_in_rule(Preset::GraphqlWs, false, code).action,
                Final,
                "{code}"
            );
        }
        assert_eq!(
            built_in_rule(Preset::GraphqlWs, false, 4401).action,
            Unauthorized
        );
    }

    #[test]
    fn pusher_bands_are_kept() {
        assert_eq!(
            actions(Preset::Pusher, &[4000, 4099, 4100, 4199, 4200, 4299]),
            [Final, Final, Delay, Delay, Delay, Delay]
        );
        assert_eq!(built_in_rule(Preset::Pusher, false, 4150).delay_ms, 1_000);
        assert_eq!(built_in_rule(Preset::Pusher, false, 4250).delay_ms, 0);
        assert_eq!(actions(Preset::Pusher, &[1006, 4300]), [Jitter, Final]);
    }

    #[test]
    fn centrifuge_bands_are_kept() {
        assert_eq!(
            actions(
                Preset::Centrifuge,
                &[
                    3000, 3001, 3005, 3500, 3999, 4000, 4401, 4499, 4500, 4999, 1006, 1009
                ]
            ),
            [
                Jitter, Spread, Jitter, Final, Final, Jitter, Jitter, Jitter, Final, Final, Jitter,
                Jitter
            ]
        );
    }

    #[test]
    fn y_websocket_always_comes_back() {
        assert_eq!(
            actions(Preset::YWebsocket, &[1002, 1009, 4400, 4404, 4499]),
            [Jitter; 5]
        );
        assert_eq!(
            actions(Preset::YWebsocket, &[4401, 4403, 4429]),
            [Unauthorized, Unauthorized, Spread]
        );
    }
}
