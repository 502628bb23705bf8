//! What watches a run: conditions on what it measures.

pub(in crate::train) mod conditions;
pub(in crate::train) mod throughput;
