//! Request bodies that say what a rule is to be, and the fields of its faults as they are called there.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::actions::{RuleChange, Stops};
use super::super::model::{Anchor, CatchUp, Channels, OccasionId, RuleId, Step};
use super::super::segments::SegmentId;
use crate::clinic::ServiceId;
use crate::messaging::Purpose;
use crate::patients::DateKindId;
use crate::platform::error::Error;
use crate::platform::web::given;

/// Declares a request body: what can be said of a rule, and what else it has.
macro_rules! body {
    ($(#[$m:meta])* $name:ident { $($(#[$xm:meta])* $extra:ident: $ty:ty),* $(,)? }) => {
        $(#[$m])*
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$xm])* pub(super) $extra: $ty,)*
            /// Chinese name, 1 to 60 characters; a new rule needs it.
            name: Option<String>,
            /// English name, 1 to 60 characters; a new rule needs it.
            name_en: Option<String>,
            /// What its messages are for; the usual of its kind when left out.
            purpose: Option<Purpose>,
            /// Only for this service; null: all.
            #[serde(default, deserialize_with = "given")]
            #[schema(value_type = Option<ServiceId>)]
            service_id: Option<Option<ServiceId>>,
            /// Only for who is in this segment; null: everybody.
            #[serde(default, deserialize_with = "given")]
            #[schema(value_type = Option<SegmentId>)]
            segment_id: Option<Option<SegmentId>>,
            /// Only after treatments whose description has one of these words, up to three with commas between them; empty:
            /// after any. For `visit-finished`.
            treatment: Option<String>,
            /// Which day, needed for `occasion`.
            occasion_id: Option<OccasionId>,
            /// Which date, needed for `record-date`.
            date_kind_id: Option<DateKindId>,
            /// Which way its messages go.
            channels: Option<Channels>,
            /// Nobody hears of it who has a visit ahead.
            stop_booked: Option<bool>,
            /// No further step for who has answered since the first.
            stop_answered: Option<bool>,
            /// No further step for who has confirmed the visit.
            stop_confirmed: Option<bool>,
            /// What becomes of what fell due while nothing ran.
            catch_up: Option<CatchUp>,
            /// Not within so many days after something else for the same purpose, 0 to 366.
            rest_days: Option<i32>,
            /// So many percent are left out, 0 to 50, to see what the rule brings.
            holdout_percent: Option<i32>,
            /// All of them, in order, 1 to 6; a new rule needs them.
            steps: Option<Vec<Step>>,
            /// Of recalls that are overdue for so long that no step of the rule comes to them, so many are taken up each day, 0 to 1000; 0: they stay
            /// on the recall list. For `recall-due`.
            late_a_day: Option<i32>,
            /// 1 = most urgent … 9.
            priority: Option<i32>,
            /// Whether it is on.
            active: Option<bool>,
        }
        impl $name {
            /// What is wanted of a rule that was so; what is left out stays.
            pub(super) fn onto(self, was: RuleChange) -> RuleChange {
                RuleChange {
                    name: self.name.unwrap_or(was.name),
                    name_en: self.name_en.unwrap_or(was.name_en),
                    purpose: self.purpose.unwrap_or(was.purpose),
                    service_id: self.service_id.unwrap_or(was.service_id),
                    segment_id: self.segment_id.unwrap_or(was.segment_id),
                    treatment: self.treatment.unwrap_or(was.treatment),
                    occasion_id: self.occasion_id.or(was.occasion_id),
                    date_kind_id: self.date_kind_id.or(was.date_kind_id),
                    channels: self.channels.unwrap_or(was.channels),
                    stops: Stops {
                        booked: self.stop_booked.unwrap_or(was.stops.booked),
                        answered: self.stop_answered.unwrap_or(was.stops.answered),
                        confirmed: self.stop_confirmed.unwrap_or(was.stops.confirmed),
                    },
                    catch_up: self.catch_up.unwrap_or(was.catch_up),
                    rest_days: self.rest_days.unwrap_or(was.rest_days),
                    holdout_percent: self.holdout_percent.unwrap_or(was.holdout_percent),
                    steps: self.steps.unwrap_or(was.steps),
                    late_a_day: self.late_a_day.unwrap_or(was.late_a_day),
                    priority: self.priority.unwrap_or(was.priority),
                    active: self.active.unwrap_or(was.active),
                }
            }
        }
    };
}

body! {
    /// A rule to be added. What is left out is as usual for what it counts from; it is on unless it says otherwise.
    NewRule {
        /// What it counts from. It stays so.
        anchor: Anchor,
    }
}

body! {
    /// A change of a rule; what is left out stays.
    RulePatch {
        /// The version it was made on; needed here or in `If-Match`.
        version: Option<i64>,
    }
}

body! {
    /// A rule to be tried out: a new one, or a stored one as it would be with what is given here.
    RuleTrial {
        /// The stored rule; null or left out: a new one.
        rule_id: Option<RuleId>,
        /// What a new one counts from.
        anchor: Option<Anchor>,
        /// The first day; from now on when left out.
        from: Option<NaiveDate>,
    }
}

/// Faults of a rule at the fields as this API names them; the form has shorter names, and numbers its steps from 1.
pub(super) fn as_named_here(e: Error) -> Error {
    let Error::Invalid(faults) = e else { return e };
    let renamed = faults.into_iter().map(|mut fault| {
        let (field, step) = match fault.field.rsplit_once('-') {
            Some((field, n)) => (field, n.parse::<usize>().unwrap_or(1).saturating_sub(1)),
            None => (fault.field.as_str(), 0),
        };
        let of_step = |name: &str| format!("steps[{step}].{name}");
        fault.field = match field {
            "days" => of_step("offset_days"),
            "minutes" => of_step("offset_minutes"),
            "at" => of_step("at_minute"),
            "window" => of_step("window_minutes"),
            "template" => of_step("template"),
            "service" | "segment" | "occasion" | "date_kind" => format!("{field}_id"),
            "holdout" => "holdout_percent".to_owned(),
            _ => fault.field,
        };
        fault
    });
    Error::Invalid(renamed.collect())
}
