//! The viewers of a run, and which of them may give commands.
//!
//! At most one viewer has control. A viewer that joins and wants it gets it if it is free; when it becomes free, the one that
//! has waited longest gets it; otherwise it must be taken. So it is free only while no viewer wants it. Every change is
//! published.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::hub::{Hub, lock};
use crate::protocol::{Body, Live, ViewerInfo};

/// Everyone who watches a run.
#[derive(Debug, Clone)]
pub struct Control {
    hub: Hub,
    viewers: Arc<Mutex<Vec<Member>>>,
    next_id: Arc<AtomicU64>,
    /// Whether someone has control: then a person decides what a guard would.
    attended: Arc<AtomicBool>,
}

/// A viewer, in the order they came.
#[derive(Debug, Clone, PartialEq)]
struct Member {
    info: ViewerInfo,
    /// Whether it wants control as soon as it is free.
    wants: bool,
}

impl Control {
    /// Without viewers. `attended` is kept up to date.
    #[must_use]
    pub fn new(hub: Hub, attended: Arc<AtomicBool>) -> Self {
        Self {
            hub,
            viewers: Arc::default(),
            next_id: Arc::new(AtomicU64::new(1)),
            attended,
        }
    }

    /// Adds the viewer of this process, which is number 0 and has control.
    pub(super) fn join_first(&self, name: String) -> Presence {
        self.enter(0, name, true)
    }

    /// Adds another viewer. It gets control if it `wants` it and no other has it.
    pub(super) fn join(&self, name: String, wants: bool) -> Presence {
        self.enter(self.next_id.fetch_add(1, Ordering::Relaxed), name, wants)
    }

    fn enter(&self, id: u64, name: String, wants: bool) -> Presence {
        self.change(|viewers| {
            let info = ViewerInfo {
                id,
                name,
                control: false,
            };
            viewers.push(Member { info, wants });
        });
        Presence {
            control: self.clone(),
            id,
        }
    }

    /// Changes the list and publishes it, in the order of the changes.
    fn change(&self, change: impl FnOnce(&mut Vec<Member>)) {
        let mut viewers = lock(&self.viewers);
        let before = viewers.clone();
        change(&mut viewers);
        if viewers.iter().all(|v| !v.info.control)
            && let Some(next) = viewers.iter_mut().find(|v| v.wants)
        {
            next.info.control = true;
        }
        if *viewers == before {
            return;
        }
        let attended = viewers.iter().any(|v| v.info.control);
        self.attended.store(attended, Ordering::Relaxed);
        self.hub.announce(Body::Live(Live::Viewers {
            viewers: viewers.iter().map(|v| v.info.clone()).collect(),
        }));
    }
}

/// A viewer's membership; dropped, the viewer leaves and releases control.
#[derive(Debug)]
pub(super) struct Presence {
    control: Control,
    id: u64,
}

impl Presence {
    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether its commands are taken; if not, why.
    pub fn may_command(&self) -> Result<(), String> {
        let viewers = lock(&self.control.viewers);
        match viewers.iter().map(|v| &v.info).find(|v| v.control) {
            Some(holder) if holder.id == self.id => Ok(()),
            Some(holder) => Err(format!(
                "read-only: {} has control (T to take it)",
                holder.name
            )),
            None => Err("read-only: no viewer has control (T to take it)".to_owned()),
        }
    }

    /// Takes control from the viewer that has it.
    pub fn take_control(&self) {
        self.control.change(|viewers| {
            for viewer in viewers {
                viewer.info.control = viewer.info.id == self.id;
            }
        });
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.control
            .change(|viewers| viewers.retain(|v| v.info.id != self.id));
    }
}

/// Where a viewer sits, in words: `pts/3, process 4711`. Whatever it says of itself, it is one short line.
#[must_use]
pub fn viewer_name(tty: Option<&str>, pid: u32) -> String {
    let tty: String = tty
        .unwrap_or_default()
        .trim_start_matches("/dev/")
        .chars()
        .filter(char::is_ascii_graphic)
        .take(24)
        .collect();
    if tty.is_empty() {
        format!("process {pid}")
    } else {
        format!("{tty}, process {pid}")
    }
}

/// The terminal of this process, if it has one.
#[must_use]
pub fn own_tty() -> Option<String> {
    let name = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok()?;
    name.into_string().ok()
}

#[cfg(test)]
mod tests;
