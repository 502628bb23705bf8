//! Complete frames.

use crossterm::event::KeyCode;
use genai_tui::logs::{self, Reached, Run};
use genai_tui::picture::ColorDepth;
use genai_tui::terminal::caps::Charset;
use genai_tui::tui::Appearance;
use genai_tui::tui::workspace::Workspace;
use genai_tui::workspace::{Known, News, Remembered, RunId};
use insta::assert_snapshot;
use ratatui::layout::Rect;

use super::{Stage, now, samples, text};

/// Frames with paths in them differ from place to place: those are cut.
fn shown(stage: &mut Stage, width: u16, height: u16) -> String {
    let text = stage.text(width, height);
    let lines = text
        .lines()
        .enumerate()
        .filter(|(at, line)| *at > 0 && !line.contains("tests/logs"));
    lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
}

#[test]
fn list_and_charts_beside_each_other() {
    assert_snapshot!(shown(&mut Stage::new(), 160, 44));
}

#[test]
fn list_and_charts_in_a_small_window() {
    assert_snapshot!(shown(&mut Stage::new(), 80, 24));
}

#[test]
fn the_list_alone() {
    let mut stage = Stage::new();
    stage.keys("2");
    assert_snapshot!(shown(&mut stage, 120, 24));
}

#[test]
fn what_could_not_be_looked_at_stands_in_the_first_row_as_far_as_it_fits() {
    let mut stage = Stage::new();
    let trouble = "`words.csv` is no log: expected a header and numbers, or objects of JSON";
    let news = News::Searched(vec![trouble.to_owned()]);
    stage.workspace.take([news]);
    // How much room there is depends on where the samples lie.
    let mut first = |width| stage.text(width, 30).lines().next().unwrap().to_owned();
    assert!(first(300).contains(trouble), "{}", first(300));
    let is_cut = |row: &String| row.contains("`words.csv`") && !row.contains(trouble);
    assert!((100..300).step_by(10).map(first).any(|row| is_cut(&row)));
}

#[test]
fn differences_of_two_runs() {
    let mut stage = Stage::new();
    stage.keys("aa/seed");
    stage.key(KeyCode::Enter);
    stage.keys("a4");
    assert_snapshot!(shown(&mut stage, 100, 24));
}

#[test]
fn a_list_to_choose_from_and_the_help_lie_over_the_rest() {
    let mut stage = Stage::new();
    stage.keys("floss");
    let picker = stage.text(100, 30);
    assert!(
        picker.contains("Charts") && picker.contains("/ loss_"),
        "{picker}"
    );
    stage.key(KeyCode::Esc);
    stage.keys("?");
    let help = stage.text(100, 30);
    assert!(
        help.contains("Help") && help.contains("Workspace"),
        "{help}"
    );
}

#[test]
fn every_size_and_every_terminal_draws_without_fault_and_keeps_within_the_window() {
    for (colours, charset) in [
        (ColorDepth::TrueColor, Charset::Unicode),
        (ColorDepth::Ansi16, Charset::Ascii),
        (ColorDepth::None, Charset::Plain),
    ] {
        let mut stage = Stage::new();
        stage.workspace.look = Appearance::new(colours, charset);
        for (width, height) in [(20, 5), (40, 10), (61, 13), (80, 24), (149, 33), (300, 90)] {
            for part in ["1", "2", "3", "4", "5"] {
                stage.keys(part);
                let text = stage.text(width, height);
                assert!(!text.trim().is_empty(), "{width}x{height}: {part}");
                assert!(charset != Charset::Ascii || text.is_ascii(), "{text}");
            }
        }
    }
}

#[test]
fn nothing_is_drawn_otherwise_when_nothing_changed() {
    let mut stage = Stage::new();
    let first = stage.draw(120, 40);
    stage.workspace.take([]);
    assert_eq!(first.diff(&stage.draw(120, 40)).len(), 0);
}

#[test]
fn charts_of_runs_that_are_not_read_yet_say_so() {
    let mut stage = Stage::new();
    let known = |run: &Run| News::Known(RunId(0), Box::new(Known::of(run, Reached::End)));
    let found = logs::find(&samples()).unwrap().runs.remove(0);
    let look = Appearance::new(ColorDepth::TrueColor, Charset::Unicode);
    stage.workspace = Workspace::new(look, vec![samples()], Remembered::default(), None);
    stage.workspace.set_now(now());
    stage.workspace.resize(Rect::new(0, 0, 120, 40));
    let known = known(&stage.runs[0]);
    stage.workspace.take([News::Found(found), known]);
    let before = text(&stage.draw_what_is_read(120, 40));
    assert!(before.contains("reading"), "{before}");
    assert!(!stage.text(120, 40).contains("reading"));
}
