//! tautline
