//! Where values lie in their domain, for charts: the other way round than a sampler goes.

use super::domain::Domain;

/// The scale of a domain.
impl Domain {
    /// Where a value lies, from 0 to 1: a category in the middle of its stretch; nothing for what is no value of the domain.
    #[must_use]
    pub fn place_of(&self, value: &str) -> Option<f64> {
        let number = || value.trim().parse::<f64>().ok();
        let place = match self {
            Self::Choice(values) => {
                let at = values.iter().position(|known| known == value)?;
                (at as f64 + 0.5) / values.len() as f64
            }
            Self::Linear(low, high, _) => (number()? - low) / (high - low),
            Self::Log(low, high, _) => (number()?.ln() - low.ln()) / (high.ln() - low.ln()),
            Self::Integer(low, high) => {
                (number()? - *low as f64 + 0.5) / (*high as f64 - *low as f64 + 1.0)
            }
        };
        // Four digits of the ends may lie a little beyond them.
        (-0.01..=1.01)
            .contains(&place)
            .then(|| place.clamp(0.0, 1.0))
    }

    /// Places with the values there, to be written beside a scale: each category, or round numbers.
    #[must_use]
    pub fn marks(&self) -> Vec<(f64, String)> {
        let at = |value: String| Some((self.place_of(&value)?, value));
        match self {
            Self::Choice(values) => values.iter().cloned().filter_map(at).collect(),
            Self::Log(low, high, _) => {
                let powers = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
                let powers = powers.filter_map(|power| self.written(&format!("1e{power}")));
                let inside: Vec<(f64, String)> = powers.filter_map(at).collect();
                if inside.len() < 2 {
                    self.ends()
                } else {
                    inside
                }
            }
            Self::Linear(..) | Self::Integer(..) => self.ends(),
        }
    }

    fn ends(&self) -> Vec<(f64, String)> {
        let ends = self.extremes().into_iter();
        ends.filter_map(|value| Some((self.place_of(&value)?, value)))
            .collect()
    }

    /// Whether equal distances are equal factors.
    #[must_use]
    pub fn is_log(&self) -> bool {
        matches!(self, Self::Log(..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lies_where_it_was_drawn() {
        for text in [
            "log(1e-5,1e-3)",
            "linear(0.5,0.999)",
            "int(3,12)",
            "choice(32,64,128)",
        ] {
            let domain: Domain = text.parse().unwrap_or_else(|e| unreachable!("{e}"));
            for place in [0.0, 0.21, 0.5, 0.8, 0.999] {
                let found = domain.place_of(&domain.at(place)).unwrap_or(-1.0);
                let room = match &domain {
                    Domain::Choice(_) | Domain::Integer(..) => 0.2,
                    _ => 0.01,
                };
                assert!((found - place).abs() < room, "{text}: {place} {found}");
            }
            assert!(domain.marks().len() >= 2, "{text}: {:?}", domain.marks());
        }
        let log: Domain = "log(1e-5,1e-3)"
            .parse()
            .unwrap_or_else(|e| unreachable!("{e}"));
        let marks: Vec<String> = log.marks().into_iter().map(|(_, label)| label).collect();
        assert_eq!(marks, ["1e-5", "1e-4", "0.001"]);
        assert_eq!(log.place_of("1"), None);
        assert_eq!(log.place_of("gan"), None);
    }
}
