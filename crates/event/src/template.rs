//! What stands between the fields of a record: learnt from one, compared with the next.
//!
//! Everything of a record but five fields is text that the strict walk has read already, so that it is enough to see
//! that it is the same. The fields are read here, and only in their plainest form: a string without escapes, digits as many as
//! before. **Invariant:** a record that fits becomes what the strict walk would make of it; one that does not
//! leaves nothing behind.

use std::borrow::Cow;
use std::ops::Range;

use penstock_delivery::{Identity, RecordsBuilder};
use penstock_format::SequenceDigits;

use crate::arrival;
use crate::fields::{Fields, split_event_id};
use crate::simd::{Lanes, Part, Work};

/// Where in the event the text around the fields of a record stands, in the order in which Lambda writes them.
pub(crate) struct Template {
    before_partition_key: Part,
    before_sequence_number: Part,
    before_data: Part,
    before_arrival: Part,
    /// From behind the arrival time to the sequence number in `eventID`.
    before_event_id: Part,
    end: Part,
    digits: usize,
}

impl Template {
    /// Of a record that the strict walk has taken; `None` if its fields stand in another order than Lambda's.
    pub(crate) fn learn(record: Range<usize>, fields: &Fields<'_>) -> Option<Self> {
        let (key, number) = (fields.partition_key?.at(), fields.sequence_number?.at());
        let (data, arrival) = (fields.data?.at(), fields.arrival.as_ref()?.at.clone());
        let event_id = fields.event_id?;
        let (_, of_id) = split_event_id(event_id.raw())?;
        let of_id = event_id.at().end - of_id.len()..event_id.at().end;
        // None is empty: the quotes of the fields are in them.
        let part = |start: usize, end: usize| {
            end.checked_sub(start).filter(|length| *length > 0).map(|length| Part { start, length })
        };
        Some(Self {
            before_partition_key: part(record.start, key.start)?,
            before_sequence_number: part(key.end, number.start)?,
            before_data: part(number.end, data.start)?,
            before_arrival: part(data.end, arrival.start)?,
            before_event_id: part(arrival.end, of_id.start)?,
            end: part(of_id.end, record.end)?,
            digits: number.len(),
        })
    }

    /// Reads the record at `at`: its data goes to the arena, and what else it is comes back, with where it ends.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it must be compiled for the instructions that `lanes` stands for")]
    fn record<'e, L: Lanes>(
        &self,
        lanes: L,
        body: &'e [u8],
        at: usize,
        arena: &mut Vec<u8>,
    ) -> Option<(Identity<'e>, usize)> {
        let at = lanes.same(body, at, self.before_partition_key)?;
        let partition_key = lanes.text(body, at)?;
        let at = lanes.same(body, at + partition_key.len(), self.before_sequence_number)?;
        let number = Part { start: at, length: self.digits };
        let sequence_number = SequenceDigits::parse(body.get(at..at + self.digits)?).ok()?;
        let at = lanes.same(body, at + self.digits, self.before_data)?;
        let at = lanes.base64(body, at, arena)?;
        let at = lanes.same(body, at, self.before_arrival)?;
        let (arrival, at) = arrival::read(body, at)?;
        let at = lanes.same(body, at, self.before_event_id)?;
        let at = lanes.same(body, at, number)?;
        let at = lanes.same(body, at, self.end)?;
        Some((Identity { sequence_number, partition_key: Cow::Borrowed(partition_key), arrival }, at))
    }
}

/// Records by one template: as many as it fits, from `at`.
pub(crate) struct Run<'t, 'e> {
    pub(crate) template: &'t Template,
    pub(crate) body: &'e [u8],
    pub(crate) at: usize,
    pub(crate) builder: &'t mut RecordsBuilder<'e>,
}

impl Work for Run<'_, '_> {
    /// The end of the last record that fits, or where it began.
    type Output = usize;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it must be compiled for the instructions that `lanes` stands for")]
    fn with<L: Lanes>(self, lanes: L) -> usize {
        let Self { template, body, at, builder } = self;
        let (mut end, mut next) = (at, at);
        loop {
            // One too many is for the strict walk to refuse, as is what does not fit.
            let Ok(mut open) = builder.open() else { return end };
            let Some((identity, behind)) = template.record(lanes, body, next, open.arena()) else {
                open.give_up();
                return end;
            };
            open.close(identity);
            next = behind;
            end = next;
            if body.get(end) != Some(&b',') {
                return end;
            }
            next = end + 1;
        }
    }
}
