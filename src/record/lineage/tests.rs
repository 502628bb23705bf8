#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::fmt::Write as _;
use std::fs;

use super::*;

/// A record in the making: `a run` of steps, then somewhere else.
#[derive(Default)]
struct Story {
    text: String,
    branch: u32,
    seq: u64,
    /// The number of the event after which each state was, by branch and step.
    states: BTreeMap<(u32, u64), u64>,
}

impl Story {
    fn line(&mut self, seq: Option<u64>, after: Option<u64>, step: u64, text: &str) {
        let field = |name: &str, value: Option<u64>| {
            value.map_or_else(String::new, |v| format!("\"{name}\":{v},"))
        };
        let _ = writeln!(
            self.text,
            "{{\"schema\":1,\"branch\":{},{}{}\"step\":{step},\"images\":0,\"time\":\"2026-01-01T00:00:00Z\",\"elapsed\":0.0,\"event\":\"note\",\"text\":\"{text}\"}}",
            self.branch,
            field("seq", seq),
            field("after", after),
        );
    }

    fn event(&mut self, after: Option<u64>, step: u64, text: &str) {
        self.seq += 1;
        self.line(Some(self.seq), after, step, text);
        self.states.insert((self.branch, step), self.seq);
    }

    /// One event for each step.
    fn steps(mut self, steps: std::ops::RangeInclusive<u64>) -> Self {
        for step in steps {
            self.event(None, step, &format!("{}:{step}", self.branch));
        }
        self
    }

    /// Goes back to the state after `step` of `branch`, as a resume or a rewind does.
    fn back(mut self, branch: u32, step: u64) -> Self {
        let after = self.states[&(branch, step)];
        self.branch += 1;
        self.event(Some(after), step, "back");
        // What stands at the new beginning is the state that was gone back to.
        self.states.insert((self.branch, step), self.seq);
        self
    }

    fn warning(mut self, step: u64, text: &str) -> Self {
        self.line(None, None, step, text);
        self
    }

    fn file(&self) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        fs::write(&path, &self.text).unwrap();
        (dir, path)
    }

    /// The counting and the abandoned events, without those that begin a branch.
    fn texts(&self) -> (String, String) {
        let (_dir, path) = self.file();
        let text = |event: Event| match event.body {
            crate::protocol::Body::Recorded(crate::protocol::Recorded::Note { text })
                if text != "back" =>
            {
                Some(text)
            }
            _ => None,
        };
        let counting: Vec<String> = read_counting(&path)
            .unwrap()
            .filter_map(|e| text(e.unwrap()))
            .collect();
        let abandoned: Vec<String> = read_abandoned(&path).unwrap().filter_map(text).collect();
        (counting.join(" "), abandoned.join(" "))
    }
}

#[test]
fn a_run_without_rewinds_counts_as_a_whole() {
    let (counting, abandoned) = Story::default().steps(1..=4).texts();
    assert_eq!(
        (counting.as_str(), abandoned.as_str()),
        ("0:1 0:2 0:3 0:4", "")
    );
    assert_eq!(Story::default().texts().0, "");
}

#[test]
fn each_step_counts_once_after_a_resume() {
    let story = Story::default().steps(1..=5).back(0, 3).steps(4..=6);
    let (counting, abandoned) = story.texts();
    assert_eq!(counting, "0:1 0:2 0:3 1:4 1:5 1:6");
    assert_eq!(abandoned, "0:4 0:5");
}

#[test]
fn rewinds_may_be_nested_and_reach_behind_each_other() {
    let story = Story::default()
        .steps(1..=9)
        .back(0, 6)
        .steps(7..=8)
        .back(0, 3)
        .steps(4..=5)
        .back(2, 4)
        .steps(5..=6);
    let (counting, abandoned) = story.texts();
    assert_eq!(counting, "0:1 0:2 0:3 2:4 3:5 3:6");
    assert_eq!(abandoned, "0:4 0:5 0:6 0:7 0:8 0:9 1:7 1:8 2:5");
}

#[test]
fn a_crash_after_a_rewind_and_a_resume_from_before_it() {
    let story = Story::default()
        .steps(1..=8)
        .back(0, 6)
        .steps(7..=9)
        .back(0, 4)
        .steps(5..=5);
    let (counting, abandoned) = story.texts();
    assert_eq!(counting, "0:1 0:2 0:3 0:4 2:5");
    assert_eq!(abandoned, "0:5 0:6 0:7 0:8 1:7 1:8 1:9");
}

#[test]
fn a_run_may_continue_from_an_abandoned_branch() {
    let story = Story::default()
        .steps(1..=7)
        .back(0, 6)
        .steps(7..=9)
        // Back to before, and later on from a checkpoint of the branch that this took back.
        .back(0, 2)
        .steps(3..=12)
        .back(1, 8)
        .steps(9..=10);
    let (counting, abandoned) = story.texts();
    assert_eq!(counting, "0:1 0:2 0:3 0:4 0:5 0:6 1:7 1:8 3:9 3:10");
    assert_eq!(
        abandoned,
        "0:7 1:9 2:3 2:4 2:5 2:6 2:7 2:8 2:9 2:10 2:11 2:12"
    );
}

#[test]
fn an_event_without_a_number_counts_if_its_step_does() {
    let story = Story::default()
        .steps(1..=3)
        .warning(3, "kept")
        .steps(4..=5)
        .warning(5, "gone")
        .back(0, 3)
        .warning(3, "new")
        .steps(4..=4);
    let (counting, abandoned) = story.texts();
    assert_eq!(counting, "0:1 0:2 0:3 kept new 1:4");
    assert_eq!(abandoned, "0:4 0:5 gone");
}

#[test]
fn a_branch_without_its_beginning_is_judged_by_its_steps() {
    let mut story = Story::default().steps(1..=5);
    story.branch = 1;
    let (counting, abandoned) = story.warning(3, "aside").steps(4..=6).texts();
    assert_eq!(counting, "0:1 0:2 0:3 aside 1:4 1:5 1:6");
    assert_eq!(abandoned, "0:4 0:5");
}

#[test]
fn a_torn_line_and_one_in_another_form_do_not_matter() {
    let mut story = Story::default().steps(1..=3).back(0, 2).steps(3..=3);
    story.text = story.text.replace(
        "{\"schema\":1,\"branch\":1,",
        "{\"branch\": 1, \"schema\": 1,",
    );
    story.text += "{\"schema\":1,\"branch\":7,\"seq\":99,\"after\":1,\"step\":1,";
    let (_dir, path) = story.file();
    let read: Vec<_> = read_counting(&path).unwrap().collect();
    assert_eq!(read.iter().filter(|e| e.is_ok()).count(), 4);
    assert!(matches!(read.last(), Some(Err(ReadError::Torn { .. }))));
    assert_eq!(read_abandoned(&path).unwrap().count(), 1);
}

/// The last samples of a run are made after its last checkpoint, of the state that is in it.
#[test]
fn what_was_measured_of_the_state_that_a_resume_begins_from_counts() {
    let mut story = Story::default().steps(1..=3);
    let samples = |story: &mut Story, step: u64| {
        story.seq += 1;
        let _ = writeln!(
            story.text,
            "{{\"schema\":1,\"branch\":{},\"seq\":{},\"step\":{step},\"images\":0,\"time\":\"2026-01-01T00:00:00Z\",\"elapsed\":0.0,\"event\":\"samples\",\"file\":\"samples/{step}.png\",\"count\":1,\"shape\":{{\"channels\":1,\"height\":8,\"width\":8}},\"scores\":[],\"diversity\":0.5}}",
            story.branch, story.seq,
        );
    };
    samples(&mut story, 3);
    let mut story = story.back(0, 3).steps(4..=6);
    samples(&mut story, 6);
    // Of steps that are taken back, nothing counts.
    let story = story.back(1, 5).steps(6..=6);
    let (_dir, path) = story.file();
    let steps = |events: Vec<Event>| -> Vec<u64> {
        let samples = events.iter().filter(|event| event.body.samples().is_some());
        samples.map(|event| event.step).collect()
    };
    let counting = read_counting(&path).unwrap().map(Result::unwrap);
    assert_eq!(steps(counting.collect()), [3]);
    assert_eq!(steps(read_abandoned(&path).unwrap().collect()), [6]);
}
