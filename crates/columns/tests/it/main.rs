//! Records that are converted and read back, by the public names alone.

mod coercions;
mod hostile;
mod read_back;
mod round_trip;
mod rows;
