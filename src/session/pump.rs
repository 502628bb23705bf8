//! The thread that gives the trainer's events to the hub.

use crossbeam_channel::Receiver;

use super::hub::Hub;
use super::link::Server;
use super::sampler::Watch;
use crate::config::SystemConfig;
use crate::protocol::{Body, Event, Recorded, RunInfo};
use crate::system::Subject;

/// What the thread needs.
pub(super) struct Pump {
    pub hub: Hub,
    /// The link's end here, if the run has one.
    pub server: Option<Server>,
    pub system: SystemConfig,
    /// Watt-hours that the run has used before.
    pub watt_hours: f64,
}

/// What a run's load is that of.
fn subject(info: &RunInfo) -> Subject {
    match (info.own(), info.program()) {
        (Some(own), _) => Subject::OwnProcess {
            device: own.device.name.clone(),
        },
        (None, program) => Subject::Program {
            process: program.map_or(0, |program| program.pid),
        },
    }
}

impl Pump {
    /// Publishes events until the trainer has ended, and then closes the link and the hub.
    pub fn run(mut self, events: Receiver<Event>) {
        let mut watch = None;
        for event in events {
            match &event.body {
                Body::Recorded(Recorded::Started(info)) => {
                    let subject = subject(info);
                    self.hub.publish(event);
                    watch = Watch::start(&self.hub, &self.system, subject, self.watt_hours);
                    continue;
                }
                Body::Recorded(Recorded::Finished(_) | Recorded::Failed { .. }) => {
                    // The total cost, before viewers leave.
                    if let Some(watch) = watch.take() {
                        watch.end();
                    }
                }
                _ => {}
            }
            match event.body {
                // Its sender no longer knows the run's position.
                Body::Recorded(Recorded::Failed { .. }) => self.hub.announce(event.body),
                _ => self.hub.publish(event),
            }
        }
        // The link first, so that no viewer joins a run that is gone.
        if let Some(server) = &mut self.server {
            server.close();
        }
        self.hub.close();
        if let Some(server) = self.server {
            server.finish();
        }
    }
}
