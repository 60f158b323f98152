//! What goes on in a function, counted: how many invocations and environments there are, and how far its end is.

use std::sync::Arc;

use tokio::sync::watch;

/// How far a function is with its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It takes invocations.
    Open,
    /// It takes no more; those under way may end.
    Draining,
    /// All processes are killed.
    Killing,
}

/// The counts, and whoever waits for them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Activity(Arc<watch::Sender<Counts>>);

/// What there is now.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Invocations that were taken and have no outcome.
    pub(super) invocations: u64,
    /// Environments whose process is not known to be gone.
    pub(super) environments: u64,
}

impl Default for Activity {
    fn default() -> Activity {
        Activity(Arc::new(watch::Sender::new(Counts::default())))
    }
}

impl Activity {
    /// Counts an invocation, unless there are `most` already.
    pub(super) fn enter_invocation(&self, most: Option<u32>) -> Option<Guard> {
        let entered = self.0.send_if_modified(|counts| {
            let has_room = most.is_none_or(|most| counts.invocations < u64::from(most));
            if has_room {
                counts.invocations += 1;
            }
            has_room
        });
        entered.then(|| Guard { activity: self.clone(), which: |counts| &mut counts.invocations })
    }

    /// Counts an environment.
    pub(super) fn enter_environment(&self) -> Guard {
        self.0.send_modify(|counts| counts.environments += 1);
        Guard { activity: self.clone(), which: |counts| &mut counts.environments }
    }

    /// Waits until the counts are as `wanted`; safe to drop.
    pub(super) async fn until(&self, wanted: impl FnMut(&Counts) -> bool) {
        // It fails when the sender is gone, and `self` holds it.
        let _ = self.0.subscribe().wait_for(wanted).await;
    }
}

/// Counts as one as long as it lives.
pub(super) struct Guard {
    activity: Activity,
    which: fn(&mut Counts) -> &mut u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.activity.0.send_modify(|counts| *(self.which)(counts) -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invocations_are_counted_up_to_the_limit() {
        for (name, most, taken) in [("none", None, 3), ("zero", Some(0), 0), ("two", Some(2), 2), ("more", Some(9), 3)]
        {
            let activity = Activity::default();
            let _environments: Vec<Guard> = (0..9).map(|_| activity.enter_environment()).collect();
            let mut guards: Vec<Guard> = (0..3).filter_map(|_| activity.enter_invocation(most)).collect();
            assert_eq!(guards.len(), taken, "{name}");
            if guards.pop().is_some() {
                assert!(activity.enter_invocation(most).is_some(), "{name}: what ended makes room");
            }
        }
    }
}
