//! Notifying the user of an alarm.

use crate::config::Notify;
use crate::terminal::relay::Multiplexer;
use crate::text;

/// Maximum columns of a notification.
const LONGEST: usize = 200;

/// The escape sequence of a notification; `None` if notifications are off. Terminals that do not support it ignore it.
pub fn sequence(text: &str, how: Notify, behind: Option<Multiplexer>) -> Option<String> {
    match how {
        Notify::None => None,
        Notify::Bell => Some("\x07".to_owned()),
        Notify::Osc => {
            let clean = text::fit(&text::line(text), LONGEST, "");
            let sequence = format!("\x1b]9;genai-tui: {clean}\x07");
            Some(match behind {
                Some(multiplexer) => multiplexer.wrapped(&sequence),
                None => sequence,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_rings_or_notifies_as_configured() {
        let text = "diverged: d_loss\nis NaN";
        assert_eq!(sequence(text, Notify::None, None), None);
        assert_eq!(sequence(text, Notify::Bell, None).as_deref(), Some("\x07"));
        let sent = sequence(text, Notify::Osc, None).unwrap_or_default();
        assert!(sent.starts_with("\x1b]9;genai-tui: diverged"), "{sent:?}");
        assert!(sent.ends_with('\x07') && !sent.contains('\n'), "{sent:?}");
        let through = sequence(text, Notify::Osc, Some(Multiplexer::Tmux)).unwrap_or_default();
        assert!(through.starts_with("\x1bPtmux;"), "{through:?}");
    }
}
