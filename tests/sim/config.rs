//! A random configuration, and the random habits of server and application that go with it.

use fastrand::Rng;
use tautline::session::{
    Action, Address, Auth, Config, Delivery, HeartbeatConfig, KeepAlive, Millis, Overflow, Preset,
    QueueConfig, Rule,
};

use crate::server::Habits;

/// What a run is made of besides its operations.
pub struct Setting {
    pub config: Config,
    pub habits: Habits,
    /// What the URL provider answers when nothing is wrong.
    pub address: Address,
    /// Whether browser timers of a hidden page are throttled.
    pub throttles: bool,
    /// Whether a session that has ended is soon started again by the application.
    pub persistent: bool,
    /// Whether the server says how long the credentials hold.
    pub credentials_expire: bool,
}

/// When every run starts; an earlier session may have lost its connection before.
pub const START: Millis = 100_000;

fn pick<T: Copy>(rng: &mut Rng, choices: &[T]) -> T {
    choices[rng.usize(..choices.len())]
}

/// True in that many cases of a hundred.
pub fn chance(rng: &mut Rng, percent: u32) -> bool {
    rng.u32(..100) < percent
}

/// Makes the setting of a run.
pub fn random(rng: &mut Rng) -> Setting {
    let config = if chance(rng, 10) {
        Config::default()
    } else {
        random_config(rng)
    };
    let must_be_safe = config.auth == Auth::Secure || config.require_secure;
    let loopback = chance(rng, 15);
    let secure = !loopback && (must_be_safe || chance(rng, 70));
    let address = Address {
        secure,
        loopback,
        offers_protocols: chance(rng, 40),
        from_secure_page: secure && chance(rng, 50),
    };
    let habits = Habits {
        wants_credentials: config.auth != Auth::None,
        pings_every_ms: config.heartbeat.expect_every_ms,
        pongs_carry_id: chance(rng, 75),
        latest_pong_ms: if chance(rng, 80) { 30_000 } else { 300_000 },
    };
    Setting {
        config,
        habits,
        address,
        throttles: chance(rng, 50),
        persistent: chance(rng, 80),
        credentials_expire: chance(rng, 50),
    }
}

fn random_config(rng: &mut Rng) -> Config {
    let heartbeat = random_heartbeat(rng);
    Config {
        backoff_initial_ms: pick(rng, &[4_000, 4_000, 4_000, 1_000, 500]),
        backoff_max_ms: pick(rng, &[30_000, 30_000, 30_000, 10_000]),
        connect_timeout_ms: pick(rng, &[10_000, 10_000, 10_000, 4_000]),
        max_attempts: chance(rng, 12).then(|| pick(rng, &[0, 3, 8])),
        max_elapsed_ms: chance(rng, 12).then(|| pick(rng, &[20_000, 60_000, 300_000])),
        heartbeat,
        queue: random_queue(rng),
        // What is kept until a pong needs pings.
        delivery: if heartbeat.interval_ms.is_some() && chance(rng, 35) {
            Delivery::AtLeastOnce
        } else {
            Delivery::AtMostOnce
        },
        confirm_within_ms: pick(rng, &[1_000, 0, 200, 5_000]),
        max_requests: pick(rng, &[1_024, 2, 0]),
        max_message_bytes: pick(rng, &[128 * 1024 * 1024, 128 * 1024 * 1024, 10_000]),
        lifecycle: chance(rng, 92),
        require_secure: chance(rng, 10),
        auth: pick(
            rng,
            &[Auth::None, Auth::None, Auth::Secure, Auth::AllowInsecure],
        ),
        restore: chance(rng, 40),
        token_source: chance(rng, 40),
        retry_asks: chance(rng, 25),
        rules: random_rules(rng),
        preset: if chance(rng, 70) {
            Preset::None
        } else {
            pick(rng, Preset::ALL)
        },
        lost_at: chance(rng, 10).then(|| START - rng.u64(..90_000)),
        patient_dials: chance(rng, 20),
    }
}

fn random_heartbeat(rng: &mut Rng) -> HeartbeatConfig {
    HeartbeatConfig {
        interval_ms: chance(rng, 60).then(|| pick(rng, &[25_000, 25_000, 10_000, 5_001])),
        hidden_interval_ms: pick(rng, &[50_000, 50_000, 20_000]),
        expect_every_ms: chance(rng, 25).then(|| pick(rng, &[5_000, 15_000, 30_000])),
        keep_alive: random_keep_alive(rng),
    }
}

fn random_keep_alive(rng: &mut Rng) -> KeepAlive {
    let within_ms = pick(rng, &[60_000, 10_000, 4_001, 1_000]);
    match rng.u32(..10) {
        0..2 => KeepAlive::Answered(within_ms),
        2..4 => KeepAlive::Unanswered(within_ms),
        _ => KeepAlive::None,
    }
}

/// Another heartbeat that both sides may agree on: what the server promised stays, and whether pings are answered.
pub fn agreed(rng: &mut Rng, configured: HeartbeatConfig) -> HeartbeatConfig {
    let interval = pick(rng, &[25_000, 10_000, 5_001]);
    HeartbeatConfig {
        interval_ms: configured.interval_ms.map(|_| interval),
        keep_alive: random_keep_alive(rng),
        ..configured
    }
}

fn random_queue(rng: &mut Rng) -> QueueConfig {
    QueueConfig {
        max_messages: pick(rng, &[1_024, 16, 4, 4, 1, 0]),
        max_bytes: pick(rng, &[1024 * 1024, 1_000, 250]),
        overflow: pick(rng, Overflow::ALL),
        ttl_ms: chance(rng, 20).then(|| pick(rng, &[0, 1_500, 20_000])),
    }
}

fn random_rules(rng: &mut Rng) -> Vec<Rule> {
    if chance(rng, 75) {
        return Vec::new();
    }
    let rule = |from, to, action, delay_ms| Rule {
        from,
        to,
        action,
        delay_ms,
    };
    vec![
        rule(1000, 1000, pick(rng, Action::ALL), 3_000),
        rule(4500, 4599, Action::Final, 0),
        rule(4000, 4409, pick(rng, Action::ALL), 250),
    ]
}
