//! An appointment, its states and what may follow on what. Pure.

pub mod board;
pub mod free;
mod lanes;
pub mod marks;
pub mod shown;
pub mod stage;
pub mod suggest;
pub mod together;

use serde::Serialize;

use self::free::{Span, parts_from};
use crate::clinic::{ChairId, Parts, ProviderId, ServiceId, SiteId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::text_enum;
use crate::platform::error::Error;
use crate::platform::i18n::Text;
use crate::platform::ids::id_type;
use crate::staff::UserId;

id_type! {
    /// Row id of an appointment.
    AppointmentId
}

text_enum! {
    /// Where an appointment stands.
    Status {
        /// 未确认: booked, the patient has not confirmed.
        Booked = "booked",
        /// 已确认
        Confirmed = "confirmed",
        /// 候诊: here and waiting.
        Arrived = "arrived",
        /// 就诊中
        InChair = "in-chair",
        /// 已完成
        Done = "done",
        /// 爽约
        NoShow = "no-show",
        /// 已取消
        Cancelled = "cancelled",
    }
}

impl Status {
    /// For people.
    pub fn name(self) -> Text {
        match self {
            Status::Booked => Text::new("未确认", "Unconfirmed"),
            Status::Confirmed => Text::new("已确认", "Confirmed"),
            Status::Arrived => Text::new("候诊", "Waiting"),
            Status::InChair => Text::new("就诊中", "In chair"),
            Status::Done => Text::new("已完成", "Done"),
            Status::NoShow => Text::new("爽约", "No-show"),
            Status::Cancelled => Text::new("已取消", "Cancelled"),
        }
    }
    /// What may be done in this state.
    fn allows(self, action: Action) -> bool {
        use Action::{Arrive, Cancel, Confirm, Finish, Leave, Move, NoShow, Seat};
        match action {
            Confirm => self == Status::Booked,
            // Who was given up and comes all the same is here.
            Arrive => self.is_planned() || self == Status::NoShow,
            NoShow => self.is_planned(),
            Move => self.is_planned() || self == Status::Arrived,
            Seat => self.is_planned() || self == Status::Arrived,
            Finish => matches!(self, Status::Arrived | Status::InChair),
            Leave => self == Status::Done,
            Cancel => self.is_planned() || self == Status::Arrived,
            Action::Edit => self.occupies(),
            Action::Correct => !self.is_planned(),
            Action::Book | Action::Resize => false,
        }
    }
    /// Whether the visit is still to come: it can be moved, reminded of, cancelled.
    pub fn is_planned(self) -> bool {
        matches!(self, Status::Booked | Status::Confirmed)
    }
    /// Whether it takes its provider's, chair's and patient's time (the database's overlap rules say the same).
    pub fn occupies(self) -> bool {
        !matches!(self, Status::NoShow | Status::Cancelled)
    }
}

/// An appointment's row.
#[derive(Debug, Clone, Serialize, diesel::Queryable)]
pub struct Appointment {
    /// Row id.
    pub id: AppointmentId,
    /// Where.
    pub site_id: SiteId,
    /// Who comes.
    pub patient_id: PatientId,
    /// Who treats.
    pub provider_id: ProviderId,
    /// In which chair.
    pub chair_id: ChairId,
    /// For what.
    pub service_id: ServiceId,
    /// When the patient is to come.
    pub starts_at: Instant,
    /// When the patient's time ends.
    pub ends_at: Instant,
    /// When provider and chair are taken from: `starts_at` less the service's buffer.
    pub busy_from: Instant,
    /// Until when provider and chair are taken.
    pub busy_until: Instant,
    /// Where it stands.
    pub status: Status,
    /// For colleagues.
    pub note: String,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// desk, api, link, …
    pub source: String,
    /// Rises with every change; a change names the version it was made on.
    pub version: i64,
    /// When the patient came.
    pub arrived_at: Option<Instant>,
    /// When the patient was seated.
    pub seated_at: Option<Instant>,
    /// When the treatment was over, and the provider free.
    pub finished_at: Option<Instant>,
    /// Who booked.
    pub created_by: Option<UserId>,
    /// When it was booked.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When the provider is needed: see [`Appointment::provider_times`].
    pub provider_parts: String,
    /// Who helps.
    pub second_id: Option<ProviderId>,
    /// When they do.
    pub second_parts: String,
    /// Why it was put over others on purpose; none: it was not.
    pub overbooked: Option<String>,
    /// When the patient left; none, on the day itself: still here, ready to leave.
    pub left_at: Option<Instant>,
}

text_enum! {
    /// What is done to an appointment.
    Action {
        /// 预约
        Book = "book",
        /// 确认
        Confirm = "confirm",
        /// 到诊
        Arrive = "arrive",
        /// 就座
        Seat = "seat",
        /// 完成
        Finish = "finish",
        /// 离开: the desk has nothing more to do for this visit.
        Leave = "leave",
        /// 爽约
        NoShow = "no-show",
        /// 取消
        Cancel = "cancel",
        /// 改期: another time or provider.
        Move = "move",
        /// 改时长、椅位: what a move that changes only length or chair is noted as; nobody is told.
        Resize = "resize",
        /// 改内容: what it is for, how long, the note; nobody is told.
        Edit = "edit",
        /// 更正: back to the state before one that was noted by mistake.
        Correct = "correct",
    }
}

impl Action {
    /// For people: what has been done.
    pub fn done(self) -> Text {
        match self {
            Action::Book => Text::new("已预约", "Booked"),
            Action::Confirm => Text::new("已确认", "Confirmed"),
            Action::Arrive => Text::new("已到诊", "Arrived"),
            Action::Seat => Text::new("已就座", "Seated"),
            Action::Finish => Text::new("已完成", "Done"),
            Action::Leave => Text::new("已离开", "Left"),
            Action::NoShow => Text::new("已记爽约", "Marked no-show"),
            Action::Cancel => Text::new("已取消", "Cancelled"),
            Action::Move => Text::new("已改期", "Moved"),
            Action::Resize => Text::new("已改时长或椅位", "Length or chair changed"),
            Action::Edit => Text::new("已改内容", "Details changed"),
            Action::Correct => Text::new("已更正状态", "State corrected"),
        }
    }
    /// Whether it needs nothing but itself: no reason, no other time.
    pub fn is_plain(self) -> bool {
        use Action::{Arrive, Confirm, Finish, Leave, NoShow, Seat};
        matches!(self, Confirm | Arrive | Seat | Finish | Leave | NoShow)
    }
    /// Whether it leads to a state that can be corrected.
    pub fn leads_to_a_state(self) -> bool {
        use Action::{Arrive, Book, Cancel, Finish, Leave, NoShow, Seat};
        matches!(self, Book | Arrive | Seat | Finish | Leave | NoShow | Cancel)
    }
}

/// A visit that ended early keeps so many minutes.
const SHORTEST_MINUTES: i64 = 15;
/// For how long a step can be taken back.
pub const UNDO_MS: i64 = 8_000;
/// What a slow line may add to it.
pub const UNDO_GRACE_MS: i64 = 2_000;

/// What an undo restores; kept as JSON with each step.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
pub struct Before {
    /// Status.
    pub status: Status,
    /// Provider.
    pub provider_id: ProviderId,
    /// Chair.
    pub chair_id: ChairId,
    /// The four times, as stored.
    pub times: [i64; 4],
    /// When arrived, seated, finished.
    pub stamps: [Option<i64>; 3],
    /// Why cancelled.
    pub cancel_reason: Option<String>,
    /// When the provider was needed.
    #[serde(default)]
    pub provider_parts: String,
    /// Who helped …
    #[serde(default)]
    pub second_id: Option<ProviderId>,
    /// … and when.
    #[serde(default)]
    pub second_parts: String,
    /// Why it lay over others.
    #[serde(default)]
    pub overbooked: Option<String>,
    /// When the patient had left.
    #[serde(default)]
    pub left_at: Option<i64>,
    /// What it was for; none: as it is.
    #[serde(default)]
    pub service_id: Option<ServiceId>,
    /// The note; none: as it is.
    #[serde(default)]
    pub note: Option<String>,
}

impl Appointment {
    /// What an undo of the next step needs.
    pub fn before(&self) -> Before {
        Before {
            status: self.status,
            provider_id: self.provider_id,
            chair_id: self.chair_id,
            times: [self.starts_at.0, self.ends_at.0, self.busy_from.0, self.busy_until.0],
            stamps: [
                self.arrived_at.map(|i| i.0),
                self.seated_at.map(|i| i.0),
                self.finished_at.map(|i| i.0),
            ],
            cancel_reason: self.cancel_reason.clone(),
            provider_parts: self.provider_parts.clone(),
            second_id: self.second_id,
            second_parts: self.second_parts.clone(),
            overbooked: self.overbooked.clone(),
            left_at: self.left_at.map(|i| i.0),
            service_id: Some(self.service_id),
            note: Some(self.note.clone()),
        }
    }
    /// Takes back one step.
    pub fn restore(&mut self, b: &Before) {
        let [starts_at, ends_at, busy_from, busy_until] = b.times.map(Instant);
        self.stand_as(b);
        self.provider_id = b.provider_id;
        self.chair_id = b.chair_id;
        (self.starts_at, self.ends_at, self.busy_from, self.busy_until) = (starts_at, ends_at, busy_from, busy_until);
        self.provider_parts.clone_from(&b.provider_parts);
        self.second_id = b.second_id;
        self.second_parts.clone_from(&b.second_parts);
        self.overbooked.clone_from(&b.overbooked);
        self.service_id = b.service_id.unwrap_or(self.service_id);
        if let Some(note) = &b.note {
            self.note.clone_from(note);
        }
    }
    /// Goes back to a state with what was noted in it; where it is stays.
    pub fn stand_as(&mut self, b: &Before) {
        self.status = b.status;
        let [arrived_at, seated_at, finished_at] = b.stamps.map(|s| s.map(Instant));
        (self.arrived_at, self.seated_at, self.finished_at) = (arrived_at, seated_at, finished_at);
        self.cancel_reason.clone_from(&b.cancel_reason);
        self.left_at = b.left_at.map(Instant);
    }
    /// Whose time it takes: the provider's, the chair's and who helps, from and until; none: it does not take place.
    pub fn takes(&self) -> Option<(ProviderId, ChairId, Option<ProviderId>, Instant, Instant)> {
        let taken = (
            self.provider_id,
            self.chair_id,
            self.second_id,
            self.busy_from,
            self.busy_until,
        );
        self.status.occupies().then_some(taken)
    }
    /// The step that leads to the state it is in; none: it is still to come.
    pub fn led_here_by(&self) -> Option<Action> {
        match self.status {
            Status::Booked | Status::Confirmed => None,
            Status::Arrived => Some(Action::Arrive),
            Status::InChair => Some(Action::Seat),
            Status::Done if self.left_at.is_some() => Some(Action::Leave),
            Status::Done => Some(Action::Finish),
            Status::NoShow => Some(Action::NoShow),
            Status::Cancelled => Some(Action::Cancel),
        }
    }
    /// Whose time it takes, and when: the provider's as long as the chair is taken, or in parts; and the second person's.
    ///
    /// # Errors
    /// Parts that nobody could have stored.
    pub fn provider_times(&self) -> Result<Vec<(ProviderId, Span)>, Error> {
        let read = |text: &str| Parts::parse(text).map_err(|e| Error::Internal(e.en));
        let span = |from, until| Span { from, until };
        let own = parts_from(
            &read(&self.provider_parts)?,
            self.starts_at,
            span(self.busy_from, self.busy_until),
        );
        // Nobody is needed any more once it is over.
        let rest = |s: Span| Span {
            until: s.until.min(self.busy_until),
            ..s
        };
        let own = own.into_iter().map(rest).filter(|s| s.from < s.until);
        let mut times: Vec<(ProviderId, Span)> = own.map(|s| (self.provider_id, s)).collect();
        if let Some(second) = self.second_id {
            let visit = span(self.starts_at, self.ends_at);
            let helps = parts_from(&read(&self.second_parts)?, self.starts_at, visit);
            let helps = helps.into_iter().map(rest).filter(|s| s.from < s.until);
            times.extend(helps.map(|s| (second, s)));
        }
        Ok(times)
    }
    /// What may be done to it as it stands.
    pub fn allows(&self, action: Action) -> bool {
        self.status.allows(action) && (action != Action::Leave || self.left_at.is_none())
    }
    /// The treatment is over at `now`, sooner than planned: provider and chair are given free for somebody else. A card that
    /// is shorter than `SHORTEST_MINUTES` cannot be hit on the board.
    pub fn end_early(&mut self, now: Instant) {
        let whole_minute = Instant((now.0 + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS);
        let end = whole_minute.max(self.starts_at.plus_minutes(SHORTEST_MINUTES));
        if end < self.ends_at {
            self.busy_until = end + (self.busy_until - self.ends_at);
            self.ends_at = end;
        }
    }
    /// Minutes of the patient's time.
    pub fn minutes(&self) -> i64 {
        self.ends_at.minutes_since(self.starts_at)
    }
}
