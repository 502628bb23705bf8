//! Plans for a run to start or resume: configuration, name, directory and initial state.

mod checks;
mod data_seen;
mod error;
mod fresh;
mod request;
mod resume;
mod resume_or_start;
mod start;

pub use data_seen::DataSeen;
pub use error::PlanError;
pub use request::{Destination, Plan, PlanRequest, Planned, StartFrom};
pub use resume_or_start::hold;
pub use start::Start;

/// Plans what is asked for.
///
/// # Errors
/// When the configuration, or the run or checkpoint that the request names, cannot be used.
pub fn plan(request: PlanRequest) -> Result<Planned, PlanError> {
    let PlanRequest {
        from,
        sources,
        destination,
    } = request;
    match from {
        StartFrom::Nothing => fresh::begin(sources, destination),
        StartFrom::Fork(run) => fresh::fork(&run, sources, destination),
        StartFrom::Checkpoint(run) => resume::from_checkpoint(&run, sources),
        StartFrom::WhatIsThere => resume_or_start::plan(sources, destination),
    }
}
