//! The thread that samples, once a second, the machine's load and the run's cost.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use super::hub::{Hub, lock};
use super::priority::give_way;
use crate::config::SystemConfig;
use crate::protocol::{Body, Live, Recorded};
use crate::system::{Costs, Sampler, Subject};

/// Time between two `system` events.
const BEAT: Duration = Duration::from_secs(1);

/// Asks until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    hub: Hub,
    sampler: Arc<Mutex<Sampler>>,
    /// Dropped, it ends the thread.
    _alive: Sender<()>,
}

impl Watch {
    /// Starts sampling for a run by `subject` that has used `watt_hours` before. Returns `None` if no thread can be
    /// started: nothing depends on it.
    pub fn start(
        hub: &Hub,
        config: &SystemConfig,
        subject: Subject,
        watt_hours: f64,
    ) -> Option<Self> {
        let costs = Costs {
            watts_per_core: config.watts_per_core,
            pue: config.pue,
            grams_per_kwh: config.gco2_per_kwh,
        };
        let sampler = Arc::new(Mutex::new(Sampler::new(subject, costs, watt_hours)));
        let (alive, ended) = bounded(0);
        let watch = Self {
            hub: hub.clone(),
            sampler: Arc::clone(&sampler),
            _alive: alive,
        };
        let (hub, every) = (hub.clone(), config.record_every_time);
        thread::Builder::new()
            .name("sampler".to_owned())
            .spawn(move || {
                give_way();
                let mut kept = Instant::now();
                while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                    let keep = !every.is_zero() && kept.elapsed() >= every;
                    if keep {
                        kept = Instant::now();
                    }
                    look(&hub, &sampler, keep);
                }
            })
            .ok()?;
        Some(watch)
    }

    /// The last sample: the total cost of the run.
    pub fn end(self) {
        look(&self.hub, &self.sampler, true);
    }
}

fn look(hub: &Hub, sampler: &Mutex<Sampler>, keep: bool) {
    let seen = lock(sampler).sample();
    hub.announce(if keep {
        Body::Recorded(Recorded::System(seen))
    } else {
        Body::Live(Live::System(seen))
    });
}
