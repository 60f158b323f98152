//! The heap keeps what it has: a warm function needs the same megabytes for the next batch.
//!
//! Left to itself the C library gives large buffers back to the system after each batch and is given them again, page by page and
//! each page cleared, for the next: half of what a warm invocation takes.
#![allow(
    unsafe_code,
    reason = "the C library is told how to keep its heap; there is no other way than its own function"
)]

/// So much may lie unused at the end of the heap: as much as an invocation has at most, and more than a small function has.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TRIM_THRESHOLD_BYTES: libc::c_int = 1024 * 1024 * 1024;

/// To be called once, at the start, while there is one thread.
pub(crate) fn keep() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt takes two integers and changes nothing but how the C library keeps its heap; no other thread is there yet.
    // What it answers says whether it knew the parameter; where it did not, all is as it was.
    unsafe {
        // No buffer is the system's own, however large.
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, TRIM_THRESHOLD_BYTES);
    }
}
