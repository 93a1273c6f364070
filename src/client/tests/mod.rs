//! The client where there is no browser: what it takes, keeps and says without a connection.

mod inert;
