//! What of a piece of advice is left for a trainer that does not take every command.

/// All of it, where each command in it can be given; else those commands that can, and nothing where none can.
#[must_use]
pub fn followable(advice: &str, can: impl Fn(&str) -> bool) -> String {
    let commands = || advice.split('`').skip(1).step_by(2);
    if commands().all(&can) {
        return advice.to_owned();
    }
    let left: Vec<String> = commands()
        .filter(|command| can(command))
        .map(|command| format!("`{command}`"))
        .collect();
    left.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_can_be_given_are_left() {
        let advice = "slow D down (`lr d /2`), speed G up (`lr g *2`), or `loss wgan-gp`";
        let rates = |command: &str| command.starts_with("lr");
        assert_eq!(followable(advice, |_| true), advice);
        assert_eq!(followable(advice, rates), "`lr d /2` or `lr g *2`");
        assert_eq!(followable(advice, |_| false), "");
        let plain = "more critic updates";
        assert_eq!(followable(plain, |_| false), plain);
    }
}
