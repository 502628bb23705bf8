//! Samples on their way to the judge: gathered until there are as many as an evaluation needs.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use crate::foreign::images::EVALUATION;
use crate::foreign::judge::Task;
use crate::judging::Imitated;
use crate::protocol::{ImageGrid, QualityAt};
use crate::shape::ImageShape;

/// How long a program that was asked for random samples has to send some, before those that it shows are taken.
const ANSWER: Duration = Duration::from_secs(2);
/// Time after which it is asked for what is missing: where a client is slow, of several images only the newest come.
const AGAIN: Duration = Duration::from_secs(5);
/// Between two words on how many samples there are.
const WORD: Duration = Duration::from_secs(1);

/// Where the judgement of samples stands.
#[derive(Debug)]
pub(super) struct Assessment {
    /// How many samples an evaluation needs; 0 where there is none.
    needed: usize,
    /// Steps between two evaluations at least.
    every: u64,
    /// What the program says that its samples imitate.
    named: Option<String>,
    /// Images that it calls real.
    real: Option<ImageGrid>,
    judge: State,
    work: Option<Work>,
    /// When the program was told that random samples are wanted, the first time and the last.
    asked: Option<(Instant, Instant)>,
    pool: Option<Pool>,
    /// When it was last said how many there are.
    said: Option<Instant>,
    /// The newest evaluation.
    pub newest: Option<QualityAt>,
}

/// Who judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody was looked for, or what is known has changed since.
    Unknown,
    /// Samples of this shape can be judged.
    Ready(ImageShape),
    /// Nobody judges samples of this shape.
    None(ImageShape),
}

/// What the judge is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Looking for someone who judges samples of this shape.
    Find(ImageShape),
    /// Judging samples of the state after this step, unless that was taken back since.
    Evaluate(Option<u64>),
}

/// Samples of one shape.
#[derive(Debug)]
struct Pool {
    shape: ImageShape,
    pixels: Vec<u8>,
    from: u64,
    to: u64,
    /// Whether they were made for this.
    is_meant: bool,
    /// Of the last ones: sent twice, they count once.
    last: u64,
}

impl Assessment {
    /// An evaluation needs so many samples, and one in so many steps is enough.
    pub fn new(needed: usize, every: u64) -> Self {
        Self {
            needed,
            every,
            named: None,
            real: None,
            judge: State::Unknown,
            work: None,
            asked: None,
            pool: None,
            said: None,
            newest: None,
        }
    }

    /// The program's samples imitate this dataset.
    pub fn name(&mut self, dataset: &str) {
        if self.named.as_deref() != Some(dataset) {
            self.named = Some(dataset.to_owned());
            self.judge = State::Unknown;
        }
    }

    /// The program says that these are real images.
    pub fn real(&mut self, images: &ImageGrid) {
        if self.real.is_none() {
            self.real = Some(images.clone());
            if self.named.is_none() {
                self.judge = State::Unknown;
            }
        }
    }

    /// Samples of the state after `step`; those that are meant for the judge take the place of others.
    pub fn gather(&mut self, name: &str, step: u64, images: &ImageGrid) {
        let is_meant = name == EVALUATION;
        if self.needed == 0 {
            return;
        }
        let kept = self.pool.take_if(|pool| {
            pool.shape != images.shape() || pool.to > step || is_meant && !pool.is_meant
        });
        drop(kept);
        let mut hasher = DefaultHasher::new();
        (step, images.pixels()).hash(&mut hasher);
        let last = hasher.finish();
        let pool = self.pool.get_or_insert_with(|| Pool {
            shape: images.shape(),
            pixels: Vec::new(),
            from: step,
            to: step,
            is_meant,
            last: 0,
        });
        if pool.is_meant && !is_meant || pool.last == last {
            return;
        }
        let missing = self.needed.saturating_sub(pool.count());
        if missing == 0 {
            return;
        }
        if pool.pixels.is_empty() {
            pool.from = step;
        }
        (pool.to, pool.last) = (step, last);
        let values = images.shape().values();
        let taken = missing.min(images.count()) * values;
        pool.pixels.extend_from_slice(&images.pixels()[..taken]);
    }

    /// How many random samples the program is to be asked for, now that it has done so many steps.
    pub fn wish(&mut self, step: u64, now: Instant) -> Option<u64> {
        let pool = self.pool.as_ref()?;
        let is_ready = self.judge == State::Ready(pool.shape) && self.work.is_none();
        let there = if pool.is_meant { pool.count() } else { 0 };
        let missing = self.needed.saturating_sub(there) as u64;
        // One that sends some has lost the others.
        let may_ask = self
            .asked
            .is_none_or(|(_, last)| pool.is_meant && now.saturating_duration_since(last) >= AGAIN);
        (is_ready && self.is_due(step) && may_ask && missing > 0).then_some(missing)
    }

    /// Whether those that are shown are gathered, and there are too few of them.
    pub fn lacks_shown(&self, step: u64) -> bool {
        let lacks = |pool: &Pool| {
            let is_ready = self.judge == State::Ready(pool.shape) && self.work.is_none();
            is_ready && !pool.is_meant && pool.count() < self.needed
        };
        self.is_due(step) && self.pool.as_ref().is_some_and(lacks)
    }

    /// The program was told so, or nobody is there any more who was.
    pub fn set_asked(&mut self, asked: Option<Instant>) {
        self.asked = asked.map(|now| (self.asked.map_or(now, |(first, _)| first), now));
    }

    /// Whether an evaluation of this step is not too early after the last one.
    fn is_due(&self, step: u64) -> bool {
        let newest = self.newest.as_ref();
        newest.is_none_or(|newest| step < newest.step || step - newest.step >= self.every)
    }

    /// What was gathered is of another training: it has another loss.
    pub fn begin_anew(&mut self) {
        self.asked = None;
        if let Some(pool) = &mut self.pool {
            pool.pixels.clear();
            (pool.from, pool.to) = (0, 0);
        }
    }

    /// The program went back: what came of the steps between is void.
    pub fn take_back(&mut self) {
        self.begin_anew();
        if let Some(Work::Evaluate(step)) = &mut self.work {
            *step = None;
        }
    }

    /// What the judge is to do now, if anything.
    pub fn task(&mut self, now: Instant) -> Option<Task> {
        let may_answer = self
            .asked
            .is_some_and(|(first, _)| now.saturating_duration_since(first) < ANSWER);
        let is_due = self
            .pool
            .as_ref()
            .is_some_and(|pool| pool.is_meant || self.is_due(pool.to) && !may_answer);
        let pool = self.pool.as_mut().filter(|_| self.work.is_none())?;
        match self.judge {
            State::None(shape) if shape == pool.shape => None,
            State::Ready(shape) if shape == pool.shape => {
                if pool.count() < self.needed || !is_due {
                    return None;
                }
                self.asked = None;
                self.work = Some(Work::Evaluate(Some(pool.to)));
                Some(pool.take())
            }
            State::Unknown | State::Ready(_) | State::None(_) => {
                let named = self.named.clone().map(Imitated::Named);
                let real = || {
                    let real = self.real.clone();
                    let real = real.filter(|real| real.shape() == pool.shape);
                    real.map(Imitated::Real)
                };
                let imitated = named.or_else(real)?;
                self.work = Some(Work::Find(pool.shape));
                Some(Task::Find(imitated, pool.shape))
            }
        }
    }

    /// It was found out whether there is a judge.
    pub fn found(&mut self, is_there: bool) {
        if let Some(Work::Find(shape)) = self.work.take() {
            self.judge = if is_there {
                State::Ready(shape)
            } else {
                State::None(shape)
            };
        }
    }

    /// An evaluation has ended. Returns the step of its samples, if that still counts.
    pub fn evaluated(&mut self) -> Option<u64> {
        match self.work.take()? {
            Work::Evaluate(step) => step,
            Work::Find(_) => None,
        }
    }

    /// The judge has stopped: there are no evaluations any more.
    pub fn give_up(&mut self) {
        *self = Self {
            newest: self.newest.take(),
            ..Self::new(0, 0)
        };
    }

    /// Whether the judge is.
    pub fn is_at_work(&self) -> bool {
        self.work.is_some()
    }

    /// Whether the dataset was named by the program.
    pub fn is_named(&self) -> bool {
        self.named.is_some()
    }

    /// Why there was no evaluation, at the end of a program whose samples could have been judged.
    pub fn missing(&self) -> Option<String> {
        let is_ready = matches!(self.judge, State::Ready(_));
        let count = self.pool.as_ref().map_or(0, Pool::count);
        (is_ready && self.newest.is_none()).then(|| {
            format!(
                "samples were not judged: the program sent {count} of the {} images that an evaluation needs",
                self.needed
            )
        })
    }

    /// How many samples there are of how many, for those who wait for the first evaluation; now and then.
    pub fn word(&mut self, now: Instant) -> Option<String> {
        let pool = self.pool.as_ref()?;
        let is_waited_for = matches!(self.judge, State::Ready(_)) && self.newest.is_none();
        let is_due = self
            .said
            .is_none_or(|said| now.saturating_duration_since(said) >= WORD);
        if !is_waited_for || !is_due || self.work.is_some() {
            return None;
        }
        self.said = Some(now);
        let (there, needed) = (pool.count(), self.needed);
        Some(format!(
            "the judge has {there} of the {needed} images that it needs"
        ))
    }
}

impl Pool {
    fn count(&self) -> usize {
        self.pixels.len() / self.shape.values().max(1)
    }

    fn take(&mut self) -> Task {
        let images = ImageGrid::new(self.shape, std::mem::take(&mut self.pixels));
        Task::Evaluate(images, (self.from < self.to).then_some(self.from))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn images(side: usize, bytes: &[u8]) -> ImageGrid {
        ImageGrid::new(ImageShape::new(1, 1, side).unwrap(), bytes.to_vec())
    }

    fn ready(needed: usize) -> Assessment {
        let mut all = Assessment::new(needed, 100);
        all.gather("samples", 1, &images(1, &[1]));
        assert!(
            all.task(Instant::now()).is_none(),
            "nobody has said what they imitate"
        );
        all.name("mnist");
        assert!(
            matches!(all.task(Instant::now()), Some(Task::Find(Imitated::Named(name), _)) if name == "mnist")
        );
        assert!(all.task(Instant::now()).is_none(), "one at a time");
        all.found(true);
        all
    }

    fn taken(task: Option<Task>) -> (Vec<u8>, Option<u64>) {
        let images = task.and_then(|task| match task {
            Task::Evaluate(images, from) => Some((images.pixels().to_vec(), from)),
            Task::Find(..) => None,
        });
        images.unwrap()
    }

    #[test]
    fn samples_are_gathered_until_there_are_enough_and_each_is_judged_once() {
        let mut all = ready(4);
        let now = Instant::now();
        assert_eq!(
            all.word(now).unwrap(),
            "the judge has 1 of the 4 images that it needs"
        );
        all.gather("samples", 1, &images(1, &[1]));
        all.gather("samples", 5, &images(1, &[2, 3]));
        assert!(all.task(Instant::now()).is_none(), "the first came twice");
        assert!(all.lacks_shown(5));
        all.gather("samples", 9, &images(1, &[4, 5, 6]));
        assert!(!all.lacks_shown(9), "there are enough");
        assert_eq!(taken(all.task(Instant::now())), (vec![1, 2, 3, 4], Some(1)));
        assert_eq!(all.evaluated(), Some(9));
        all.gather("samples", 10, &images(1, &[7, 8, 9, 10]));
        assert_eq!(taken(all.task(Instant::now())), (vec![7, 8, 9, 10], None));
    }

    #[test]
    fn what_is_meant_for_the_judge_takes_the_place_of_what_is_shown() {
        let mut all = ready(3);
        let now = Instant::now();
        assert_eq!(
            all.wish(1, now),
            Some(3),
            "none of those that are shown are random"
        );
        all.set_asked(Some(now));
        assert_eq!((all.wish(1, now), all.wish(1, now + AGAIN)), (None, None));
        all.gather(EVALUATION, 2, &images(1, &[5, 6]));
        assert_eq!(all.wish(2, now), None);
        assert_eq!(all.wish(2, now + AGAIN), Some(1), "of three, one was lost");
        all.set_asked(Some(now + AGAIN));
        assert_eq!(all.wish(2, now + AGAIN), None);
        all.gather("samples", 3, &images(1, &[1, 1, 1]));
        all.gather(EVALUATION, 3, &images(1, &[7]));
        assert_eq!(taken(all.task(Instant::now())), (vec![5, 6, 7], Some(2)));
        let step = all.evaluated().unwrap();
        all.newest = Some(QualityAt {
            step,
            ..QualityAt::default()
        });
        assert_eq!(
            (all.wish(step + 99, now), all.wish(step + 100, now)),
            (None, Some(3))
        );
        assert!(!all.lacks_shown(step + 100), "others are made for it");
    }

    #[test]
    fn images_of_another_shape_or_of_an_abandoned_step_do_not_mix() {
        let mut all = ready(2);
        all.begin_anew();
        all.gather("samples", 4, &images(1, &[8]));
        all.gather("samples", 2, &images(1, &[3]));
        all.gather("samples", 3, &images(1, &[4]));
        assert_eq!(taken(all.task(Instant::now())), (vec![3, 4], Some(2)));
        all.take_back();
        assert_eq!(all.evaluated(), None);
        all.gather("samples", 5, &images(2, &[1, 1]));
        assert!(
            matches!(all.task(Instant::now()), Some(Task::Find(..))),
            "another judge, maybe"
        );
        all.found(false);
        assert!(all.task(Instant::now()).is_none());
        all.gather("samples", 6, &images(3, &[1, 1, 1]));
        assert!(
            matches!(all.task(Instant::now()), Some(Task::Find(..))),
            "of another shape yet"
        );
    }
}
