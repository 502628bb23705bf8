//! Many runs in one workspace.

use std::collections::BTreeSet;
use std::fs;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use genai_tui::logs::{self, Reached, Run};
use genai_tui::picture::ColorDepth;
use genai_tui::terminal::caps::Charset;
use genai_tui::tui::Appearance;
use genai_tui::tui::workspace::Workspace;
use genai_tui::workspace::{Known, News, Remembered, RunId};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;

use super::{now, text};

/// So many runs, all selected, each with a setting of its own.
struct Crowd(Workspace);

impl Crowd {
    fn new(count: usize) -> Self {
        Self::named((0..count).map(|run| format!("run-{run:03}")))
    }

    fn named(names: impl Iterator<Item = String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (run, name) in names.enumerate() {
            let line = format!(
                "{{\"config\": {{\"optimizer.generator.lr\": {run}}}, \"step\": 1, \"loss\": {run}}}\n"
            );
            fs::write(dir.path().join(name + ".jsonl"), line).unwrap();
        }
        let look = Appearance::new(ColorDepth::TrueColor, Charset::Unicode);
        let tops = vec![dir.path().to_owned()];
        let mut workspace = Workspace::new(look, tops, Remembered::default(), None);
        workspace.set_now(now());
        for (at, found) in logs::find(dir.path()).unwrap().runs.into_iter().enumerate() {
            let mut run = Run::open(&found);
            run.read_all().unwrap();
            let mut known = Known::of(&run, Reached::End);
            known.about.touched = Some(Timestamp::from_second(1_700_000_000).unwrap());
            let known = News::Known(RunId(at), Box::new(known));
            workspace.take([News::Found(found), known]);
        }
        workspace.take([News::Searched(Vec::new())]);
        let mut crowd = Self(workspace);
        crowd.key(KeyCode::Char('a'));
        crowd
    }

    fn key(&mut self, code: KeyCode) {
        self.0.on_key(&KeyEvent::new(code, KeyModifiers::NONE));
    }

    fn text(&mut self, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.0.resize(Rect::new(0, 0, width, height));
        terminal.draw(|frame| drop(self.0.draw(frame))).unwrap();
        text(terminal.backend().buffer())
    }

    /// The rows of the table of groups on a small screen.
    fn groups(&mut self) -> Vec<String> {
        let text = self.text(80, 24);
        let rows = text.lines().skip_while(|line| !line.contains(" Groups "));
        let rows = rows.skip(2).take_while(|line| line.starts_with('│'));
        rows.map(str::to_owned).collect()
    }
}

#[test]
fn marks_of_many_runs_are_shown_whole() {
    let mut crowd = Crowd::new(140);
    crowd.key(KeyCode::Char('2'));
    let text = crowd.text(120, 200);
    let marks: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.starts_with('│') && line.contains("run-"))
        .filter_map(|line| line.trim_matches(['│', '▸', ' ']).split(' ').next())
        .collect();
    assert_eq!(marks.len(), 140, "{text}");
    assert!(marks.contains("a") && marks.contains("114"), "{text}");
    // Those of groups, too, in the list and in their table.
    crowd.key(KeyCode::Char('g'));
    crowd.key(KeyCode::End);
    let text = crowd.text(120, 40);
    assert!(text.contains("▸140  run-139 "), "{text}");
    assert!(text.contains("▸140 optimizer.generator.lr 139 "), "{text}");
}

#[test]
fn every_group_comes_into_the_table_with_the_highlight() {
    let mut crowd = Crowd::new(30);
    crowd.key(KeyCode::Char('g'));
    crowd.key(KeyCode::Home);
    let mut seen = BTreeSet::new();
    for _ in 0..30 {
        let rows = crowd.groups();
        let here: Vec<&String> = rows.iter().filter(|row| row.contains('▸')).collect();
        assert_eq!(here.len(), 1, "{rows:#?}");
        let words: Vec<&str> = here[0].split_whitespace().collect();
        seen.insert(words[1].to_owned() + words[2]);
        crowd.key(KeyCode::Down);
    }
    assert_eq!(seen.len(), 30, "{seen:?}");
    let text = crowd.text(80, 24);
    assert!(text.contains(" of 30: Up/Down"), "{text}");
    // Without a run in the list no key moves it.
    for letter in "/nosuch".chars() {
        crowd.key(KeyCode::Char(letter));
    }
    let text = crowd.text(80, 24);
    assert!(
        text.contains(" of 30 ") && !text.contains(" of 30: Up/Down"),
        "{text}"
    );
}

#[test]
fn titles_of_samples_have_what_tells_runs_apart() {
    let rates = ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1"];
    let names = rates.map(|lr| format!("sweep-of-november-lr{lr}-s0"));
    let mut crowd = Crowd::named(names.into_iter());
    crowd.key(KeyCode::Char('5'));
    let text = crowd.text(80, 24);
    // Six of them have room.
    let mut told = rates.to_vec();
    told.retain(|lr| text.contains(&format!("lr{lr}-s0")));
    assert_eq!(told.len(), 6, "{text}");
}

#[test]
fn where_all_runs_are_archived_that_is_said() {
    let mut crowd = Crowd::new(1);
    crowd.key(KeyCode::Char('o'));
    let text = crowd.text(80, 24);
    assert!(
        text.contains("the only run is archived") && text.contains("O lists it"),
        "{text}"
    );
}

#[test]
fn names_without_room_in_the_list_are_cut_where_they_differ() {
    let names = ["a", "b"].map(|end| {
        let middle = "-of-the-same-sweep-with-the-same-very-long-name-";
        [format!("1{middle}{end}"), format!("2{middle}{end}")]
    });
    let mut crowd = Crowd::named(names.into_iter().flatten());
    crowd.key(KeyCode::Char('2'));
    let text = crowd.text(60, 24);
    let rows = text
        .lines()
        .filter(|line| line.contains('…') && !line.contains('/'));
    let shown: BTreeSet<String> = rows
        .filter_map(|row| {
            let words = row.split(' ').find(|word| word.contains('…'))?;
            Some(words.to_owned())
        })
        .collect();
    assert_eq!(shown.len(), 4, "{shown:?}: {text}");
}
