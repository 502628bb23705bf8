//! What `genai-tui bench` measures: the training step ([`train`]), one convolution ([`conv`]), the dashboard ([`ui`]), reading
//! logs ([`logs`]), a directory of many runs ([`many`]) and their charts ([`watch`]), and what workers and samplers of sweeps do where nothing is trained
//! ([`sweep`]).

pub mod conv;
pub mod layers;
pub mod logs;
pub mod many;
pub mod sweep;
pub mod train;
pub mod ui;
pub mod watch;

/// The processor by its own name, and its widest vectors: figures mean little without it.
fn processor() -> String {
    let name = crate::system::processor().unwrap_or_else(|| "processor without a name".to_owned());
    format!("{name}, {}", crate::nn::vector_level())
}

/// The value below which the share `p` (0 to 1) of the sorted values lies, or the value itself of a single one; zero of
/// none.
fn percentile(values: &mut [f64], p: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((last as f64 * p).round() as usize)
        .copied()
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_in_order() {
        let mut values = [3.0, 1.0, 2.0, 5.0, 4.0];
        let at = |values: &mut [f64], p| percentile(values, p) as u32;
        assert_eq!(at(&mut values, 0.5), 3);
        assert_eq!(at(&mut values, 1.0), 5);
        assert_eq!(at(&mut values, 0.0), 1);
        assert_eq!(at(&mut [], 0.5), 0);
    }
}
