//! A trainer that is a process of its own: what it prints.

pub mod printed;
