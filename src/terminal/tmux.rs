//! Queries tmux with its command line.

use std::process::{Command, Stdio};

/// Columns and rows left of and above this program's pane on the terminal behind tmux, if known.
#[must_use]
pub fn origin() -> (u16, u16) {
    tell("#{pane_left} #{pane_top} #{status-position} #{status}")
        .and_then(|text| parse(&text))
        .unwrap_or_default()
}

/// Whether tmux passes on wrapped sequences, if known.
#[must_use]
pub fn passes_through() -> Option<bool> {
    let text = tell("#{allow-passthrough}")?;
    // Before 3.3 this option did not exist, and everything was passed on.
    Some(matches!(text.trim(), "on" | "all" | "1" | ""))
}

fn tell(format: &str) -> Option<String> {
    std::env::var_os("TMUX")?;
    let mut command = Command::new("tmux");
    command.args(["display-message", "-p"]);
    if let Some(pane) = std::env::var_os("TMUX_PANE") {
        command.arg("-t").arg(pane);
    }
    let output = command
        .arg(format)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// `40 0 top on`: left, top, position and height of the status line.
fn parse(text: &str) -> Option<(u16, u16)> {
    let mut words = text.split_whitespace();
    let (left, top) = (
        words.next()?.parse().ok()?,
        words.next()?.parse::<u16>().ok()?,
    );
    let above = words.next() == Some("top");
    let rows = match words.next() {
        Some("off") | None => 0,
        Some(rows) => rows.parse().unwrap_or(1),
    };
    Some((left, top + if above { rows } else { 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pane_begins_below_a_line_of_status_at_the_top() {
        assert_eq!(parse("40 12 bottom on\n"), Some((40, 12)));
        assert_eq!(parse("0 0 top on"), Some((0, 1)));
        assert_eq!(parse("0 3 top 2"), Some((0, 5)));
        assert_eq!(parse("0 3 top off"), Some((0, 3)));
        assert_eq!(parse("no server"), None);
    }
}
