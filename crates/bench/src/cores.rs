//! Which core works: the function on one, what serves it on another, so that neither waits for the other.

/// Two cores, or one where there is only one, or none where they cannot be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Cores {
    #[cfg(target_os = "linux")]
    pair: Option<(usize, usize)>,
}

#[cfg(target_os = "linux")]
impl Cores {
    /// The first two that this process may use.
    pub fn find() -> Self {
        let pair = rustix::thread::sched_getaffinity(None).ok().and_then(|set| {
            let mut allowed = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| set.is_set(*core));
            let first = allowed.next()?;
            Some((first, allowed.next().unwrap_or(first)))
        });
        Self { pair }
    }

    /// From here on this thread, and what it starts, is where functions run.
    pub fn take_function(self) {
        self.take(|(function, _)| function);
    }

    /// From here on this thread, and what it starts, is where servers run.
    pub fn take_server(self) {
        self.take(|(_, server)| server);
    }

    fn take(self, choose: impl Fn((usize, usize)) -> usize) {
        if let Some(pair) = self.pair {
            let mut set = rustix::thread::CpuSet::new();
            set.set(choose(pair));
            // Where it may not be chosen the figures are noisier, and that is all.
            let _ = rustix::thread::sched_setaffinity(None, &set);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Cores {
    /// None can be chosen here.
    pub fn find() -> Self {
        Self {}
    }

    /// Nothing to do.
    pub fn take_function(self) {}

    /// Nothing to do.
    pub fn take_server(self) {}
}
