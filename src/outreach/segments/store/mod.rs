//! All SQL of segments.

mod predicate;
mod rows;
mod who;
mod work;

pub use predicate::Moment;
pub use rows::{
    Change, delete_segment, find_segment, get_segment, insert_segment, list_segments, set_archived, set_round,
    update_segment,
};
pub use who::{count, count_open_to_offers, members, page_of, sample, those_in};
pub use work::{Member, count_marked, marked_of, put_mark, take_mark, to_work, work_page};
