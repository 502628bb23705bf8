//! What a scheduler says of the workers that it was given: read from the output of its own commands.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// The workers of a job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Queue {
    /// How many run, and where.
    pub running: u32,
    /// Their hosts.
    pub hosts: Vec<String>,
    /// How many wait, by why.
    pub waiting: BTreeMap<String, u32>,
    /// How many ended, by how, as long as the scheduler remembers.
    pub ended: BTreeMap<String, u32>,
    /// Those that wait because somebody, or the scheduler after a failure, holds them: what to call them.
    pub held: Vec<String>,
}

impl Queue {
    /// How many run or will.
    #[must_use]
    pub fn alive(&self) -> u32 {
        self.running + self.waiting.values().sum::<u32>()
    }

    fn add(&mut self, count: u32, (state, reason, hosts): (&str, &str, &str), name: &str) {
        match state {
            "RUNNING" | "COMPLETING" | "SUSPENDED" | "STOPPED" | "SIGNALING" | "STAGE_OUT"
            | "RESIZING" => {
                self.running += count;
                if !hosts.is_empty() && !self.hosts.iter().any(|host| host == hosts) {
                    self.hosts.push(hosts.to_owned());
                }
            }
            "PENDING" | "CONFIGURING" | "REQUEUED" | "REQUEUE_FED" | "REQUEUE_HOLD"
            | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => {
                *self.waiting.entry(reason.to_owned()).or_default() += count;
                if reason.to_lowercase().contains("held") {
                    self.held.push(name.to_owned());
                }
            }
            ended => *self.ended.entry(ended.to_lowercase()).or_default() += count,
        }
    }

    /// The tasks of the array `id` in what `squeue --json` prints, which may be about all jobs of the cluster. Slurm 22 writes plain
    /// numbers and names; since 23 a number is an object, and a state a list.
    ///
    /// # Errors
    /// What squeue could not do, or that this is not what it prints.
    pub fn of_slurm(json: &[u8], id: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(json)
            .map_err(|error| format!("what squeue printed is no JSON: {error}"))?;
        let errors = value["errors"].as_array();
        if let Some(error) = errors.and_then(|errors| errors.first()) {
            let said = error["description"].as_str().or(error["error"].as_str());
            return Err(format!("squeue: {}", said.unwrap_or("it failed")));
        }
        let jobs = value["jobs"]
            .as_array()
            .ok_or("what squeue printed has no `jobs`")?;
        let mut queue = Self::default();
        for job in jobs {
            let array = number(&job["array_job_id"]).filter(|array| *array > 0);
            if array
                .or(number(&job["job_id"]))
                .map(|id| id.to_string())
                .as_deref()
                != Some(id)
            {
                continue;
            }
            let state = match &job["job_state"] {
                Value::Array(states) => states.first().and_then(Value::as_str),
                other => other.as_str(),
            };
            let tasks = job["array_task_string"].as_str().unwrap_or_default();
            let (count, name) = match number(&job["array_task_id"]) {
                Some(task) if array.is_some() => (1, format!("{id}_{task}")),
                _ if tasks.is_empty() => (1, id.to_owned()),
                _ => (
                    tasks_in(tasks),
                    format!("{id}_[{}]", without_throttle(tasks)),
                ),
            };
            let reason = job["state_reason"].as_str().unwrap_or_default();
            let hosts = job["nodes"].as_str().unwrap_or_default();
            queue.add(count, (state.unwrap_or("UNKNOWN"), reason, hosts), &name);
        }
        Ok(queue)
    }

    /// The same from `squeue -h -r -o '%F|%K|%T|%N|%r'`: for a Slurm that has no JSON.
    #[must_use]
    pub fn of_lines(text: &str, id: &str) -> Self {
        let mut queue = Self::default();
        for line in text.lines() {
            if let [array, task, state, hosts, reason] = line.split('|').collect::<Vec<_>>()[..]
                && array == id
            {
                queue.add(1, (state, reason, hosts), &format!("{id}_{task}"));
            }
        }
        queue
    }

    /// The pods of a Job in what `kubectl get job NAME -o json` prints.
    ///
    /// # Errors
    /// When this is not what it prints.
    pub fn of_kubernetes(json: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(json)
            .map_err(|error| format!("what kubectl printed is no JSON: {error}"))?;
        let status = value["status"]
            .as_object()
            .ok_or("what kubectl printed has no `status`")?;
        let count = |key: &str| {
            let count = status.get(key).and_then(Value::as_u64).unwrap_or_default();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        // Without `ready` (before 1.24) all that are active count as running.
        let active = count("active");
        let ready = if status.contains_key("ready") {
            count("ready").min(active)
        } else {
            active
        };
        let mut queue = Self {
            running: ready,
            ..Self::default()
        };
        let counts = |all: &[(&str, u32)]| -> BTreeMap<String, u32> {
            let some = all.iter().filter(|(_, count)| *count > 0);
            some.map(|(key, count)| ((*key).to_owned(), *count))
                .collect()
        };
        queue.waiting = counts(&[("not ready", active - ready)]);
        queue.ended = counts(&[
            ("succeeded", count("succeeded")),
            ("failed", count("failed")),
        ]);
        Ok(queue)
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.running > 0 {
            let hosts = match self.hosts.join(", ") {
                hosts if hosts.is_empty() => String::new(),
                hosts => format!(" ({hosts})"),
            };
            parts.push(format!("{} running{hosts}", self.running));
        }
        for (reason, count) in &self.waiting {
            parts.push(format!("{count} waiting ({reason})"));
        }
        for (how, count) in &self.ended {
            parts.push(format!("{count} {how}"));
        }
        if parts.is_empty() {
            return f.write_str("gone");
        }
        f.write_str(&parts.join(", "))
    }
}

fn number(value: &Value) -> Option<u64> {
    let is_unset = value["set"] == Value::Bool(false);
    let number = value.as_u64().or_else(|| value["number"].as_u64());
    number.filter(|_| !is_unset)
}

fn without_throttle(tasks: &str) -> &str {
    tasks.split('%').next().unwrap_or_default()
}

/// How many tasks `0-3,7%2` are.
fn tasks_in(tasks: &str) -> u32 {
    let parts = without_throttle(tasks).split(',');
    let count = |part: &str| -> u32 {
        let (range, step) = part.split_once(':').unwrap_or((part, "1"));
        let ends = range.split_once('-').unwrap_or((range, range));
        match (
            ends.0.parse::<u32>(),
            ends.1.parse::<u32>(),
            step.parse::<u32>(),
        ) {
            (Ok(from), Ok(to), Ok(step)) => to.saturating_sub(from) / step.max(1) + 1,
            // Slurm cuts a long list.
            _ => 0,
        }
    };
    parts.map(count).sum()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn lists_of_tasks_are_counted() {
        for (text, count) in [
            ("0-3%2", 4),
            ("2", 1),
            ("0-3,7", 5),
            ("0-10:5", 3),
            ("0-3,...", 4),
        ] {
            assert_eq!(tasks_in(text), count, "{text}");
        }
    }

    #[test]
    fn what_slurm_22_prints_is_understood() {
        // Cut down to what is read, from Slurm 22.05.8: an array of four, two at once, beside another job.
        let json = r#"{"errors": [], "jobs": [
            {"job_id": 3, "array_job_id": 1, "array_task_id": 0, "array_task_string": "", "job_state": "RUNNING",
             "state_reason": "None", "nodes": "vm"},
            {"job_id": 2, "array_job_id": 2, "array_task_id": null, "array_task_string": "0-3%2", "job_state": "PENDING",
             "state_reason": "Resources", "nodes": ""},
            {"job_id": 4, "array_job_id": 1, "array_task_id": 1, "array_task_string": "", "job_state": "CANCELLED",
             "state_reason": "None", "nodes": "vm"},
            {"job_id": 1, "array_job_id": 1, "array_task_id": null, "array_task_string": "2-3%2", "job_state": "PENDING",
             "state_reason": "JobArrayTaskLimit", "nodes": ""}]}"#;
        let queue = Queue::of_slurm(json.as_bytes(), "1").unwrap();
        assert_eq!(
            queue.to_string(),
            "1 running (vm), 2 waiting (JobArrayTaskLimit), 1 cancelled"
        );
        assert_eq!(queue.alive(), 3);
        assert_eq!(
            Queue::of_slurm(json.as_bytes(), "9").unwrap().to_string(),
            "gone"
        );
        let lines = "1|2|PENDING||JobArrayTaskLimit\n1|3|PENDING||JobArrayTaskLimit\n1|1|CANCELLED|vm|None\n1|0|RUNNING|vm|None\n";
        assert_eq!(Queue::of_lines(lines, "1"), queue);
        let down = r#"{"errors": [{"description": "Failed while looking for jobs", "error": "Unspecified error"}], "jobs": []}"#;
        let error = Queue::of_slurm(down.as_bytes(), "1").unwrap_err();
        assert_eq!(error, "squeue: Failed while looking for jobs");
    }

    #[test]
    fn what_slurm_23_prints_is_understood() {
        let json = r#"{"errors": [], "jobs": [
            {"job_id": {"set": true, "number": 8}, "array_job_id": {"set": true, "number": 7},
             "array_task_id": {"set": true, "number": 0}, "array_task_string": "", "job_state": ["COMPLETING"],
             "state_reason": "None", "nodes": "n1"},
            {"job_id": {"set": true, "number": 7}, "array_job_id": {"set": true, "number": 7},
             "array_task_id": {"set": false, "number": 0}, "array_task_string": "1,4", "job_state": ["PENDING"],
             "state_reason": "JobHeldUser", "nodes": ""}]}"#;
        let queue = Queue::of_slurm(json.as_bytes(), "7").unwrap();
        assert_eq!(queue.to_string(), "1 running (n1), 2 waiting (JobHeldUser)");
        assert_eq!(queue.held, ["7_[1,4]"]);
    }

    #[test]
    fn what_kubectl_prints_is_understood() {
        let json = br#"{"spec": {"completions": 5}, "status": {"active": 2, "ready": 1, "succeeded": 2, "failed": 1}}"#;
        let queue = Queue::of_kubernetes(json).unwrap();
        assert_eq!(
            queue.to_string(),
            "1 running, 1 waiting (not ready), 1 failed, 2 succeeded"
        );
        assert_eq!(queue.alive(), 2);
        assert!(Queue::of_kubernetes(b"[]").is_err());
    }
}
