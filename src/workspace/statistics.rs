//! The mean of some numbers, and how far they are spread.

/// Some numbers in a few.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// How many there are.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The standard deviation of a sample; 0 of one number.
    pub deviation: f64,
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl Statistics {
    /// Of these; `None` of none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let count = values.len();
        if count == 0 {
            return None;
        }
        let sum: f64 = values.iter().sum();
        // A sum may be larger than any number; the mean is not.
        let mean = if sum.is_finite() {
            sum / count as f64
        } else {
            values.iter().map(|value| value / count as f64).sum()
        };
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = match count {
            1 => 0.0,
            count => (squares / (count - 1) as f64).sqrt(),
        };
        Some(Self {
            count,
            mean,
            deviation,
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }

    /// The standard error of the mean.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.deviation / (self.count as f64).sqrt()
    }
}
